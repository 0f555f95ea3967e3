"""The camera from drawn and real pictures."""

from __future__ import annotations

import csv
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from scenechange.calibrate import vanishing
from scenechange.calibrate.atlanta import fit_camera, level_axes, vanishing_points
from scenechange.calibrate.exif import Exif
from scenechange.calibrate.lines import angles_to, measure_lines
from scenechange.calibrate.posterior import estimate_camera
from scenechange.calibrate.priors import Prior
from scenechange.calibrate.segments import decode, find_segments, lie_on, network_input
from scenechange.calibrate.snap import snap_to_edges
from scenechange.calibrate.vanishing import Vanishing
from scenechange.errors import InputError
from scenechange.math.colour import linear_from_srgb
from scenechange.math.geometry import up_vector
from scenechange.types import Photo

SIZE_HW = (768, 1024)


def town_segments(pitch_deg, roll_deg, f, rng, upright=40, level=60, clutter=30, noise_px=0.5):
    """Segments ``(N, 4)`` of a drawn town seen by a camera with focal length `f` (in longer sides)."""
    height, width = SIZE_HW
    up = up_vector(pitch_deg, roll_deg)
    forward, right = level_axes(up)
    directions = [up] * upright
    for i in range(level):
        azimuth = math.radians((20.0, 110.0)[i % 2])
        directions.append(math.cos(azimuth) * forward + math.sin(azimuth) * right)
    segments = []
    while len(segments) < upright + level:
        direction = directions[len(segments)]
        middle = rng.uniform([0, 0], [width, height])
        ray = np.array([(middle[0] - (width - 1) / 2) / width, (middle[1] - (height - 1) / 2) / width, f])
        toward = f * direction[:2] - direction[2] * ray[:2]
        if np.hypot(*toward) < 0.05:
            continue
        half = toward / np.hypot(*toward) * rng.uniform(15, 50)
        segments.append(np.concatenate([middle - half, middle + half]) + rng.normal(0, noise_px, 4))
    for _ in range(clutter):
        middle, turn = rng.uniform([0, 0], [width, height]), rng.uniform(0, math.pi)
        half = np.array([math.cos(turn), math.sin(turn)]) * rng.uniform(15, 40)
        segments.append(np.concatenate([middle - half, middle + half]))
    return np.array(segments)


def lines_of(segments):
    return measure_lines(segments, np.ones(len(segments), bool), SIZE_HW)


def known_f(f):
    return Prior(math.radians(8), math.radians(2), math.log(f), 0.04, True)


UNKNOWN_F = Prior(math.radians(8), math.radians(2), math.log(0.9), 0.3, False)


@settings(max_examples=6, deadline=None)
@given(pitch=st.floats(-18, 22), roll=st.floats(-4, 4), f=st.floats(0.6, 1.6), seed=st.integers(0, 1000))
def test_a_drawn_town_gives_its_pitch_and_roll_within_a_fraction_of_a_degree(pitch, roll, f, seed):
    lines = lines_of(town_segments(pitch, roll, f, np.random.default_rng(seed)))
    found = np.degrees(estimate_camera(lines, known_f(f)).mean[:2])
    assert np.abs(found - [pitch, roll]).max() < 0.7


def test_focal_length_is_found_where_the_file_does_not_tell_it(rng):
    lines = lines_of(town_segments(12.0, 1.0, 0.7, rng, upright=80, level=120))
    found = estimate_camera(lines, UNKNOWN_F)
    assert math.exp(found.mean[2]) == pytest.approx(0.7, rel=0.08)
    assert math.degrees(found.mean[0]) == pytest.approx(12.0, abs=1.0)


def test_clutter_alone_leaves_the_prior(rng):
    """Chance alignments of random lines must not be taken for buildings."""
    lines = lines_of(town_segments(0, 0, 1.0, rng, upright=0, level=0, clutter=80))
    found = estimate_camera(lines, known_f(1.0))
    assert abs(math.degrees(found.mean[0])) < 2
    assert math.degrees(found.sd[0]) > 6


def test_more_lines_make_the_spread_smaller(rng):
    few = estimate_camera(lines_of(town_segments(5, 1, 1.0, rng, 6, 8, 3)), known_f(1.0))
    many = estimate_camera(lines_of(town_segments(5, 1, 1.0, rng, 60, 80, 30)), known_f(1.0))
    assert many.sd[0] < few.sd[0]
    assert many.sd[1] < few.sd[1]


def test_no_lines_give_the_prior():
    found = estimate_camera(lines_of(np.zeros((0, 4))), UNKNOWN_F)
    assert found.mean == pytest.approx([0, 0, UNKNOWN_F.log_f], abs=1e-6)
    assert found.sd == pytest.approx([UNKNOWN_F.pitch_sd, UNKNOWN_F.roll_sd, UNKNOWN_F.log_f_sd], rel=0.01)


