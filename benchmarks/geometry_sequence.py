"""How far can the phone's gravity in Lund be trusted? Judged by the pictures, which follow each other.

Matched points of neighbouring pictures give how the phone turned between them (essential matrix; Nister, PAMI 2004).
Pairs one, two and three apart are averaged into one set of rotations (Govindu, CVPR 2004), to some hundredths of a
degree in pitch. They know nothing of gravity: one unknown up vector is left, the same for all pictures. The up vector
that fits the phone's readings best gives a reference in which the scatter of single readings is averaged out, and not
an offset that all readings share. The upright edges of all pictures together give the same up vector a second time.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from scenechange.calibrate.lines import measure_lines
from scenechange.math.geometry import pitch_roll_from_up, up_vector

if TYPE_CHECKING:
    from geometry_pictures import View

    from scenechange.calibrate.vanishing import Seen

APART = 3  # pictures at most between two that are matched
RATIO = 0.75  # of the distances of the nearest and the second nearest descriptor (Lowe, IJCV 60, 2004)
FEWEST_MATCHES = 40
REACH_PX = 1.0
DISAGREE_DEG = 0.5  # a pair that contradicts the others by this counts half
STEEP = math.cos(math.radians(20))  # edges that may be upright


@dataclass(frozen=True)
class Pair:
    """Rotation ``(3, 3)`` from the camera frame of picture `first` to that of `second`, from `matches` points."""

    first: int
    second: int
    rotation: np.ndarray
    matches: int


def find_turns(pictures: list[View]) -> list[np.ndarray]:
    """Rotations ``(3, 3)`` from the frame of the first picture to that of each; raises where the chain breaks."""
    pairs = _pairs(pictures)
    steps = {pair.second: pair.rotation for pair in pairs if pair.second == pair.first + 1}
    turns = [np.eye(3)]
    for k in range(1, len(pictures)):
        turns.append(steps[k] @ turns[-1])
    for _ in range(50):
        turns = [_averaged(k, turns, pairs) for k in range(len(turns))]
    return turns


def report(pictures: list[View], looks: list[Seen], answers_deg: np.ndarray) -> dict[str, Any]:
    """Readings of the phone, and pitch and roll ``(N, 2)`` of a method, beside the sequence; signs of roll apart.

    `single_reading` is the median distance of one reading from the sequence that fits all readings best: no method
    can be shown to be better than this. `method` is the method's median distance from the same sequence,
    `method_about_offset` that about its own constant, `uprights_offset` what upright edges of all pictures say of it.
    """
    turns = find_turns(pictures)
    upright = np.array([pitch_roll_from_up(turn @ upright_of_all(pictures, looks, turns)) for turn in turns])
    found: dict[str, Any] = {}
    for sign in (-1, 1):  # of roll, relative to the file's convention in geometry_pictures
        phone = np.array([(v.pitch_deg, -sign * v.roll_deg) for v in pictures])
        reference = _reference(turns, phone)
        off, ours = phone - reference, answers_deg - reference
        found["roll = -atan2(ay, ax)" if sign < 0 else "roll = +atan2(ay, ax)"] = {
            "single_reading_median_deg": np.median(np.abs(off), 0).tolist(),
            "single_reading_rms_deg": np.sqrt((off**2).mean(0)).tolist(),
            "correlation": [float(np.corrcoef(phone[:, i], reference[:, i])[0, 1]) for i in (0, 1)],
            "uprights_offset_deg": np.median(upright - reference, 0).tolist(),
            "method_median_deg": np.median(np.abs(ours), 0).tolist(),
            "method_about_offset_deg": np.median(np.abs(ours - np.median(ours, 0)), 0).tolist(),
            "off_by_deg": {v.path.name: np.round(o, 2).tolist() for v, o in zip(pictures, off, strict=True) if v.path},
        }
    return found


def upright_of_all(pictures: list[View], looks: list[Seen], turns: list[np.ndarray]) -> np.ndarray:
    """Unit up vector ``(3,)`` in the first picture's frame to which steep edges of all pictures point."""
    normals, weights = [], []
    for view, seen, turn in zip(pictures, looks, turns, strict=True):
        lines = measure_lines(seen.segments_xyxy, seen.structural, seen.size_hw)
        lines = lines.chosen(np.abs(lines.along[:, 1]) > STEEP)
        f = (view.photo.f_px or 1.0) / max(view.photo.size_hw)
        torque = lines.middle[:, 0] * lines.along[:, 1] - lines.middle[:, 1] * lines.along[:, 0]
        normal = np.stack([-f * lines.along[:, 1], f * lines.along[:, 0], torque], 1)
        normals.append(normal / np.linalg.norm(normal, axis=1, keepdims=True) @ turn)
        weights.append(lines.weight)
    normal, weight = np.concatenate(normals), np.concatenate(weights)
    up, sd = np.array([0.0, -1.0, 0.0]), math.radians(2)
    for _ in range(60):
        share = weight / (1 + (normal @ up / sd) ** 2) ** 2
        up = np.linalg.eigh((normal * share[:, None]).T @ normal)[1][:, 0]
        up, sd = up * -np.sign(up[1]), max(0.9 * sd, math.radians(0.5))
    return up


