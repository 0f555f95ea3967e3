"""Strokes over a drawn person with a bag: what they take, what they leave alone, and that size does not matter."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from scenechange.errors import InputError, NobodyFoundError
from scenechange.matte.mend import DECIDED_PX, marks_of, mend
from scenechange.types import Cutout, Photo, Prompt, Stroke

BODY, BAG, WALL = (0.7, 0.1, 0.1), (0.1, 0.15, 0.6), (0.5, 0.55, 0.45)


def drawn(factor: int = 1) -> tuple[Photo, Cutout, np.ndarray]:
    """A photo of 200 x 160 times `factor`, the cut-out of the body alone, and where the bag is."""
    h, w = 200 * factor, 160 * factor
    noise = np.random.default_rng(0).normal(0, 0.01, (3, h, w))
    rgb = np.broadcast_to(np.array(WALL)[:, None, None], (3, h, w)).copy()
    y, x = np.mgrid[:h, :w] / factor
    body = np.hypot((x - 70) / 30, (y - 100) / 70) < 1
    bag = (np.abs(x - 112) < 14) & (np.abs(y - 120) < 18) & ~body
    rgb[:, body], rgb[:, bag] = np.array(BODY)[:, None], np.array(BAG)[:, None]
    photo = Photo(torch.from_numpy((rgb + noise).clip(0, 1).astype(np.float32)))
    alpha = torch.from_numpy(body.astype(np.float32))[None]
    return photo, Cutout(photo.rgb.clone(), alpha, (0, 0), (h, w)), bag


def whole(cutout: Cutout) -> np.ndarray:
    out = np.zeros(cutout.source_hw, np.float32)
    (x, y), (h, w) = cutout.offset_xy, cutout.alpha.shape[1:]
    out[y : y + h, x : x + w] = cutout.alpha[0].numpy()
    return out


def test_a_stroke_inside_the_bag_takes_the_bag_and_leaves_the_wall() -> None:
    photo, cutout, bag = drawn()
    after = whole(mend(photo, cutout, (Stroke(((112, 110), (112, 130)), 9),)))
    assert after[bag].mean() > 0.95
    assert after[:, 130:].max() < 0.1
    assert after[106:118, 60:118].min() > 0.99, "no seam where bag and body meet"


def test_a_click_takes_the_part_it_points_at() -> None:
    photo, cutout, bag = drawn()
    after = whole(mend(photo, cutout, (Stroke(((112, 120),), 3),)))
    assert after[bag].mean() > 0.9
    assert after[~bag & (whole(cutout) == 0)].mean() < 0.02


def test_dropping_what_was_kept_gives_the_old_outline_back() -> None:
    photo, cutout, bag = drawn()
    kept = mend(photo, cutout, (Stroke(((112, 110), (112, 130)), 9),))
    dropped = whole(mend(photo, kept, (Stroke(((114, 108), (114, 132)), 9, "drop"),)))
    assert dropped[bag].mean() < 0.1
    assert dropped[60:140, 60:80].min() == 1


def test_strokes_one_by_one_or_together_are_the_same() -> None:
    photo, cutout, _ = drawn()
    strokes = (Stroke(((112, 110), (112, 130)), 9), Stroke(((70, 40), (70, 60)), 6, "drop"))
    together = mend(photo, cutout, strokes)
    one_by_one = mend(photo, mend(photo, cutout, strokes[:1]), strokes[1:])
    assert np.abs(whole(together) - whole(one_by_one)).max() < 1 / 128


@settings(max_examples=12, deadline=None)
@given(
    x=st.floats(0, 159), y=st.floats(0, 199), dx=st.floats(-40, 40), dy=st.floats(-40, 40),
    radius=st.floats(0.5, 25), label=st.sampled_from(["keep", "drop"]),
)  # fmt: skip
def test_keep_lowers_nothing_drop_raises_nothing_and_what_is_far_stays(x, y, dx, dy, radius, label) -> None:
    photo, cutout, _ = drawn()
    before = whole(cutout)
    try:
        mended = mend(photo, cutout, (Stroke(((x, y), (x + dx, y + dy)), radius, label),))
    except NobodyFoundError:
        return
    after = whole(mended)
    assert ((after >= before) if label == "keep" else (after <= before)).all()
    at = [np.linspace(a, a + d, 200) for a, d in ((x, dx), (y, dy))]
    cols, rows = np.meshgrid(np.arange(160), np.arange(200))
    away = np.min([np.hypot(cols - a, rows - b) for a, b in zip(*at, strict=True)], axis=0)
    assert (after == before)[away > 1.6 * radius + 16].all()
    (left, top), (h, w) = mended.offset_xy, mended.alpha.shape[1:]
    same = (after == before)[top : top + h, left : left + w]
    assert torch.equal(mended.foreground[:, same], photo.rgb[:, top : top + h, left : left + w][:, same])


def test_middle_of_a_stroke_is_followed_to_the_letter() -> None:
    photo, cutout, _ = drawn()
    line = (Stroke(((20, 20), (40, 20)), 8),)
    assert whole(mend(photo, cutout, line))[20, 20:41].min() == 1
    hole = (Stroke(((70, 80), (70, 120)), 8, "drop"),)
    assert whole(mend(photo, cutout, hole))[80:121, 70].max() == 0


def test_the_full_photo_gets_the_same_parts_as_its_preview() -> None:
    factor = 8
    assert 200 * factor > DECIDED_PX
    small_photo, small_cutout, bag = drawn(4)
    photo, cutout, _ = drawn(factor)
    at = [tuple(np.array(p) * 4 + 1.5) for p in ((112, 110), (112, 130))]
    small = whole(mend(small_photo, small_cutout, (Stroke(tuple(at), 36),)))
    double = tuple((2 * x + 0.5, 2 * y + 0.5) for x, y in at)
    full = whole(mend(photo, cutout, (Stroke(double, 72),)))
    reduced = full.reshape(800, 2, 640, 2).mean((1, 3))
    assert reduced[bag].mean() > 0.95
    assert np.abs(reduced - small).mean() < 0.004
    assert ((reduced > 0.5) == (small > 0.5)).mean() > 0.995


def test_a_new_part_brings_no_colour_of_the_wall() -> None:
    photo, cutout, _ = drawn(2)
    mended = mend(photo, cutout, (Stroke(((225, 220), (225, 260)), 18),))
    x, y = mended.offset_xy
    alpha = whole(mended)
    rows, cols = np.nonzero((alpha > 0.02) & (alpha < 0.98) & (np.mgrid[:400, :320][1] > 230))
    assert len(rows) > 50
    colours, weight = mended.foreground[:, rows - y, cols - x].numpy(), alpha[rows, cols]
    to_bag, to_wall = (np.average(np.abs(colours - np.array(c)[:, None]).sum(0), weights=weight) for c in (BAG, WALL))
    assert to_bag < 0.15 * to_wall


def test_nothing_is_written_into_and_no_stroke_changes_nothing() -> None:
    photo, cutout, _ = drawn()
    copies = photo.rgb.clone(), cutout.alpha.clone(), cutout.foreground.clone()
    mend(photo, cutout, (Stroke(((112, 120),), 5), Stroke(((70, 50),), 5, "drop")))
    assert all(torch.equal(a, b) for a, b in zip(copies, (photo.rgb, cutout.alpha, cutout.foreground), strict=True))
    assert mend(photo, cutout, ()) is cutout
    assert mend(photo, cutout, (Stroke(((70, 100),), 5),)) is cutout, "that part is kept already"


def test_strokes_beyond_all_measure_do_no_harm() -> None:
    photo, cutout, _ = drawn()
    assert whole(mend(photo, cutout, (Stroke(((80, 100), (1e12, -1e12)), 3),)))[100, 80] == 1
    assert whole(mend(photo, cutout, (Stroke(((80, 100),), 1e9),))).min() == 1


def test_what_cannot_be_followed_is_refused() -> None:
    photo, cutout, _ = drawn()
    with pytest.raises(InputError, match="meets the photo"):
        mend(photo, cutout, (Stroke(((500, 500),), 5),))
    with pytest.raises(InputError, match="of a photo of size"):
        mend(drawn(2)[0], cutout, ())
    with pytest.raises(NobodyFoundError, match="dropped"):
        mend(photo, cutout, (Stroke(((70, 0), (70, 199)), 60, "drop"),))


def test_only_clicks_that_are_not_followed_become_marks_and_the_first_says_who() -> None:
    _, cutout, _ = drawn()
    bag, body, wall = (112.0, 120.0), (70.0, 100.0), (10.0, 10.0)
    painted = Stroke((wall,), 4, "drop")
    prompt = Prompt(points_xy=(bag, bag, body, wall, body), labels=(1, 1, 1, 0, 0), strokes=(painted,))
    assert [(m.points_xy, m.label) for m in marks_of(prompt, cutout)] == [
        ((bag,), "keep"), ((body,), "drop"), ((wall,), "drop"),
    ]  # fmt: skip
    assert [m.label for m in marks_of(Prompt(points_xy=(bag,), labels=(1,), person=1), cutout)] == ["keep"]
    assert marks_of(Prompt(), cutout) == ()