def test_vanishing_point_of_straight_up_lies_where_hand_calculation_puts_it():
    """Pitch 45 degrees up, f = 1: the zenith is 45 degrees above the axis, at y = -1."""
    zenith = vanishing_points(np.array([math.radians(45), 0, 0.0, 0.0, 0.0]))[0]
    assert zenith[:2] / zenith[2] == pytest.approx([0, -1])


def test_lines_through_a_vanishing_point_have_no_angle_to_it():
    segments = np.array([[100, 100, 200, 150], [900, 700, 700, 600.0]])
    lines = lines_of(segments)
    onward = lines.middle + 3 * lines.along
    for i in range(2):
        angle, _ = angles_to(lines, np.array([*onward[i], 1.0]))
        assert abs(angle[i]) < 1e-9


def test_fit_is_reproducible_to_the_last_bit(rng):
    segments = town_segments(5, 1, 1.0, rng)
    start = np.array([0.05, 0.0, 0.0, 0.3, 1.9, 1.0])
    fits = [fit_camera(lines_of(segments), start, known_f(1.0)) for _ in range(2)]
    assert (fits[0].values == fits[1].values).all()


def stripe(slope=0.1, row=60.3, size=(120, 200)):
    ys, xs = np.mgrid[: size[0], : size[1]]
    return (255 / (1 + np.exp(-2 * (ys - row - slope * xs)))).astype(np.uint8)


def test_snapping_puts_a_segment_on_its_edge_to_a_tenth_of_a_pixel():
    off = np.array([[20, 60.3 + 2 + 1.5, 180, 60.3 + 18 - 2.0]])
    snapped, share = snap_to_edges(stripe(), off)
    assert snapped[0, 1] == pytest.approx(60.3 + 0.1 * snapped[0, 0], abs=0.1)
    assert snapped[0, 3] == pytest.approx(60.3 + 0.1 * snapped[0, 2], abs=0.1)
    assert share[0] > 0.8


def test_a_segment_over_nothing_has_no_share_of_an_edge():
    _, share = snap_to_edges(np.full((120, 200), 128, np.uint8), np.array([[20, 40, 150, 70.0]]))
    assert share[0] == 0


def fake_network(centre=None, ends=None):
    """A network that sees one segment or none, in cells of its 256 x 256 maps."""

    def run(pixels):
        assert pixels.shape == (1, 512, 512, 4)
        assert pixels.dtype == np.float32
        scores, displacements = np.zeros((1, 256, 256, 1), np.float32), np.zeros((1, 256, 256, 4), np.float32)
        if centre is not None:
            scores[0, centre[1], centre[0]] = 0.9
            displacements[0, centre[1], centre[0]] = np.array(ends) - np.array([*centre, *centre])
        return displacements, scores

    return run


def test_decoding_scales_cells_to_pixels_of_the_picture():
    displacements, scores = fake_network((100, 50), (90, 50, 110, 50))(np.zeros((1, 512, 512, 4), np.float32))
    (segment,) = decode(displacements, scores, (512, 1024))
    assert segment == pytest.approx([361.5, 100.5, 441.5, 100.5])


def test_network_input_carries_a_channel_of_ones(rng):
    pixels = network_input(rng.integers(0, 255, (40, 60, 3)).astype(np.uint8))
    assert (pixels[..., 3] == 1).all()


def test_no_edge_is_counted_twice():
    coarse = np.array([[0, 0, 100, 0.0]])
    fine = np.array([[10, 1, 40, 1.5], [10, 30, 40, 30.0], [50, -1, 50, 20.0]])
    assert lie_on(fine, coarse).tolist() == [True, False, False]


def test_segments_of_a_drawn_stripe_lie_on_it():
    grey = stripe()
    segments, structural = find_segments(np.repeat(grey[..., None], 3, 2), fake_network())
    assert len(segments) > 0
    assert not structural.any()
    assert np.abs(segments[:, 1] - 60.3 - 0.1 * segments[:, 0]).min() < 1


def photo_of(rgb, f_px=None):
    return Photo(torch.from_numpy(np.ascontiguousarray(rgb, np.float32)), f_px)


@pytest.fixture
def no_network(monkeypatch):
    monkeypatch.setattr(vanishing, "_detect", fake_network())


@pytest.mark.parametrize("size_hw", [(16, 16), (1, 1), (17, 900), (300, 20), (64, 2000)])
def test_any_size_gives_a_camera(size_hw, rng, no_network):
    photo = photo_of(rng.uniform(0, 1, (3, *size_hw)))
    camera = Vanishing()(photo)
    assert camera.size_hw == size_hw
    assert camera.pitch_sd_deg > 0
    assert camera.roll_sd_deg > 0