def _reference(turns: list[np.ndarray], phone_deg: np.ndarray) -> np.ndarray:
    """Pitch and roll of the sequence ``(N, 2)`` under the up vector nearest to readings ``(N, 2)``."""
    each = np.array([turn.T @ up_vector(*angles) for turn, angles in zip(turns, phone_deg, strict=True)])
    up = each.mean(0)
    for _ in range(30):
        up = (each / (np.linalg.norm(each - up, axis=1, keepdims=True) + 1e-3)).sum(0)
        up /= np.linalg.norm(up)
    return np.array([pitch_roll_from_up(turn @ up) for turn in turns])


def _pairs(pictures: list[View]) -> list[Pair]:
    import cv2

    sift = cv2.SIFT_create(6000)
    seen = [sift.detectAndCompute(cv2.imread(str(v.path), cv2.IMREAD_GRAYSCALE), None) for v in pictures]
    height, width = pictures[0].photo.size_hw
    f_px = pictures[0].photo.f_px or 1.0
    inner = np.array([[f_px, 0, (width - 1) / 2], [0, f_px, (height - 1) / 2], [0, 0, 1]])
    pairs = []
    for i in range(len(seen)):
        for j in range(i + 1, min(i + 1 + APART, len(seen))):
            near = [two for two in cv2.BFMatcher().knnMatch(seen[i][1], seen[j][1], k=2) if len(two) == 2]
            matches = [one for one, other in near if one.distance < RATIO * other.distance]
            if len(matches) < FEWEST_MATCHES:
                continue
            a = np.array([seen[i][0][m.queryIdx].pt for m in matches])
            b = np.array([seen[j][0][m.trainIdx].pt for m in matches])
            essential, inliers = cv2.findEssentialMat(a, b, inner, cv2.USAC_MAGSAC, 0.9999, REACH_PX)
            if essential is None or essential.shape != (3, 3) or inliers.sum() < FEWEST_MATCHES:
                continue
            count = int(inliers.sum())
            pairs.append(Pair(i, j, cv2.recoverPose(essential, a, b, inner, mask=inliers)[1], count))
    return pairs


def _averaged(k: int, turns: list[np.ndarray], pairs: list[Pair]) -> np.ndarray:
    """The turn of picture `k` that its pairs propose on average, odd ones counting little."""
    import cv2

    total, change = 0.0, np.zeros(3)
    for pair in pairs:
        if k not in (pair.first, pair.second):
            continue
        told = pair.rotation @ turns[pair.first] if k == pair.second else pair.rotation.T @ turns[pair.second]
        off = cv2.Rodrigues(told @ turns[k].T)[0].ravel()
        odd = math.degrees(float(np.linalg.norm(off))) / DISAGREE_DEG
        weight = pair.matches / (pair.matches + 100) / (1 + odd**2)
        total, change = total + weight, change + weight * off
    return np.asarray(cv2.Rodrigues(change / total)[0] @ turns[k])
