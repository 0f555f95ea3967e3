"""How many pixels tall the person would stand, from whatever the frame and the posture leave of them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from scenechange.person.landmarks import ANKLES, EARS, ELBOWS, HEAD, HIPS, KNEES, SHOULDERS, Landmarks

# Measured on 100 street photos cut off at 800 random heights (Clothing Co-Parsing, training part), against the same
# people uncut. The network's metric skeleton beat and replaced sums of head, neck, trunk and arm lengths: it knows the
# posture, and its guess of the hidden part holds what bodies have in common.
CHAIN_PER_REACH = 0.064  # log of the length along the joints over the straight way from ears to ankles, standing
CHAIN_SD = 0.015
DIRECT_SD = 0.015  # soles and crown found twice in the same photo, with other margins and masks
BENT_SD_SHARE = 0.5  # of a correction for bent legs: how much of it is doubt


@dataclass(frozen=True, slots=True)
class Level:
    """A body seen down to `joints`: log of stature per skeleton metre, and its standard deviation."""

    joints: tuple[int, ...]
    log_share: float
    sd: float


@dataclass(frozen=True, slots=True)
class Stature:
    """Standing height in picture pixels and its standard deviation."""

    px: float
    sd_px: float


LEVELS = (
    Level(ANKLES, 0.500, 0.036),
    Level(KNEES, 0.477, 0.044),
    Level(HIPS, 0.474, 0.052),
    Level(ELBOWS, 0.470, 0.060),
    Level(SHOULDERS, 0.489, 0.066),
)
HEAD_LOG_SHARE = -3.725  # log of the face landmarks' spread over stature, adults who are cut off
HEAD_SD = 0.09


def level_of(on_person: np.ndarray) -> Level | None:
    """The lowest level whose joints are seen on either side; None where no more than the head is seen."""
    return next((level for level in LEVELS if on_person[list(level.joints)].any()), None)


def from_joints(landmarks: Landmarks, level: Level | None) -> Stature:
    """Stature from the scale of the metric skeleton, whatever the posture; from the head where only that is seen."""
    if level is None:
        return from_head(landmarks)
    px = pixels_per_metre(landmarks) * math.exp(level.log_share)
    return Stature(px, level.sd * px)


def from_head(landmarks: Landmarks) -> Stature:
    """Stature from the size of the face: rough, but the same however tight the network's square was."""
    px = head_span(landmarks) * math.exp(-HEAD_LOG_SHARE)
    return Stature(px, HEAD_SD * px)


def from_crown_to_soles(landmarks: Landmarks, crown_xy: np.ndarray, feet_xy: np.ndarray) -> Stature:
    """Stature of someone seen whole: from the crown to the middle of the soles, longer where legs or trunk are bent."""
    direct = float(np.hypot(*(crown_xy - feet_xy.mean(0))))
    bend = max(0.0, bend_of(landmarks) - 1.5 * CHAIN_SD)
    px = max(direct, 1.0) * math.exp(bend)
    return Stature(px, px * math.hypot(DIRECT_SD, BENT_SD_SHARE * bend))


def bend_of(landmarks: Landmarks) -> float:
    """Log of how much longer the body is than the way from ears to ankles, 0 for people who stand or walk."""
    world = landmarks.world_m
    ears, shoulders, hips, knees, ankles = (world[list(pair)] for pair in (EARS, SHOULDERS, HIPS, KNEES, ANKLES))
    trunk = np.linalg.norm(ears.mean(0) - shoulders.mean(0)) + np.linalg.norm(shoulders.mean(0) - hips.mean(0))
    legs = np.linalg.norm(hips - knees, axis=1) + np.linalg.norm(knees - ankles, axis=1)
    reach = np.linalg.norm(ears.mean(0) - ankles.mean(0))
    return float(np.log(max(trunk + legs.mean(), 1e-6) / max(reach, 1e-6))) - CHAIN_PER_REACH


def at_least(size: Stature, shown_px: float) -> Stature:
    """The stature, no less than what is seen of it; the spread grows by half of what it had to be raised."""
    px = max(size.px, shown_px)
    return Stature(px, math.hypot(size.sd_px, (px - size.px) / 2))


def joined(first: Stature, second: Stature) -> Stature:
    """Both statements as one: weighted by inverse variance, wider where they contradict each other."""
    a, b = first.sd_px**-2, second.sd_px**-2
    px = (a * first.px + b * second.px) / (a + b)
    conflict = abs(first.px - second.px) / math.hypot(first.sd_px, second.sd_px)
    return Stature(px, (a + b) ** -0.5 * max(1.0, conflict / 2))


def pixels_per_metre(landmarks: Landmarks) -> float:
    """Scale that lays the metric skeleton over its landmarks (scaled orthographic projection, least squares)."""
    return max(_spread(landmarks.xy), 1e-3) / max(_spread(landmarks.world_m[:, :2]), 1e-6)


def head_span(landmarks: Landmarks) -> float:
    """Root mean square distance of the face's landmarks from their centre, in picture pixels."""
    return max(_spread(landmarks.xy[list(HEAD)]), 1e-3)


def _spread(points: np.ndarray) -> float:
    return float(np.sqrt(((points - points.mean(0)) ** 2).sum(1).mean()))
