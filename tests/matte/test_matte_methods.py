"""Mattes of drawn discs over drawn backgrounds: known opacity, known colours."""

import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from scenechange.errors import InputError, NobodyFoundError
from scenechange.matte import closed_form
from scenechange.matte.closed_form import ClosedForm
from scenechange.matte.foreground import clean_colours
from scenechange.matte.guided import Guided, coefficients
from scenechange.matte.large_kernel import Laplacian, LargeKernel, _near
from scenechange.matte.trimap import edge_width, settle, unknown_band, without_specks
from scenechange.types import Cutout, Mask, Photo

RED, GREEN = np.array([0.8, 0.1, 0.1], np.float32), np.array([0.1, 0.6, 0.2], np.float32)
METHODS = [LargeKernel(), Guided(), ClosedForm()]
NAMES = ["large-kernel", "guided", "closed-form"]


def _disc(size_hw: tuple[int, int], centre_xy: tuple[float, float], radius: float, soft_px: float) -> np.ndarray:
    y, x = np.mgrid[: size_hw[0], : size_hw[1]]
    away = np.hypot(x - centre_xy[0], y - centre_xy[1]) - radius
    return np.clip(0.5 - away / soft_px, 0, 1).astype(np.float32)


def _drawn(alpha: np.ndarray, seed: int = 0) -> Photo:
    rng = np.random.default_rng(seed)
    a = alpha[..., None]
    rgb = a * RED + (1 - a) * GREEN + rng.normal(0, 0.004, (*alpha.shape, 3))
    return Photo(torch.from_numpy(np.ascontiguousarray(rgb.clip(0, 1).transpose(2, 0, 1), dtype=np.float32)))


def _whole(cutout: Cutout) -> np.ndarray:
    out = np.zeros(cutout.source_hw, np.float32)
    (x, y), (h, w) = cutout.offset_xy, cutout.alpha.shape[1:]
    out[y : y + h, x : x + w] = cutout.alpha[0].numpy()
    return out


@pytest.fixture(scope="module")
def disc() -> np.ndarray:
    return _disc((240, 200), (100, 120), 70, 5)


@pytest.mark.parametrize("method", METHODS, ids=NAMES)
def test_the_matte_is_nearer_the_truth_than_the_blurred_mask_it_comes_from(method, disc: np.ndarray) -> None:
    import cv2

    if isinstance(method, ClosedForm):
        pytest.importorskip("pymatting")
    blurred = cv2.GaussianBlur(disc, (0, 0), 4)
    got = _whole(method(_drawn(disc), Mask(torch.from_numpy(blurred))))
    assert np.abs(got - disc).sum() < 0.7 * np.abs(blurred - disc).sum()


@pytest.mark.parametrize("method", METHODS, ids=NAMES)
def test_alpha_is_one_inside_the_known_foreground_and_zero_far_outside(method, disc: np.ndarray) -> None:
    if isinstance(method, ClosedForm):
        pytest.importorskip("pymatting")
    got = _whole(method(_drawn(disc), Mask(torch.from_numpy(disc))))
    assert got[_disc(disc.shape, (100, 120), 58, 0.1) > 0].min() == 1
    assert got[_disc(disc.shape, (100, 120), 82, 0.1) == 0].max() == 0


def test_where_alpha_is_one_the_colours_are_the_photo_s_own(disc: np.ndarray) -> None:
    photo = _drawn(disc)
    cutout = Guided()(photo, Mask(torch.from_numpy(disc)))
    (x, y), (h, w) = cutout.offset_xy, cutout.alpha.shape[1:]
    own = photo.rgb[:, y : y + h, x : x + w]
    solid = cutout.alpha[0] == 1
    assert solid.any()
    assert torch.equal(cutout.foreground[:, solid], own[:, solid])


def test_no_background_is_left_in_the_rim(disc: np.ndarray) -> None:
    cutout = Guided()(_drawn(disc), Mask(torch.from_numpy(disc)))
    rim = (cutout.alpha[0] > 0.2) & (cutout.alpha[0] < 0.9)
    assert rim.sum() > 100
    away = (cutout.foreground[:, rim] - torch.from_numpy(RED)[:, None]).norm(dim=0)
    # a pixel of half opacity lies 0.43 from red before cleaning
    assert float(away.quantile(0.9)) < 0.12


