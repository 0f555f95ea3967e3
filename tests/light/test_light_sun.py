"""The sun's place in the sky."""

import csv
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest

from scenechange.light.frame import azimuth_elevation, direction
from scenechange.light.sun import possible_times, sun_from_capture, sun_position
from scenechange.types import Camera, Capture


def test_equinox_noon_at_greenwich_on_the_equator_is_overhead() -> None:
    # 20 March 2020, 12:07:27 UTC: the sun crosses the meridian of Greenwich (equation of time -7 min 27 s)
    assert sun_position(datetime(2020, 3, 20, 12, 7, 27, tzinfo=UTC), 0.0, 0.0)[1] == pytest.approx(90, abs=0.2)


def test_midsummer_noon_stands_at_ninety_minus_latitude_plus_tilt() -> None:
    azimuth, elevation = sun_position(datetime(2020, 6, 20, 12, 1, 40, tzinfo=UTC), 50.0, 0.0)
    assert elevation == pytest.approx(90 - 50 + 23.436, abs=0.05)
    assert azimuth == pytest.approx(180, abs=0.3)


def test_known_position_of_the_nrel_algorithm_paper() -> None:
    # Reda & Andreas 2004, table A5.1: 17 Oct 2003 12:30:30 at UTC-7: azimuth 194.34, zenith 50.11
    when = datetime(2003, 10, 17, 12, 30, 30, tzinfo=timezone(timedelta(hours=-7)))
    azimuth, elevation = sun_position(when, 39.742476, -105.1786)
    assert azimuth == pytest.approx(194.34, abs=0.05)
    assert 90 - elevation == pytest.approx(50.11, abs=0.05)


@pytest.mark.data
def test_positions_agree_with_the_table_of_street_photos(data_dir: Path) -> None:
    rows = list(csv.DictReader((data_dir / "camera" / "opensfm_exif_gravity_sun.csv").open()))
    assert len(rows) >= 15
    for row in rows:
        when = datetime.strptime(row["time"][:19], "%Y_%m_%d_%H_%M_%S").replace(tzinfo=UTC)
        azimuth, elevation = sun_position(when, float(row["lat"]), float(row["lon"]))
        assert azimuth == pytest.approx(float(row["sun_az_if_utc"]), abs=0.15)
        assert elevation == pytest.approx(float(row["sun_el_if_utc"]), abs=0.15)


def test_time_without_zone_is_spread_over_the_zones_it_may_mean() -> None:
    naive = possible_times(datetime(2014, 6, 7, 10, 24), 13.2)
    assert sum(weight for _, weight in naive) == pytest.approx(1)
    assert len({when for when, _ in naive}) >= 3
    aware = possible_times(datetime(2014, 6, 7, 10, 24, tzinfo=UTC), 13.2)
    assert aware == [(datetime(2014, 6, 7, 10, 24, tzinfo=UTC), 1.0)]


def test_unknown_zone_widens_the_spread(level_camera: Camera) -> None:
    when = datetime(2014, 6, 7, 10, 24)
    spreads = [sun_from_capture(Capture(t, 55.7, 13.2, 180.0), level_camera) for t in (when, when.replace(tzinfo=UTC))]
    assert spreads[0] is not None
    assert spreads[1] is not None
    assert spreads[0][1] > spreads[1][1] + 1


@pytest.mark.parametrize("gap", ["taken_at", "latitude_deg", "longitude_deg", "heading_deg"])
def test_missing_metadata_give_no_sun(gap: str, level_camera: Camera) -> None:
    full = {"taken_at": datetime(2014, 6, 7), "latitude_deg": 1.0, "longitude_deg": 2.0, "heading_deg": 3.0}
    assert sun_from_capture(Capture(**full | {gap: None}), level_camera) is None


@pytest.mark.parametrize(("azimuth", "elevation"), [(0, 0), (90, 10), (-120, 60), (179, -20)])
def test_direction_and_angles_are_inverse_for_a_tilted_camera(azimuth: float, elevation: float) -> None:
    camera = Camera((480, 640), 600.0, 12.0, -7.0, 1.6, 1.0, 1.0, 1.0, 0.1)
    assert azimuth_elevation(camera, direction(camera, azimuth, elevation)) == pytest.approx((azimuth, elevation))


def test_right_of_a_level_camera_is_positive_x(level_camera: Camera) -> None:
    assert direction(level_camera, 90, 0) == pytest.approx(np.array([1, 0, 0]), abs=1e-9)
