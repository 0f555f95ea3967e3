"""Items: found in folders and tables, pinned by hash, and nothing from outside their folder."""

from __future__ import annotations

import hashlib
from pathlib import Path

import cv2
import numpy as np
import pytest

from scenechange.ratings.items import items_from
from scenechange.ratings.records import Kind, Role
from scenechange.ratings.rows import csv_rows, folder_rows, layout_of
from scenechange.ratings.starting import start_study
from scenechange.ratings.study import load_study
from scenechange.ratings.table import StudyError


def picture(path: Path, seed: int = 0) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.random.default_rng(seed).integers(0, 255, (12, 16, 3), np.uint8))
    return hashlib.sha256(path.read_bytes()).hexdigest()


def from_folder(folder: Path, layout: str = "system/source", separator: str = "_"):
    return items_from(folder_rows(folder, layout, separator, "", {}, frozenset()))


def from_csv(folder: Path, text: str):
    (folder / "items.csv").write_text(text, encoding="utf-8")
    return items_from(csv_rows(folder / "items.csv", folder))


def test_both_layouts_give_the_same_items(tmp_path):
    for system in ("a", "b"):
        for source in ("1", "2"):
            picture(tmp_path / "deep" / system / f"{source}.jpg")
            picture(tmp_path / "flat" / f"{system}_{source}.jpg")
    (tmp_path / "deep" / "a" / "notes.txt").write_text("no picture")
    (tmp_path / "deep" / "a" / ".hidden.jpg").write_text("no picture")
    deep, flat = from_folder(tmp_path / "deep"), from_folder(tmp_path / "flat", "system_source")
    assert [(i.item, i.system, i.source, i.sha256) for i in deep] == [
        (i.item, i.system, i.source, i.sha256) for i in flat
    ]
    assert [item.item for item in deep] == ["a_1", "a_2", "b_1", "b_2"]
    assert (layout_of(tmp_path / "deep"), layout_of(tmp_path / "flat")) == ("system/source", "system_source")


def test_a_name_that_cannot_be_split_in_one_way_is_refused(tmp_path):
    picture(tmp_path / "a_b_c.jpg")
    with pytest.raises(StudyError, match=r"a_b_c.jpg: wanted <system>_<source>.jpg with one '_', got 2"):
        from_folder(tmp_path, "system_source")
    picture(tmp_path / "more" / "a_b--c.jpg")
    assert from_folder(tmp_path / "more", "system_source", "--")[0].system == "a_b"


def test_the_other_layout_is_suggested(tmp_path):
    picture(tmp_path / "a_1.jpg")
    with pytest.raises(StudyError, match="layout = 'system_source'"):
        from_folder(tmp_path)
    picture(tmp_path / "a" / "1.jpg")
    with pytest.raises(StudyError, match="got both"):
        layout_of(tmp_path)
    with pytest.raises(StudyError, match="got none"):
        layout_of(tmp_path / "nowhere")


def test_a_table_says_all_of_an_item_and_missing_hashes_are_computed(tmp_path):
    sha = picture(tmp_path / "p" / "one.png")
    picture(tmp_path / "two.webp")
    items = from_csv(
        tmp_path,
        "item,system,source,sha256,path,team,role,expected,real\n"
        f"x,a,s,{sha.upper()},p/one.png,delft,gold,1-2,\n"
        "two,b,s,,,,,,yes\n",
    )
    assert (items[0].item, items[0].team, items[0].role, items[0].expected) == ("x", "delft", Role.GOLD, "1-2")
    assert (items[0].sha256, items[0].path) == (sha, (tmp_path / "p" / "one.png").resolve())
    assert items[1].real
    assert items[1].path.name == "two.webp"
    assert len(items[1].sha256) == 64


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "columns item, system and source, got no 'item'"),
        ("item,system\n", "got no 'source'"),
        ("item,system,source\n", "at least one item"),
        ("item,system,source,sorce\nx,a,s,\n", "column 'sorce' unknown. Did you mean 'source'"),
        ("item,item,system,source\n", "column 'item' twice"),
        ("item,system,source\nx,a\n", "line 2: wanted 3 values, as in the header, got 2"),
        ("item,system,source\none,a,s\none,b,s\n", "line 3: item 'one' is there twice, first at items.csv line 2"),
        ("item,system,source\nno,a,s\n", "line 2: no such picture: wanted 'no' with"),
        ("item,system,source,path\nx,a,s,nowhere.jpg\n", "no such picture: wanted 'nowhere.jpg'"),
        ("item,system,source\n../one,a,s\n", "line 2: item: wanted letters, digits"),
        ("item,system,source\none|two,a,s\n", "item: wanted letters, digits"),
        ("item,system,source\none,,s\n", "system: wanted letters, digits"),
        ("item,system,source,role\none,a,s,golden\n", "role: wanted one of .*Did you mean 'gold'"),
        ("item,system,source,real\none,a,s,maybe\n", "real: wanted true or false"),
        ("item,system,source,sha256\none,a,s,123\n", "sha256: wanted 64 hexadecimal digits"),
        ("item,system,source,sha256\none,a,s," + "0" * 64 + "\n", "one.png was changed: wanted sha256 000000000000"),
    ],
)
def test_a_bad_table_is_told_by_its_line(tmp_path, text, told):
    picture(tmp_path / "one.png")
    with pytest.raises(StudyError, match=told):
        from_csv(tmp_path, text)


