"""Where the sun stands: a short astronomical formula, good to about 0.1 degree between 1950 and 2050.

References: J. Meeus, Astronomical Algorithms (1998), chapter 25 (low accuracy); NOAA Solar Calculator.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import numpy as np

from scenechange.light.frame import direction
from scenechange.types import Camera, Capture

J2000 = datetime(2000, 1, 1, 12, tzinfo=UTC)


def sun_position(when: datetime, latitude_deg: float, longitude_deg: float) -> tuple[float, float]:
    """Azimuth (clockwise from true north) and elevation of the sun in degrees.

    Parameters
    ----------
    when : datetime
        With its time zone; a time without one is read as UTC.
    latitude_deg, longitude_deg : float
        North and east positive.

    Notes
    -----
    Elevation includes refraction above the horizon (Bennett 1982).
    """
    when = when.replace(tzinfo=UTC) if when.tzinfo is None else when
    days = (when - J2000).total_seconds() / 86400
    century = days / 36525
    mean_longitude = 280.46646 + 36000.76983 * century
    anomaly = math.radians(357.52911 + 35999.05029 * century)
    centre = (1.914602 - 0.004817 * century) * math.sin(anomaly) + 0.019993 * math.sin(2 * anomaly)
    node = math.radians(125.04 - 1934.136 * century)
    longitude = math.radians(mean_longitude + centre - 0.00569 - 0.00478 * math.sin(node))
    tilt = math.radians(23.439291 - 0.0130042 * century + 0.00256 * math.cos(node))
    right_ascension = math.atan2(math.cos(tilt) * math.sin(longitude), math.cos(longitude))
    declination = math.asin(math.sin(tilt) * math.sin(longitude))
    sidereal_deg = 280.46061837 + 360.98564736629 * days + longitude_deg
    hour_angle = math.radians(sidereal_deg) - right_ascension
    latitude = math.radians(latitude_deg)
    up = math.sin(latitude) * math.sin(declination) + math.cos(latitude) * math.cos(declination) * math.cos(hour_angle)
    east = -math.cos(declination) * math.sin(hour_angle)
    north = math.cos(latitude) * math.sin(declination) - math.sin(latitude) * math.cos(declination) * math.cos(
        hour_angle
    )
    elevation = math.degrees(math.asin(max(-1.0, min(1.0, up))))
    if elevation > -0.575:
        elevation += 1.02 / 60 / math.tan(math.radians(elevation + 10.3 / (elevation + 5.11)))
    return math.degrees(math.atan2(east, north)) % 360, elevation


def possible_times(taken_at: datetime, longitude_deg: float) -> list[tuple[datetime, float]]:
    """Moments in UTC that a camera's clock may mean, each with a weight that adds up to 1.

    EXIF times mostly lack a time zone. The clock usually shows local time, with or without summer time; zones differ
    from the sun's by up to an hour more; some programs write UTC.
    """
    if taken_at.tzinfo is not None:
        return [(taken_at.astimezone(UTC), 1.0)]
    zone_h = round(longitude_deg / 15)
    offsets = [(zone_h, 0.4), (zone_h + 1, 0.4), (zone_h + 2, 0.05), (zone_h - 1, 0.05), (0, 0.1)]
    return [(taken_at.replace(tzinfo=UTC) - timedelta(hours=h), weight) for h, weight in offsets]


def sun_from_capture(taken: Capture, camera: Camera) -> tuple[np.ndarray, float, float] | None:
    """Direction to the sun in the camera's frame, its standard deviation, and its elevation in degrees.

    None where time, place or compass are missing. The compass is trusted to 15 degrees; where the clock may mean
    several moments, their mean direction is given, and the spread says how far they lie apart.
    """
    if taken.taken_at is None or taken.heading_deg is None:
        return None
    if taken.latitude_deg is None or taken.longitude_deg is None:
        return None
    moments = possible_times(taken.taken_at, taken.longitude_deg)
    total, elevation_deg = np.zeros(3), 0.0
    for when, weight in moments:
        azimuth, elevation = sun_position(when, taken.latitude_deg, taken.longitude_deg)
        total += weight * direction(camera, azimuth - taken.heading_deg, elevation)
        elevation_deg += weight * elevation
    length = float(np.linalg.norm(total))
    clock_deg = math.degrees(math.sqrt(max(0.0, -2 * math.log(min(max(length, 1e-3), 1.0)))))
    return total / max(length, 1e-9), math.hypot(15.0, clock_deg), elevation_deg
