"""Submissions of teams: read with mistrust, unpacked whole or not at all, missing pictures treated alike."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from scenechange.errors import InputError, OutputError
from scenechange.mediaeval import runs as submitted
from scenechange.mediaeval.runs import read_runs, sha256_of
from scenechange.mediaeval.submissions import Missing, count_votes, read_items, unpack
from scenechange.ratings.analysis import Votes
from scenechange.ratings.items import items_from
from scenechange.ratings.rows import csv_rows
from scenechange.ratings.starting import start_study
from scenechange.ratings.study import load_study


def picture(colour: int, kind: str = "JPEG") -> bytes:
    """A small picture of one colour."""
    data = io.BytesIO()
    Image.new("RGB", (16, 16), (colour, 80, 80)).save(data, kind)
    return data.getvalue()


def pack(path: Path, files: dict[str, bytes]) -> Path:
    """A zip file."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def run_of(folder: Path, team: str, run: str, images: tuple[str, ...]) -> Path:
    """A submission in the first layout."""
    return pack(folder / f"{team}_{run}.zip", {f"{run}_{image}.jpg": picture(k) for k, image in enumerate(images)})


def test_both_layouts_give_the_same_run(tmp_path: Path) -> None:
    first = run_of(tmp_path, "delft", "blend", ("a", "b_2"))
    second = pack(tmp_path / "lab_x_paste.zip", {f"pics/{i}_lab_x_paste.png": picture(9, "PNG") for i in ("a", "b_2")})
    delft, lab = read_runs([first, second])
    assert (delft.team, delft.run, delft.system) == ("delft", "blend", "delft_blend")
    assert [p.image for p in delft.pictures] == [p.image for p in lab.pictures] == ["a", "b_2"]
    assert (lab.team, lab.run) in {("lab_x", "paste"), ("lab", "x_paste")}


def test_a_run_name_with_underscores_is_found_by_what_its_pictures_begin_with(tmp_path: Path) -> None:
    path = pack(tmp_path / "delft_run_one.zip", {"run_one_7.jpg": picture(1), "run_one_8.jpg": picture(2)})
    (run,) = read_runs([path])
    assert (run.team, run.run, [p.image for p in run.pictures]) == ("delft", "run_one", ["7", "8"])


def test_what_a_computer_leaves_behind_is_passed_over(tmp_path: Path) -> None:
    litter = {"__MACOSX/._one_1.jpg": b"x", ".DS_Store": b"x", "one_1.jpg": picture(1)}
    (run,) = read_runs([pack(tmp_path / "t_one.zip", litter)])
    assert [p.image for p in run.pictures] == ["1"]


@pytest.mark.parametrize(
    ("name", "files", "words"),
    [
        ("t_one.zip", {"one_1.jpg": b"J", "two_1.jpg": b"J"}, "throughout"),
        ("t_one.zip", {"../one_1.jpg": b"J"}, "out of the folder"),
        ("t_one.zip", {"/one_1.jpg": b"J"}, "out of the folder"),
        ("t_one.zip", {"one_1.exe": b"J"}, "pictures only"),
        ("t_one.zip", {"one_1.jpg": b"J", "one_1.png": b"J"}, "twice"),
        ("t_one.zip", {"one_a b.jpg": b"J"}, "letters, digits"),
        ("t_one.zip", {}, "empty"),
        ("one.zip", {"one_1.jpg": b"J"}, "<team>_<run>.zip"),
    ],
)
def test_a_submission_that_cannot_be_used_is_told(
    tmp_path: Path, name: str, files: dict[str, bytes], words: str
) -> None:
    with pytest.raises(InputError, match=words):
        read_runs([pack(tmp_path / name, files)])


def test_files_that_are_no_pictures_or_no_zip_are_told(tmp_path: Path) -> None:
    (tmp_path / "t_two.zip").write_bytes(b"not a zip")
    with pytest.raises(InputError, match="wanted a zip file"):
        read_runs([tmp_path / "t_two.zip"])
    (run,) = read_runs([pack(tmp_path / "t_one.zip", {"one_1.jpg": b"text"})])
    with pytest.raises(InputError, match="neither a JPEG nor a PNG"):
        list(run.read())


def test_a_damaged_picture_is_told_and_leaves_nothing(tmp_path: Path) -> None:
    path = run_of(tmp_path, "t", "one", ("1",))
    data = bytearray(path.read_bytes())
    data[60] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(InputError, match=r"damaged|neither"):
        unpack(read_runs([path]), tmp_path / "out")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["t_one.zip"]


def test_a_sixth_run_of_a_team_and_a_run_that_comes_twice_are_refused(tmp_path: Path) -> None:
    six = [run_of(tmp_path, "t", f"r{k}", ("1",)) for k in range(6)]
    assert len(read_runs(six[:5])) == 5
    with pytest.raises(InputError, match="at most 5 runs, got 6"):
        read_runs(six)
    with pytest.raises(InputError, match="came twice"):
        read_runs([six[0], six[0]])


def test_too_many_bytes_are_refused_before_anything_is_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(submitted, "MOST_BYTES", 100)
    with pytest.raises(InputError, match="MiB"):
        read_runs([run_of(tmp_path, "t", "one", ("1",))])