def test_colours_are_exact_where_both_sides_are_plain() -> None:
    alpha = _disc((120, 120), (60, 60), 35, 9)
    red, green = RED[:, None, None], GREEN[:, None, None]
    got = clean_colours((alpha * red + (1 - alpha) * green).astype(np.float32), alpha)
    assert np.abs(got - red)[:, alpha > 0.05].max() < 0.03


def test_the_cutout_is_cropped_to_what_is_visible() -> None:
    alpha = _disc((300, 400), (150, 120), 40, 2)
    cutout = Guided()(_drawn(alpha), Mask(torch.from_numpy(alpha)))
    assert cutout.source_hw == (300, 400)
    visible = torch.nonzero(cutout.alpha[0])
    (top, left), (bottom, right) = visible.amin(0).tolist(), visible.amax(0).tolist()
    assert (top, left) == (2, 2)
    assert (cutout.alpha.shape[1] - 1 - bottom, cutout.alpha.shape[2] - 1 - right) == (2, 2)
    assert cutout.alpha.shape[1] < 95


@pytest.mark.parametrize(
    ("centre_xy", "offset"), [((0, 60), "x"), ((199, 60), "right"), ((100, 0), "y"), ((100, 119), "bottom")]
)
def test_a_person_at_the_border_is_cut_there_and_nowhere_else(centre_xy: tuple[int, int], offset: str) -> None:
    alpha = _disc((120, 200), centre_xy, 40, 2)
    cutout = Guided()(_drawn(alpha), Mask(torch.from_numpy(alpha)))
    edge = {
        "x": cutout.offset_xy[0] == 0,
        "y": cutout.offset_xy[1] == 0,
        "right": cutout.offset_xy[0] + cutout.alpha.shape[2] == 200,
        "bottom": cutout.offset_xy[1] + cutout.alpha.shape[1] == 120,
    }
    assert edge[offset]
    assert np.abs(_whole(cutout) - alpha).mean() < 0.01


def test_a_person_who_fills_the_photo_is_all_of_it() -> None:
    photo = Photo(torch.rand(3, 40, 30, generator=torch.Generator().manual_seed(0)))
    cutout = Guided()(photo, Mask(torch.ones(40, 30)))
    assert torch.equal(cutout.foreground, photo.rgb)
    assert float(cutout.alpha.min()) == 1


def test_a_speck_is_dropped_and_a_hole_stays() -> None:
    alpha = _disc((300, 300), (120, 150), 90, 2) - _disc((300, 300), (120, 150), 20, 2)
    mask = np.maximum(alpha, _disc((300, 300), (280, 20), 2, 1))
    got = _whole(Guided()(_drawn(mask), Mask(torch.from_numpy(mask))))
    assert got[:60, 240:].max() == 0
    assert got[140:160, 110:130].max() < 0.1
    assert got[150, 60] == 1


def test_a_grey_patch_deep_inside_becomes_solid() -> None:
    alpha = _disc((300, 300), (150, 150), 120, 2)
    mask = alpha.copy()
    mask[140:160, 140:160] = 0.8
    got = _whole(Guided()(_drawn(alpha), Mask(torch.from_numpy(mask))))
    assert got[140:160, 140:160].min() == 1


def test_a_photo_s_own_transparency_is_kept_and_the_white_behind_taken_out() -> None:
    alpha = _disc((80, 90), (45, 40), 25, 6)
    rgb = alpha[..., None] * RED + (1 - alpha[..., None])
    photo = Photo(
        torch.from_numpy(np.ascontiguousarray(rgb.transpose(2, 0, 1), dtype=np.float32)),
        alpha=torch.from_numpy(alpha)[None],
    )
    cutout = Guided()(photo, Mask(torch.from_numpy(alpha)))
    assert np.abs(_whole(cutout) - alpha).max() <= 1 / 255
    shown = cutout.alpha[0] > 0.1
    assert float((cutout.foreground[:, shown] - torch.from_numpy(RED)[:, None]).abs().max()) < 0.01


