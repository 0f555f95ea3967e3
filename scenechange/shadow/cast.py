"""The shadow a directional light throws: the silhouette as an upright board, laid on the ground along the light."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from scenechange.shadow.standing import Standing

HALF_DEPTH = 0.06
"""Half the depth of a body, front to back, in statures: a board has none, and a light from the side would show it."""
SLICES = 5
"""Copies of the board through that depth."""
BEHIND = 0.04
"""Legs stand this far behind the lowest visible point of a foot, its toes or its near side, in statures."""
MARGIN = 0.3
"""Room round the shadow's map, in statures, for soft edges."""


@dataclass(frozen=True, slots=True)
class Sun:
    """A light for casting, as the ground sees it.

    Attributes
    ----------
    along_xy : (float, float)
        Unit direction in which shadows point, in the ground's x (right) and y (away).
    length : float
        Length of a shadow per height: the cotangent of the elevation.
    spread : float
        Standard deviation of the light's angular extent, radians.
    """

    along_xy: tuple[float, float]
    length: float
    spread: float


@dataclass(frozen=True, slots=True, eq=False)
class GroundMap:
    """Values ``(h, w)`` in [0, 1] on the ground, seen from above, and the homography to pixels of the scene.

    The homography's last row gives depths in metres.
    """

    values: np.ndarray
    image_from_map: np.ndarray

    def box(self) -> tuple[float, float, float, float] | None:
        """Box in pixels of all cells before the camera that are not 0; None where there are none."""
        rows, columns = np.flatnonzero(self.values.max(1) > 0.002), np.flatnonzero(self.values.max(0) > 0.002)
        if len(rows) == 0:
            return None
        x, y = np.meshgrid(np.linspace(columns[0], columns[-1], 24), np.linspace(rows[0], rows[-1], 24))
        pixels = self.image_from_map @ np.stack([x.ravel(), y.ravel(), np.ones(x.size)])
        pixels = pixels[:2, pixels[2] > 0.05] / pixels[2, pixels[2] > 0.05]
        if pixels.shape[1] == 0:
            return None
        (left, top), (right, bottom) = pixels.min(1), pixels.max(1)
        return float(left), float(top), float(right), float(bottom)

    def seen_in(self, box_xyxy: tuple[int, int, int, int], outside: float) -> np.ndarray:
        """``(h, w)`` values in a box of the scene; `outside` beyond the map, and above the horizon."""
        import cv2

        x0, y0, x1, y1 = box_xyxy
        box_from_map = np.array([[1, 0, -x0], [0, 1, -y0], [0, 0, 1.0]]) @ self.image_from_map
        seen = cv2.warpPerspective(
            self.values, box_from_map, (x1 - x0, y1 - y0), borderMode=cv2.BORDER_CONSTANT, borderValue=outside
        )
        # The homography also maps what lies behind the camera: to pixels above the horizon, upside down.
        slope_x, slope_y, start = np.linalg.inv(box_from_map)[2]
        if start + min(0.0, slope_x * (x1 - x0)) + min(0.0, slope_y * (y1 - y0)) <= 0:
            seen[slope_x * np.arange(x1 - x0) + (slope_y * np.arange(y1 - y0) + start)[:, None] <= 0] = outside
        return seen


def cast(person: Standing, sun: Sun, cells: int) -> GroundMap:
    """What share of the light the person keeps from each spot of the ground; the map's longer side has `cells` cells.

    Notes
    -----
    The board stands on the line through the feet, so that the shadow begins at both. A point of it at `a` metres
    along that line and height `h` shades the ground at ``a e + h length s`` (e, s: directions of the line and of the
    shadow); each cell of the map is solved for (a, h) and looks up the silhouette there. The maximum over copies of
    the board before and behind it gives the body its depth.
    """
    frame, height_m = person.frame, person.height_m
    along = np.array(sun.along_xy)
    across = np.array([-along[1], along[0]])
    feet = np.stack(frame.ground_of_pixels(person.feet_xy[:, 0], person.feet_xy[:, 1]), axis=1)
    base, line = feet.mean(0) + np.array([0.0, BEHIND * height_m]), _board_line(feet, along)
    v, c, cell = _axes(_reach(person), line, height_m, sun, cells)
    small, small_from_image = _shrunk(person, cell * frame.px_per_m)
    small_from_board = small_from_image @ frame.image_from_wall(base, line)
    blocked = _through_body(small, small_from_board, (v, c), line, sun, height_m)
    blocked = _with_penumbra(blocked, v / max(sun.length, 0.2), height_m, sun, cell)
    start = base + v[0] * along + c[0] * across
    ground_from_map = np.eye(3)
    ground_from_map[:2] = np.stack([cell * across, cell * along, start], axis=1)
    return GroundMap(blocked, frame.image_from_ground @ ground_from_map)