def test_an_image_that_is_not_of_the_task_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not an image of the task"):
        read_runs([run_of(tmp_path, "t", "one", ("1", "9"))], ("1", "2"))


def test_unpacked_runs_are_the_items_of_a_study(tmp_path: Path) -> None:
    found = read_runs([run_of(tmp_path, "a", "one", ("1", "2")), run_of(tmp_path, "b", "two", ("1", "2"))])
    table = unpack(found, tmp_path / "out")
    items = items_from(csv_rows(table, table.parent))
    assert [(i.item, i.system, i.source, i.team) for i in items][:2] == [
        ("a_one_1", "a_one", "1", "a"),
        ("a_one_2", "a_one", "2", "a"),
    ]
    rows = list(csv.DictReader(table.read_text().splitlines()))
    assert all(row["sha256"] == sha256_of((table.parent / row["path"]).read_bytes()) for row in rows)
    with pytest.raises(OutputError, match="empty folder"):
        unpack(found, tmp_path / "out")


def test_a_run_that_lacks_an_image_is_refused_or_taken_as_the_rule_says(tmp_path: Path) -> None:
    found = read_runs([run_of(tmp_path, "a", "one", ("1", "2")), run_of(tmp_path, "b", "two", ("1",))])
    with pytest.raises(InputError, match=r"b_two\.zip: 1 of 2 images are missing, the first is 2"):
        unpack(found, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert len(read_items(unpack(found, tmp_path / "out", missing=Missing.LOWEST))) == 3


ITEMS = {"a_1": ("a", "1", "ta"), "a_2": ("a", "2", "ta"), "b_1": ("b", "1", "tb")}


def ballot(*rows: tuple[str, str, float]) -> Votes:
    """Votes of (rater, item, score); an item's system is the part before the line."""
    rater, item, score = zip(*rows, strict=True)
    return Votes(np.array(rater), np.array(item), np.array([i.split("_")[0] for i in item]), np.array(score, float))


def test_lowest_counts_a_missing_picture_for_every_rater_of_that_image() -> None:
    votes = ballot(("x", "a_1", 5), ("x", "a_2", 4), ("y", "a_2", 3), ("x", "b_1", 5), ("y", "b_1", 4), ("x", "c_1", 2))
    counted = count_votes(votes, ITEMS, Missing.LOWEST)
    assert counted.added == 2
    of_b = counted.votes.score[counted.votes.system == "b"]
    assert sorted(of_b) == [1, 1, 4, 5]  # by hand: x and y judged image 2, so b has 1 from each
    assert "c" not in counted.votes.system
    assert len(votes) == 6


def test_exclude_leaves_the_image_out_for_every_run() -> None:
    counted = count_votes(ballot(("x", "a_1", 5), ("x", "a_2", 4), ("x", "b_1", 3)), ITEMS, Missing.EXCLUDE)
    assert counted.excluded == ("2",)
    assert sorted(counted.votes.item) == ["a_1", "b_1"]


def test_fail_refuses_to_count_and_votes_on_other_pictures_are_told() -> None:
    with pytest.raises(InputError, match="run b: no picture of image 2"):
        count_votes(ballot(("x", "a_1", 5)), ITEMS, Missing.FAIL)
    with pytest.raises(InputError, match="none is on a picture"):
        count_votes(ballot(("x", "q_1", 5)), ITEMS, Missing.FAIL)


def test_images_are_the_sources_of_the_votes_that_count() -> None:
    counted = count_votes(ballot(("x", "a_1", 5), ("x", "a_2", 4), ("x", "b_1", 3)), ITEMS, Missing.LOWEST)
    assert dict(zip(counted.votes.item, counted.votes.source, strict=True)) == {
        "a_1": "1",
        "a_2": "2",
        "b_1": "1",
        "b_2": "2",
    }


def test_a_study_of_unpacked_runs_knows_the_teams(tmp_path: Path) -> None:
    found = read_runs([run_of(tmp_path, "a", "one", ("1", "2")), run_of(tmp_path, "b", "two", ("1", "2"))])
    unpack(found, tmp_path / "out")
    start_study(tmp_path / "out", tmp_path / "study.toml", contact="x@example.org")
    assert {i.team for i in load_study(tmp_path / "study.toml").items} == {"a", "b"}


@pytest.mark.parametrize("names", [("A_r", "B_r", "a_r"), ("t_x", "t_0_x")])
def test_names_that_hide_whose_a_run_is_are_refused(tmp_path: Path, names: tuple[str, ...]) -> None:
    paths = [pack(tmp_path / f"{n}.zip", {f"{n.split('_')[-1]}_1.jpg": picture(1)}) for n in names]
    with pytest.raises(InputError, match=r"came twice|cannot be told whose"):
        read_runs(paths)


def test_damaged_compression_is_told(tmp_path: Path) -> None:
    path = tmp_path / "t_one.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("one_1.jpg", picture(1) * 3)
    data = bytearray(path.read_bytes())
    data[45:60] = b"\xff" * 15
    path.write_bytes(data)
    (run,) = read_runs([path])
    with pytest.raises(InputError, match="damaged"):
        list(run.read())
