"""The commands as a user calls them: results on stdout, messages on stderr, 0 or 2, nothing half-written."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

import scenechange as sc
from scenechange import weights
from scenechange.types import Photo

DEMO = (
    "isnet", "blazepose-heavy", "blazepose-lite", "pose-detection", "face-full-range", "mlsd-large",
    "demo-astronaut", "demo-eiffel",
)  # fmt: skip


def run(*words: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "scenechange.cli", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, check=False)


@pytest.fixture
def grey_photo(tmp_path) -> Path:
    path = tmp_path / "grey.png"
    sc.save(Photo(torch.full((3, 60, 80), 0.4)), path)
    return path


def test_methods_lists_every_stage_as_json():
    done = run("methods", "--json")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0
    assert {row["stage"] for row in rows} == set(sc.make.__globals__["STAGES"])
    assert sum(row["default"] for row in rows) == len({row["stage"] for row in rows})


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("compose", "no.jpg", "no.jpg", "-o", "out.jpg"), "no.jpg"),
        (("compose", "no.jpg", "no.jpg", "-o", "out.jpg", "--at", "here"), "--at"),
        (("compose", "no.jpg", "no.jpg", "-o", "out.jpg", "--method", "shadow=dark"), "wanted one of"),
        (("compose", "no.jpg", "no.jpg", "-o", "out.jpg", "--with-at", "1,2"), "--with"),
        (("places", "no.jpg", "no.jpg", "--count", "0"), "--count"),
        (("calibrate", "no.jpg", "--json"), "no.jpg"),
        (("harmonize", "-o", "out.png"), "COMPOSITE MASK"),
        (("harmonize", "--manifest", "no.csv", "-o", "out"), "no.csv"),
        (("cutout", "no.jpg"), "--output"),
        (("paint",), "paint"),
    ],
)
def test_bad_usage_is_one_clear_message_and_exit_2(words, told, tmp_path):
    done = run(*words, cwd=tmp_path)
    assert done.returncode == 2
    assert told in done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_harmonize_leaves_everything_outside_the_mask_byte_for_byte(tmp_path, rng):
    import cv2

    picture = rng.integers(0, 256, (90, 70, 3), dtype=np.uint8)
    mask = np.zeros((90, 70), np.uint8)
    mask[30:80, 20:50] = 255
    cv2.imwrite(str(tmp_path / "a.png"), picture)
    cv2.imwrite(str(tmp_path / "m.png"), mask)
    (tmp_path / "list.csv").write_text("name,composite,mask\none,a.png,m.png\n")
    recipe = ("--method", "calibrate=exif")
    single = run("harmonize", tmp_path / "a.png", tmp_path / "m.png", "-o", tmp_path / "out.png", *recipe)
    many = run("harmonize", "--manifest", tmp_path / "list.csv", "-o", tmp_path / "out", "--json", *recipe)
    assert single.returncode == 0, single.stderr
    assert many.returncode == 0, many.stderr
    assert json.loads(many.stdout)["output"].endswith("one.png")
    result = cv2.imread(str(tmp_path / "out.png"))
    assert (result[mask == 0] == picture[mask == 0]).all()
    assert (tmp_path / "out.png").read_bytes() == (tmp_path / "out" / "one.png").read_bytes()


def test_harmonize_refuses_a_mask_of_another_size(tmp_path, grey_photo):
    sc.save(Photo(torch.zeros(3, 10, 10)), tmp_path / "m.png")
    done = run("harmonize", grey_photo, tmp_path / "m.png", "-o", tmp_path / "out.png")
    assert done.returncode == 2
    assert "size" in done.stderr
    assert not (tmp_path / "out.png").exists()


def test_a_manifest_cannot_write_outside_its_folder(tmp_path, grey_photo):
    (tmp_path / "list.csv").write_text(f"name,composite,mask\n../evil,{grey_photo.name},{grey_photo.name}\n")
    done = run("harmonize", "--manifest", tmp_path / "list.csv", "-o", tmp_path / "out")
    assert done.returncode == 2
    assert "plain file name" in done.stderr


def test_light_and_calibrate_print_one_object_a_line(grey_photo):
    lit = run("light", grey_photo, grey_photo, "--json", "--method", "calibrate=exif")
    seen = run("calibrate", grey_photo, "--json", "--method", "calibrate=exif")
    assert lit.returncode == seen.returncode == 0
    rows = [json.loads(line) for line in lit.stdout.splitlines()]
    assert len(rows) == 2
    assert {"toward", "cct_k", "ambient_ratio", "toward_sd_deg"} <= set(rows[0])
    camera = json.loads(seen.stdout)
    wanted = {"photo", "f_px", "vfov_deg", "pitch_deg", "roll_deg", "horizon_px", "camera_height_m", "pitch_sd_deg"}
    assert wanted <= set(camera)
    assert len(camera["horizon_px"]) == 2


def test_calibrate_draws_an_overlay_and_keeps_files_that_exist(tmp_path, grey_photo):
    out = tmp_path / "drawn.png"
    words = ("calibrate", grey_photo, "--overlay", out, "--method", "calibrate=exif")
    assert run(*words).returncode == 0
    assert sc.load_photo(out).size_hw == (60, 80)
    before = out.read_bytes()
    assert run(*words, "--no-overwrite").returncode == 2
    assert out.read_bytes() == before


@pytest.mark.weights("isnet", "pose-detection", "face-full-range")
def test_a_photo_without_a_person_is_told_and_leaves_nothing(tmp_path, grey_photo):
    done = run("cutout", grey_photo, "-o", tmp_path / "out.png", "--offline")
    assert done.returncode == 2
    assert "--click" in done.stderr
    assert not (tmp_path / "out.png").exists()


@pytest.mark.weights(*DEMO)
@pytest.mark.slow
def test_compose_is_reproducible_and_reports_on_stdout_only_json(tmp_path):
    photos = weights.path_of("demo-astronaut"), weights.path_of("demo-eiffel")
    first = run(
        "compose", *photos, "-o", tmp_path / "a.jpg", "--save-recipe", tmp_path / "r.json", "--json", "--timings",
        "--layers", tmp_path / "layers", "--scale", "0.9", "--offline",
    )  # fmt: skip
    assert first.returncode == 0, first.stderr
    report = json.loads(first.stdout)
    assert report["size"] == [377, 600]
    assert {"segment", "matte", "compose"} <= set(report["seconds"])
    assert "together" in first.stderr
    assert {p.name for p in (tmp_path / "layers").iterdir()} >= {"cutout.png", "person.png", "shadow.png", "stages.jpg"}
    again = run("compose", *photos, "-o", tmp_path / "b.jpg", "--recipe", tmp_path / "r.json", "--offline")
    assert again.stdout.strip() == str(tmp_path / "b.jpg")
    assert (tmp_path / "a.jpg").read_bytes() == (tmp_path / "b.jpg").read_bytes()
    kept = tmp_path / "a.jpg"
    refused = run("compose", *photos, "-o", kept, "--no-overwrite", "--offline")
    assert refused.returncode == 2
    assert kept.read_bytes() == (tmp_path / "b.jpg").read_bytes()
    assert b"astronaut" not in kept.read_bytes() + (tmp_path / "r.json").read_bytes()


@pytest.mark.weights(*DEMO)
@pytest.mark.slow
def test_a_cutout_is_rgba_of_the_photos_size(tmp_path):
    import cv2

    photo = weights.path_of("demo-astronaut")
    done = run("cutout", photo, "-o", tmp_path / "who.png", "--json", "--offline")
    assert done.returncode == 0, done.stderr
    rgba = cv2.imread(str(tmp_path / "who.png"), cv2.IMREAD_UNCHANGED)
    assert rgba.shape == (512, 512, 4)
    assert rgba[150, 220, 3] == 255, "her face belongs to her"
    assert rgba[60, 430, 3] < 10, "the model of the shuttle does not"


def test_light_draws_an_overlay_of_one_photo(grey_photo, tmp_path):
    recipe = ("--method", "calibrate=exif")
    done = run("light", grey_photo, "--json", "--overlay", tmp_path / "light.png", *recipe)
    assert done.returncode == 0, done.stderr
    assert 0 <= json.loads(done.stdout)["sunlit"] <= 1
    assert sc.load_photo(tmp_path / "light.png").size_hw == (60, 80)
    twice = run("light", grey_photo, grey_photo, "--overlay", tmp_path / "two.png", *recipe)
    assert twice.returncode == 2
    assert "--overlay" in twice.stderr
    assert not (tmp_path / "two.png").exists()