def _through_body(
    small: np.ndarray,
    small_from_board: np.ndarray,
    axes: tuple[np.ndarray, np.ndarray],
    line: np.ndarray,
    sun: Sun,
    height_m: float,
) -> np.ndarray:
    """``(rows, columns)`` maximum of the silhouette over boards through the body's depth, in cells of the map."""
    import cv2

    along = np.array(sun.along_xy)
    # A cell at (v, c) lies at v s + c p from the base (p across the shadow); the board's (a, h) are linear in it.
    board_from_ground = np.linalg.inv(np.stack([line, max(sun.length, 0.02) * along], axis=1))
    per_v, per_c = board_from_ground @ along, board_from_ground @ np.array([-along[1], along[0]])
    per_depth = board_from_ground @ np.array([-line[1], line[0]])
    v, c = axes[0][:, None].astype(np.float32), axes[1][None].astype(np.float32)
    a0, h0 = (np.float32(per_v[i]) * v + np.float32(per_c[i]) * c for i in (0, 1))
    thickness = np.clip(0.45 + np.float32(0.6 / height_m) * h0, 0.45, 1)  # legs are thinner than the trunk
    # Boards before and behind make a box of the body, whose corners reach out: a round body of equal width and depth
    # throws r, not r cos + d sin, at an angle of the light to the board's normal; d tan(angle / 2) makes them equal.
    sideways, facing = abs(float(line @ along)), abs(float(line[0] * along[1] - line[1] * along[0]))
    half_depth = HALF_DEPTH * height_m * sideways / (1 + facing)
    m = small_from_board.astype(np.float32)
    blocked = np.zeros(a0.shape, np.float32)
    for depth in np.linspace(-1, 1, SLICES) * half_depth:
        a = a0 - np.float32(depth * per_depth[0]) * thickness
        h = h0 - np.float32(depth * per_depth[1]) * thickness
        z = m[2, 0] * a + m[2, 1] * h + m[2, 2]
        x, y = ((m[i, 0] * a + m[i, 1] * h + m[i, 2]) / np.maximum(z, 1e-3) for i in (0, 1))
        x[(h < -0.01 * height_m) | (z < 0.05)] = -1e4  # below ground, or behind the camera
        np.maximum(blocked, cv2.remap(small, x, y, cv2.INTER_LINEAR), out=blocked)
    return blocked


def _board_line(feet: np.ndarray, along: np.ndarray) -> np.ndarray:
    """Ground direction ``(2,)`` of the board: through both feet, within limits.

    At most 45 degrees out of the picture plane (feet are never measured that well in depth), and at least 30 degrees
    from the shadow's direction (a board edge-on to the light would throw a thread).
    """
    step = feet[feet[:, 0].argmax()] - feet[feet[:, 0].argmin()]
    angle = math.atan2(step[1], step[0]) if step[0] > 1e-6 else 0.0
    angle = min(max(angle, -math.pi / 4), math.pi / 4)
    shadow = math.atan2(along[1], along[0])
    apart = (angle - shadow + math.pi / 2) % math.pi - math.pi / 2  # of two lines: -90 to 90 degrees
    least = math.pi / 6
    if abs(apart) < least:
        angle = shadow + math.copysign(least, apart)
    line = np.array([math.cos(angle), math.sin(angle)])
    return line if line[0] >= 0 else -line