def test_a_blank_picture_needs_no_network_and_gives_the_prior():
    camera = Vanishing()(photo_of(np.full((3, 100, 150), 0.4)))
    assert (camera.pitch_deg, camera.roll_deg, camera.height_m) == (0, 0, 1.6)
    assert (camera.pitch_sd_deg, camera.roll_sd_deg) == (8, 2)
    assert camera.evidence == ("prior focal length", "prior pitch and roll")


def test_inputs_stay_untouched(scene_photo, no_network):
    before = scene_photo.rgb.clone()
    Vanishing()(scene_photo)
    assert torch.equal(scene_photo.rgb, before)


@pytest.mark.parametrize("method", [Vanishing, Exif])
@pytest.mark.parametrize("options", [{"height_m": 0.0}, {"pitch_sd_deg": 0.0}, {"roll_sd_deg": 90.0}])
def test_impossible_options_are_refused(method, options):
    with pytest.raises(InputError, match="wanted"):
        method(**options)


def test_exif_takes_the_focal_length_of_the_file_and_a_level_camera(scene_photo):
    camera = Exif(height_m=1.2)(scene_photo)
    assert camera.f_px == pytest.approx(300)
    assert (camera.pitch_deg, camera.roll_deg, camera.height_m) == (0, 0, 1.2)
    assert camera.evidence[0] == "exif focal length"


def test_without_metadata_the_focal_length_is_a_broad_guess(scene_photo):
    known, unknown = Exif()(scene_photo), Exif()(Photo(scene_photo.rgb))
    assert unknown.f_sd_px / unknown.f_px > 5 * known.f_sd_px / known.f_px


def read_photo(path, f_px=None):
    import cv2

    rgb = torch.from_numpy(cv2.imread(str(path))[..., ::-1].transpose(2, 0, 1) / np.float32(255))
    return Photo(linear_from_srgb(rgb.float()), f_px)


@pytest.mark.data
@pytest.mark.weights("mlsd-large")
def test_streets_of_lund_beat_always_answering_level(data_dir):
    """Phone gravity is good to a degree or two, so four streets are compared, by their median."""
    rows = list(csv.DictReader((data_dir / "camera/opensfm_exif_gravity_sun.csv").open()))
    errors, level = [], []
    for row in (rows[i] for i in (3, 12, 13, 17)):
        camera = Vanishing()(read_photo(data_dir / "camera" / row["file"], float(row["f35"]) / 36 * 1024))
        pitch = math.degrees(math.asin(float(row["az"])))
        errors.append(abs(camera.pitch_deg - pitch))
        level.append(abs(pitch))
    assert np.median(errors) < 0.5 * np.median(level)


def view(panorama, pitch_deg, roll_deg, yaw, f, size_hw):
    """A pinhole view ``(h, w, 3)`` of an equirectangular picture."""
    import cv2

    ys, xs = np.mgrid[: size_hw[0], : size_hw[1]]
    rays = np.stack([(xs - (size_hw[1] - 1) / 2) / f, (ys - (size_hw[0] - 1) / 2) / f, np.ones(size_hw)], -1)
    up = up_vector(pitch_deg, roll_deg)
    forward, right = level_axes(up)
    azimuth = np.arctan2(rays @ right, rays @ forward) + yaw
    climb = np.arctan2(rays @ up, np.hypot(rays @ right, rays @ forward))
    height, width = panorama.shape[:2]
    map_x = ((azimuth / (2 * math.pi) + 0.5) % 1 * (width - 1)).astype(np.float32)
    map_y = ((0.5 - climb / math.pi) * (height - 1)).astype(np.float32)
    return cv2.remap(panorama, map_x, map_y, cv2.INTER_LINEAR)


@pytest.mark.data
@pytest.mark.weights("mlsd-large")
@pytest.mark.parametrize(("pitch", "roll"), [(-10, 3), (12, -2)])
def test_views_of_a_city_panorama_give_pitch_and_roll_within_two_spreads(data_dir, pitch, roll):
    import cv2

    panorama = cv2.imread(str(data_dir / "hdri/drei_assets/potsdamer_platz_1k.hdr"), cv2.IMREAD_UNCHANGED)[..., ::-1]
    rgb = (view(panorama, pitch, roll, 1.0, 330.0, (480, 640)) / 1.5).clip(0, 1)
    camera = Vanishing()(photo_of(rgb.transpose(2, 0, 1), 330.0))
    assert abs(camera.pitch_deg - pitch) < max(2 * camera.pitch_sd_deg, 1)
    assert abs(camera.roll_deg - roll) < max(2 * camera.roll_sd_deg, 1)
    assert camera.pitch_sd_deg < 4
