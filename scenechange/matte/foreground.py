"""The person's own colours: the old background taken out of the pixels that are partly it.

Colours F of the person and B of the background are sought that add up to the picture, C = a F + (1 - a) B in linear
light, and change little from pixel to pixel, less still where alpha changes. The system is solved from coarse to fine,
a few steps at each size; every pixel of a step is solved at once.

References: Germer, Uelwer, Conrad, Harmeling, Fast Multi-Level Foreground Estimation, ICPR 2020, eq. 2-6 (Jacobi steps
here instead of Gauss-Seidel, so that whole arrays are solved); Levin, Lischinski, Weiss, TPAMI 30 (2008), section 5.
"""

from __future__ import annotations

import numpy as np

from scenechange.math.image import fit_within, resize_planes

SMALL = 1024  # longer edge in pixels at which the system is solved: both colours are smooth
LEAST_WEIGHT, EDGE_WEIGHT = 1e-4, 1.0  # of the difference between neighbours: everywhere, and times the step of alpha
COARSE_PX, COARSE_STEPS, FINE_STEPS = 64, 12, 3  # steps at sizes up to COARSE_PX, and above
REACH_PX = 6  # beyond the steps of the finest size, so what is seen is the same as if all were solved


def clean_colours(rgb: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Straight foreground colours ``(3, h, w)`` linear in [0, 1]; where alpha is 1, the pixels as they are.

    Parameters
    ----------
    rgb : ndarray
        ``(3, h, w)`` float32 linear light in [0, 1].
    alpha : ndarray
        ``(h, w)`` float32 in [0, 1].
    """
    small = fit_within(alpha.shape, SMALL)
    pixels = np.ascontiguousarray(resize_planes(rgb, small).transpose(1, 2, 0))
    person, behind = (c.transpose(2, 0, 1) for c in both_colours(pixels, resize_planes(alpha[None], small)[0]))
    out = resize_planes(person, alpha.shape)
    solid, mixed = alpha >= 1, np.nonzero((alpha > 0) & (alpha < 1))
    a = alpha[mixed]
    for channel, picture in enumerate(rgb):
        f, b = out[channel][mixed], resize_planes(behind[channel : channel + 1], alpha.shape)[0][mixed]
        left_over = picture[mixed] - a * f - (1 - a) * b
        np.copyto(out[channel], picture, where=solid)
        out[channel][mixed] = np.clip(f + a * left_over / (a * a + (1 - a) ** 2), 0, 1)
    return out


def colours_over_white(rgb: np.ndarray, alpha: np.ndarray) -> np.ndarray:
    """Straight colours ``(3, h, w)`` of a picture whose transparent pixels were laid over white, exactly undone."""
    a = np.maximum(alpha, 1 / 255)
    return np.clip((rgb - (1 - a)) / a, 0, 1)


def both_colours(rgb: np.ndarray, alpha: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Colours ``(h, w, 3)`` of the person and of the background, from coarse to fine.

    Above `COARSE_PX` only pixels within `REACH_PX` of a mixed one are solved: elsewhere one of the two is not seen.
    """
    import cv2

    height, width = alpha.shape
    levels = max(1, int(np.ceil(np.log2(max(height, width)))))
    weight = alpha[..., None]
    person, behind = (
        ((rgb * w).sum((0, 1)) / max(float(w.sum()), 1e-6)).astype(np.float32)[None, None] for w in (weight, 1 - weight)
    )
    for level in range(1, levels + 1):
        size = max(1, round(height ** (level / levels))), max(1, round(width ** (level / levels)))
        how = cv2.INTER_AREA
        pixels = cv2.resize(rgb, size[::-1], interpolation=how).reshape(*size, 3)
        opacity = cv2.resize(alpha, size[::-1], interpolation=how).reshape(size)
        person, behind = _grow(person, size), _grow(behind, size)
        if max(size) <= COARSE_PX:
            _relax(pixels, opacity, person, behind, np.arange(opacity.size), COARSE_STEPS)
        else:
            mixed = ((opacity > 0) & (opacity < 1)).astype(np.uint8)
            near = cv2.dilate(mixed, np.ones((2 * REACH_PX + 1, 2 * REACH_PX + 1), np.uint8))
            _relax(pixels, opacity, person, behind, np.flatnonzero(near), FINE_STEPS)
    return person, behind


def _relax(
    rgb: np.ndarray, alpha: np.ndarray, person: np.ndarray, behind: np.ndarray, at: np.ndarray, steps: int
) -> None:
    """`steps` Jacobi steps of Germer et al. eq. 6 at the flat indices `at`, in place: two unknowns a channel."""
    height, width = alpha.shape
    rows, columns = np.divmod(at, width)
    flat, a = alpha.reshape(-1), alpha.reshape(-1)[at][:, None]
    neighbours = []
    for step, inside in ((-1, columns > 0), (1, columns < width - 1), (-width, rows > 0), (width, rows < height - 1)):
        there = np.where(inside, at + step, at)
        pull = LEAST_WEIGHT + EDGE_WEIGHT * np.abs(flat[there][:, None] - a)
        neighbours.append((there, np.where(inside[:, None], pull, np.float32(0))))  # none beyond the edge
    total = sum(pull for _, pull in neighbours)
    b = 1 - a
    # (a^2 + total) F + a b B = a C + sum of neighbours' F, and the like for B; solved by Cramer's rule
    f_f, f_b, b_b = a * a + total, a * b, b * b + total
    scale = 1 / np.maximum(f_f * b_b - f_b * f_b, 1e-12)
    seen = rgb.reshape(-1, 3)[at]
    colours = person.reshape(-1, 3), behind.reshape(-1, 3)
    for _ in range(steps):
        for_person, for_behind = (
            w * seen + sum(pull * of[there] for there, pull in neighbours)
            for w, of in zip((a, b), colours, strict=True)
        )
        colours[0][at] = np.clip((b_b * for_person - f_b * for_behind) * scale, 0, 1)
        colours[1][at] = np.clip((f_f * for_behind - f_b * for_person) * scale, 0, 1)


def _grow(small: np.ndarray, size_hw: tuple[int, int]) -> np.ndarray:
    import cv2

    if small.shape[:2] == size_hw:
        return small.copy()
    grown = cv2.resize(small, (size_hw[1], size_hw[0]), interpolation=cv2.INTER_LINEAR)
    return np.ascontiguousarray(grown).reshape(*size_hw, 3)