def _reach(person: Standing) -> float:
    """How far the silhouette reaches to either side of the feet, in metres."""
    columns = np.flatnonzero((person.alpha > 0.1).any(0)) + person.corner_xy[0]
    if len(columns) == 0:
        return 0.1
    middle = float(person.feet_xy[:, 0].mean())
    return max(columns[-1] - middle, middle - columns[0], 1.0) / person.frame.px_per_m


def _axes(
    reach_m: float, line: np.ndarray, height_m: float, sun: Sun, cells: int
) -> tuple[np.ndarray, np.ndarray, float]:
    """Metres along and across the shadow of the map's rows and columns, and the size of a cell."""
    along = np.array(sun.along_xy)
    crossed, dotted = abs(line[0] * along[1] - line[1] * along[0]), abs(float(line @ along))
    margin = (MARGIN + HALF_DEPTH) * height_m
    low, high = -reach_m * dotted - margin, sun.length * height_m + reach_m * dotted + margin
    side = reach_m * crossed + margin
    cell = max(high - low, 2 * side) / cells
    return np.arange(low, high, cell), np.arange(-side, side, cell), cell


def _shrunk(person: Standing, cell_px: float) -> tuple[np.ndarray, np.ndarray]:
    """The silhouette at about the map's resolution, and the ``(3, 3)`` map from pixels of the scene to it."""
    import cv2

    h, w = person.alpha.shape
    factor = max(1.0, cell_px)
    small_w, small_h = max(1, round(w / factor)), max(1, round(h / factor))
    small = cv2.resize(np.ascontiguousarray(person.alpha), (small_w, small_h), interpolation=cv2.INTER_AREA)
    sx, sy = small_w / w, small_h / h  # pixel centres at integers
    small_from_window = np.array([[sx, 0, sx / 2 - 0.5], [0, sy, sy / 2 - 0.5], [0, 0, 1.0]])
    x, y = person.corner_xy
    return small, small_from_window @ np.array([[1, 0, -x], [0, 1, -y], [0, 0, 1.0]])


def _with_penumbra(blocked: np.ndarray, heights: np.ndarray, height_m: float, sun: Sun, cell: float) -> np.ndarray:
    """Edges softened in proportion to the distance from what throws them; `heights` (rows,) in metres.

    A light of angular spread t at elevation e blurs the shadow of a point at height h by ``h t / sin e`` across and
    ``h t / sin^2 e`` along the shadow. Blurs for a few heights are mixed row by row.
    """
    sine = 1 / math.hypot(1, sun.length)
    stops = np.array([0.02, 0.12, 0.35, 0.7, 1.1]) * height_m
    levels = [_blurred(blocked, h * sun.spread / sine / cell, h * sun.spread / sine**2 / cell) for h in stops]
    position = np.interp(np.clip(heights, stops[0], stops[-1]), stops, np.arange(len(stops)))
    mixed = np.zeros_like(blocked)
    for i, level in enumerate(levels):
        mixed += level * np.clip(1 - np.abs(position - i), 0, 1).astype(np.float32)[:, None]
    return mixed


def _blurred(blocked: np.ndarray, sigma_x: float, sigma_y: float) -> np.ndarray:
    """Gaussian blur; wide ones at lower resolution, where they cost nothing."""
    import cv2

    if sigma_y < 0.3:
        return blocked
    h, w = blocked.shape
    shrink = min(max(1.0, sigma_x / 4), w / 4, h / 4)
    if shrink > 1:
        small = cv2.resize(blocked, (round(w / shrink), round(h / shrink)), interpolation=cv2.INTER_AREA)
        small = cv2.GaussianBlur(
            small, (0, 0), sigma_x / shrink, sigmaY=sigma_y / shrink, borderType=cv2.BORDER_CONSTANT
        )
        return cv2.resize(small, (w, h), interpolation=cv2.INTER_LINEAR)
    return cv2.GaussianBlur(blocked, (0, 0), max(sigma_x, 0.3), sigmaY=sigma_y, borderType=cv2.BORDER_CONSTANT)