def test_an_item_twice_with_two_hashes_is_told(tmp_path):
    sha = picture(tmp_path / "one.png")
    with pytest.raises(StudyError, match="is there twice with two hashes"):
        from_csv(tmp_path, f"item,system,source,sha256\none,a,s,{sha}\none,a,s,{'0' * 64}\n")


def test_nothing_outside_the_folder_is_taken(tmp_path):
    picture(tmp_path / "secret.png")
    inside = tmp_path / "study"
    inside.mkdir()
    for path in ("../secret.png", str(tmp_path / "secret.png"), "x/../../secret.png"):
        with pytest.raises(StudyError, match="outside it"):
            from_csv(inside, f"item,system,source,path\nx,a,s,{path}\n")
    (inside / "link.png").symlink_to(tmp_path / "secret.png")
    with pytest.raises(StudyError, match="outside it"):
        from_csv(inside, "item,system,source,path\nx,a,s,link.png\n")
    (inside / "a").mkdir()
    (inside / "a" / "1.png").symlink_to(tmp_path / "secret.png")
    with pytest.raises(StudyError, match="outside it"):
        from_folder(inside)


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("one.jpg", b"", "has 0 bytes"),
        ("one.jpg", b"hello", "cannot be shown: not a photo"),
        ("one.png", b"\x89PNG\r\n\x1a\n1234", "cannot be shown"),
        ("one.jpg", None, "cannot be shown: .*(truncated|damaged)"),
    ],
)
def test_a_picture_that_cannot_be_opened_is_told(tmp_path, name, content, told):
    if content is None:
        picture(tmp_path / name)
        content = (tmp_path / name).read_bytes()[:-200]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(StudyError, match=f"{name}.*{told}"):
        from_csv(tmp_path, "item,system,source\none,a,s\n")


def test_pictures_that_browsers_do_not_show_are_refused(tmp_path):
    picture(tmp_path / "one.tif")
    (tmp_path / "one.tif").rename(tmp_path / "one.jpg")
    with pytest.raises(StudyError, match="a TIFF file, which browsers do not show; save it as JPEG, PNG or WebP"):
        from_csv(tmp_path, "item,system,source\none,a,s\n")


def test_a_started_study_notices_that_a_picture_was_changed(tmp_path):
    for number in range(4):
        picture(tmp_path / "pictures" / "a" / f"{number}.png", number)
    start_study(tmp_path / "pictures", tmp_path / "made" / "study.toml", contact='"me" <me@example.org>')
    study = load_study(tmp_path / "made" / "study.toml")
    assert len(study.items) == 4
    assert study.contact == '"me" <me@example.org>'
    picture(tmp_path / "pictures" / "a" / "2.png", 77)
    with pytest.raises(StudyError, match=r"line 4: 2\.png was changed"):
        load_study(tmp_path / "made" / "study.toml")


def test_a_start_that_fails_leaves_nothing_behind(tmp_path):
    picture(tmp_path / "pictures" / "a" / "1.png")
    output = tmp_path / "study.toml"
    with pytest.raises(StudyError, match="has 1 test picture"):
        start_study(tmp_path / "pictures", output, contact="c", kind=Kind.PAIR)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pictures"]


def test_extra_items_are_not_found_a_second_time_in_the_folder(tmp_path):
    for name in ("a/1", "a/2", "b/1", "b/2"):
        picture(tmp_path / "pictures" / f"{name}.png")
    (tmp_path / "study.toml").write_text(
        '[study]\nname = "a"\ncontact = "c"\n[items]\nfolder = "pictures"\n[[items.extra]]\npath = "pictures/b/2.png"\n'
        'role = "training"\nexpected = "1"\n[design]\nkind = "acr"\n'
    )
    study = load_study(tmp_path / "study.toml")
    assert [item.item for item in study.items] == ["a_1", "a_2", "b_1", "2"]
    assert study.of_role(Role.TRAINING)[0].path.name == "2.png"