@pytest.mark.parametrize("method", METHODS[:2], ids=NAMES[:2])
@settings(max_examples=15, deadline=None)
@given(st.integers(1, 70), st.integers(1, 70), st.integers(0, 99))
def test_any_size_and_any_mask_gives_a_sound_cutout(method, height: int, width: int, seed: int) -> None:
    rng = torch.Generator().manual_seed(seed)
    photo, inside = Photo(torch.rand(3, height, width, generator=rng)), torch.rand(height, width, generator=rng)
    inside[height // 2, width // 2] = 1
    before = inside.clone(), photo.rgb.clone()
    try:
        cutout = method(photo, Mask(inside))
    except NobodyFoundError:
        return
    assert 0 <= float(cutout.alpha.min()) <= float(cutout.alpha.max()) <= 1
    assert 0 <= float(cutout.foreground.min()) <= float(cutout.foreground.max()) <= 1
    assert bool(torch.isfinite(cutout.foreground).all())
    assert torch.equal(before[0], inside)
    assert torch.equal(before[1], photo.rgb)


@pytest.mark.parametrize("method", METHODS[:2], ids=NAMES[:2])
@pytest.mark.parametrize("size_hw", [(1, 4000), (4000, 1), (16, 16)])
@pytest.mark.parametrize("value", [0.0, 0.5])
def test_strips_and_black_photos_go_through(method, size_hw: tuple[int, int], value: float) -> None:
    inside = torch.zeros(size_hw)
    inside[: size_hw[0] // 2 + 1, : size_hw[1] // 2 + 1] = 1
    cutout = method(Photo(torch.full((3, *size_hw), value)), Mask(inside))
    assert cutout.alpha.max() == 1
    assert float((cutout.foreground[:, cutout.alpha[0] == 1] - value).abs().max()) == 0


def test_an_empty_mask_and_one_of_another_size_are_errors() -> None:
    photo = Photo(torch.rand(3, 20, 20))
    with pytest.raises(NobodyFoundError, match="empty"):
        Guided()(photo, Mask(torch.zeros(20, 20)))
    with pytest.raises(InputError, match=r"\(20, 20\)"):
        Guided()(photo, Mask(torch.ones(20, 21)))


@pytest.mark.parametrize("option", ["band", "radius", "smoothness", "trust"])
def test_an_option_out_of_range_is_an_error(option: str) -> None:
    with pytest.raises(InputError, match=option):
        Guided(**{option: -1})


@pytest.mark.parametrize("option", ["band", "radius", "smoothness", "prior", "steps"])
def test_an_option_of_the_wide_windows_out_of_range_is_an_error(option: str) -> None:
    with pytest.raises(InputError, match=option):
        LargeKernel(**{option: -1})


@pytest.mark.parametrize("option", ["band", "radius", "smoothness", "prior", "steps"])
def test_every_option_of_the_wide_windows_matters(option: str, disc: np.ndarray) -> None:
    import cv2

    blurred = Mask(torch.from_numpy(cv2.GaussianBlur(disc, (0, 0), 4)))
    photo = _drawn(disc)
    other = {"band": 0.1, "radius": 0.03, "smoothness": 0.1, "prior": 1.0, "steps": 1}[option]
    first, second = (_whole(method(photo, blurred)) for method in (LargeKernel(), LargeKernel(**{option: other})))
    assert np.abs(first - second).max() > 0.01


def test_a_sharp_mask_is_left_to_the_guided_filter() -> None:
    disc = _disc((700, 700), (350, 350), 300, 1)
    photo, mask = _drawn(disc), Mask(torch.from_numpy(disc))
    assert torch.equal(LargeKernel()(photo, mask).alpha, Guided()(photo, mask).alpha)


def test_hair_that_the_mask_blurs_is_found_again() -> None:
    import cv2

    body = _disc((400, 400), (200, 260), 110, 1)
    hair = body.copy()
    for x in range(110, 300, 9):  # strands 2 px wide
        cv2.line(hair, (x, 200), (x + (x - 200) // 6, 110), 1.0, 2, cv2.LINE_AA)
    blurred = Mask(torch.from_numpy(cv2.GaussianBlur(hair, (0, 0), 6)))
    off = {
        name: np.abs(_whole(method(_drawn(hair), blurred)) - hair)[:200].sum()
        for name, method in zip(NAMES[:2], METHODS[:2], strict=True)
    }
    assert off["large-kernel"] < 0.9 * off["guided"]


def test_a_large_photo_gets_the_small_one_s_matte_with_its_own_edges() -> None:
    import cv2

    disc = _disc((1600, 1400), (700, 800), 600, 3)
    got = _whole(LargeKernel()(_drawn(disc), Mask(torch.from_numpy(cv2.GaussianBlur(disc, (0, 0), 12)))))
    assert np.abs(got - disc).max() < 0.35
    assert np.abs(got - disc).mean() < 0.001


def test_the_laplacian_is_symmetric_and_blind_to_linear_functions_of_the_colours() -> None:
    # Levin et al. 2008, theorem 1: its null space holds what is linear in the colours of every window
    rng = np.random.default_rng(3)
    guide = rng.uniform(0, 1, (3, 30, 40)).astype(np.float32)
    laplacian = Laplacian(guide, 2, 1e-7)
    linear = 0.4 * guide[0] - 0.2 * guide[2] + 0.3
    assert np.abs(laplacian(linear)).max() < 1e-3
    a, b = rng.normal(size=(2, 30, 40)).astype(np.float32)
    assert float((a * laplacian(b)).sum()) == pytest.approx(float((b * laplacian(a)).sum()), rel=1e-3)
    assert float((a * laplacian(a)).sum()) > 0


@pytest.mark.parametrize("width", [4, 10, 30])
def test_the_width_of_a_ramp_is_found(width: int) -> None:
    # two thirds of it, as the docstring derives
    ramp = np.clip((np.arange(200, dtype=np.float32) - 100) / width + 0.5, 0, 1)[None].repeat(120, 0)
    assert edge_width(ramp, 12)[60, 100] == pytest.approx(width * 2 / 3, rel=0.12)


@pytest.mark.parametrize("option", ["band", "radius", "smoothness", "trust"])
def test_every_option_matters(option: str, disc: np.ndarray) -> None:
    import cv2

    blurred = Mask(torch.from_numpy(cv2.GaussianBlur(disc, (0, 0), 4)))
    photo = _drawn(disc)
    other = {"band": 0.1, "radius": 0.05, "smoothness": 0.1, "trust": 0.0}[option]
    assert np.abs(_whole(Guided()(photo, blurred)) - _whole(Guided(**{option: other})(photo, blurred))).max() > 0.01


def test_the_filter_follows_a_line_through_the_colours_exactly() -> None:
    # He, Sun, Tang 2013: where p is linear in the guide and the guide varies, slope and offset are found again
    guide = np.random.default_rng(1).uniform(0, 1, (60, 50, 3)).astype(np.float32)
    slope, offset = np.array([0.3, -0.2, 0.5], np.float32), 0.1
    found, constant = coefficients(guide.transpose(2, 0, 1), guide @ slope + offset, 4, 1e-9)
    assert np.abs(found - slope[:, None, None]).max() < 1e-4
    assert np.abs(constant - offset).max() < 1e-4


def test_settling_keeps_the_outline_where_it_is(disc: np.ndarray) -> None:
    settled = settle(disc, 4)
    assert ((settled > 0.5) == (disc > 0.5)).mean() > 0.995
    band = unknown_band(settled, 2)
    assert band[120, 170]
    assert not band[120, 100]


def test_a_hard_mask_has_a_band_too() -> None:
    assert unknown_band((_disc((50, 50), (25, 25), 12, 0.1) > 0.5).astype(np.float32), 2).any()


def test_specks_are_judged_by_their_share_of_the_largest() -> None:
    alpha = np.zeros((50, 50), np.float32)
    alpha[:20, :20], alpha[40:44, 40:44] = 1, 0.7
    assert without_specks(alpha, 0.03)[42, 42] == np.float32(0.7)
    assert without_specks(alpha, 0.05)[42, 42] == 0


def test_closed_form_without_pymatting_names_the_extra() -> None:
    code = (
        "import sys; sys.modules['pymatting'] = None\n"
        "import numpy as np\n"
        "from scenechange.matte.closed_form import _solve\n"
        "from scenechange.errors import MissingExtraError\n"
        "try: _solve(np.zeros((4, 4, 3)), np.zeros((4, 4)))\n"
        "except MissingExtraError as error: print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "scenechange[matting]" in done.stdout
    assert closed_form.ClosedForm().trust == 0.5


def test_a_product_by_tiles_is_that_of_the_whole_picture_in_every_tile_that_holds_the_band(rng):
    guide, values = rng.random((3, 150, 210)).astype(np.float32), rng.random((150, 210)).astype(np.float32)
    band = np.zeros((150, 210), bool)
    band[40:140, 70:72] = True
    whole = Laplacian(guide, 4, 1e-5)(values)
    by_tiles = _near(band, guide, 4, 1e-5)(values)
    np.testing.assert_allclose(by_tiles[band], whole[band], atol=1e-5)
    assert not by_tiles[:, 128:].any()
