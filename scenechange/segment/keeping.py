"""Which part of what stands out is the one person that is meant.

Works on small arrays of one view (`salient`): a weight for the network's probability, and what must be filled in.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scenechange.segment.apart import apart_from, disc_about

# Of a part apart from the body that is no part of the person: how thick, as a share of the root of the body's area, and
# how large, as a share of that area.
THICK, STRANGER = 0.12, 0.25
NOBODY = 0.1  # probability of the body below which what touches a stranger is the stranger's
UNLIKE = -1.5  # mean logarithm of the odds by colour below which a lost limb is not believed
# Of what the network hardly sees though the pose network is sure of it: least probability, and least area as a share of
# the body's. On 162 street photos four masks change: three gain .03 to .08, one loses .002. Below 1 % half are wrong.
HARDLY, LARGE = 0.04, 0.015


@dataclass(frozen=True, slots=True, eq=False)
class Keep:
    """What is known of one view.

    Attributes
    ----------
    rgb : ndarray
        ``(h, w, 3)`` sRGB in [0, 1].
    probability : ndarray
        ``(h, w)`` that a pixel stands out.
    body : ndarray or None
        ``(h, w)`` that a pixel is the person meant; None for a thing.
    others : ndarray
        ``(h, w)`` that a pixel is anybody else.
    limbs : ndarray
        ``(N, 2)`` joints, hands and feet of the person meant that the pose network sees.
    nose : ndarray
        ``(1, 2)`` tip of the nose, ``(0, 2)`` where it is not known: whatever else is lost, the head is not.
    clicks, anti_clicks : ndarray
        ``(N, 2)`` points on and off the person.
    signs : ndarray
        ``(h, w)`` bool: letters behind them.
    """

    rgb: np.ndarray
    probability: np.ndarray
    body: np.ndarray | None
    others: np.ndarray
    limbs: np.ndarray
    nose: np.ndarray
    clicks: np.ndarray
    anti_clicks: np.ndarray
    signs: np.ndarray


def keep_of(keep: Keep) -> tuple[np.ndarray, np.ndarray]:
    """Weight ``(h, w)`` of the probability, and share ``(h, w)`` by which the rest is raised to 1, both in [0, 1]."""
    import cv2

    mine, theirs = _seeds(keep)
    lift = np.maximum(_lift(keep), _hardly_seen(keep))
    probability = keep.probability + (1 - keep.probability) * lift
    salient = probability > 0.5
    split = _split(keep, salient, mine, theirs)
    wanted = _parts_near(salient & ~split, mine)
    unwanted = salient & ~wanted
    weight = _nearer(wanted, unwanted)
    if keep.body is None:
        return cv2.GaussianBlur(weight, (0, 0), 0.8), lift
    filled = _lost_limbs(keep, keep.body, weight * probability, split)
    weight = cv2.GaussianBlur(np.maximum(weight, filled), (0, 0), 0.8)
    return weight, np.maximum(filled, lift * weight)


def _lift(keep: Keep) -> np.ndarray:
    """``(h, w)`` share by which a grey probability is raised to 1: where the pose network is sure of the body.

    In a crowd the salient network is grey all over a person. Black (below 0.15) stays black: there the ground between
    the legs would come in, which the coarse mask covers. The rim is left to the salient network, whose edges are finer.
    """
    import cv2

    if keep.body is None:
        return np.zeros_like(keep.probability)
    rim = max(2, round(0.012 * max(keep.body.shape)))
    sure = np.clip((keep.body - 0.85) / 0.1, 0, 1) * (keep.body > keep.others)
    deep = cv2.erode(sure.astype(np.float32), cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * rim + 1, 2 * rim + 1)))
    deep = cv2.GaussianBlur(deep, (0, 0), rim / 2)
    grey = np.clip((keep.probability - 0.15) / 0.15, 0, 1)
    return np.asarray(deep * grey, np.float32)


def _hardly_seen(keep: Keep) -> np.ndarray:
    """``(h, w)`` share raised to 1: large parts that are nearly black for the network, and surely the body.

    A dark bag before a dark coat, the inside of a jacket, a blurred face. The ground between the legs is truly black.
    """
    import cv2

    raised = np.zeros(keep.probability.shape, np.float32)
    if keep.body is None:
        return raised
    width = 2 * max(1, round(0.004 * max(keep.body.shape))) + 1
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (width, width))
    sure = (keep.body > 0.85) & (keep.others < 0.5)
    hardly, seen = sure & (keep.probability > HARDLY), keep.probability > 0.5
    parts = cv2.morphologyEx((hardly & ~seen).astype(np.uint8), cv2.MORPH_OPEN, disc)
    parts, stats = cv2.connectedComponentsWithStats(parts)[1:3]
    large = stats[:, cv2.CC_STAT_AREA] > LARGE * (keep.body > 0.5).sum()
    large[0] = False
    if large.any():
        part, gaps = large[parts].astype(np.uint8), cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3 * width, 3 * width))
        known = ((cv2.dilate(part, disc) > 0) & hardly) | seen
        whole = cv2.morphologyEx(known.astype(np.uint8), cv2.MORPH_CLOSE, gaps)
        wide = (whole > 0) & (cv2.dilate(part, gaps) > 0) & sure & ~seen
        raised[wide] = 1
    return np.asarray(cv2.GaussianBlur(raised, (0, 0), 0.8), np.float32)


def _seeds(keep: Keep) -> tuple[np.ndarray, np.ndarray]:
    """Pixels that certainly are the person meant, and pixels that certainly are somebody else or the background."""
    if keep.body is None:
        mine = np.zeros(keep.probability.shape, bool)
    else:
        mine = (keep.body > 0.6) & (keep.body > keep.others + 0.3)
    theirs = (keep.others > 0.6) & (True if keep.body is None else keep.others > keep.body + 0.3)
    for target, other, points in ((mine, theirs, keep.clicks), (theirs, mine, keep.anti_clicks)):
        clicked = _disc_mask(points, max(2, max(mine.shape) // 100), mine.shape)
        target |= clicked
        other &= ~clicked
    return mine, theirs | _strangers(keep)


def _strangers(keep: Keep) -> np.ndarray:
    """``(h, w)`` bool: lettering, and thick salient parts apart from the body: people the pose network does not know.

    On street photos what belongs to a person and lies outside the body (bags, hats, skirts, umbrellas) covers up to a
    seventh of the body's area; a stranger's legs cover half of it. What is clicked on belongs.
    """
    import cv2

    strangers = np.zeros(keep.probability.shape, bool)
    if keep.body is None or not (keep.body > 0.5).any():
        return strangers
    body = keep.body > 0.5
    edge = float(np.sqrt(body.sum()))
    apart = apart_from(body, keep.probability > 0.5)
    count, parts, stats, _ = cv2.connectedComponentsWithStats(apart.astype(np.uint8))
    depth = cv2.distanceTransform(apart.astype(np.uint8), cv2.DIST_L2, 5)
    clicked = parts[_disc_mask(keep.clicks, 2, parts.shape)]
    for k in range(1, count):
        large = stats[k, cv2.CC_STAT_AREA] > STRANGER * body.sum()
        if large and depth[parts == k].max() > THICK * edge and k not in clicked:
            strangers |= parts == k
    strangers |= keep.signs
    close = cv2.dilate(strangers.astype(np.uint8), disc_about(body)) > 0
    return strangers | (close & (keep.probability > 0.5) & (keep.body < NOBODY))


def _split(keep: Keep, salient: np.ndarray, mine: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    """``(h, w)`` bool: what of the salient part belongs to others; nothing where nobody else is in it."""
    import cv2

    if not (salient & theirs).any() or not mine.any():
        return salient & theirs
    open_land = keep.probability < 0.05
    markers = np.zeros(salient.shape, np.int32)
    markers[open_land & ~theirs & ~mine] = 3
    markers[theirs] = 2
    markers[mine] = 1
    labels = cv2.watershed((keep.rgb * 255).astype(np.uint8), markers)
    own = cv2.dilate((labels == 1).astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    return (labels == 2) | ((labels == -1) & ~own & salient)


def _parts_near(salient: np.ndarray, mine: np.ndarray) -> np.ndarray:
    """The connected parts that hold some of `mine`, and small ones close to those; the largest if `mine` is empty."""
    import cv2

    count, parts, stats, _ = cv2.connectedComponentsWithStats(salient.astype(np.uint8), connectivity=8)
    if count <= 1:
        return salient
    areas = stats[:, cv2.CC_STAT_AREA]
    held = np.bincount(parts[mine & salient], minlength=count)
    own = held > 0.02 * max(held.max(), 1)
    own[0] = False
    if not own.any():
        own[1 + int(np.argmax(areas[1:]))] = True
    core = own[parts]
    rows = np.flatnonzero(core.any(1))
    reach = max(2, 0.03 * (rows[-1] - rows[0] + 1))
    near = cv2.distanceTransform((~core).astype(np.uint8), cv2.DIST_L2, 5) <= reach
    close = np.bincount(parts[near & salient], minlength=count) > 0
    small = areas < 0.1 * areas[own].sum()
    own |= close & small & (np.arange(count) > 0)
    return own[parts]


def _nearer(wanted: np.ndarray, unwanted: np.ndarray) -> np.ndarray:
    """Weight 1 round the wanted part, where it is nearer than the unwanted one, as far as a soft edge reaches."""
    import cv2

    if not wanted.any():
        return np.zeros(wanted.shape, np.float32)
    rows = np.flatnonzero(wanted.any(1))
    reach = max(4.0, 0.06 * (rows[-1] - rows[0] + 1))
    to_wanted = cv2.distanceTransform((~wanted).astype(np.uint8), cv2.DIST_L2, 5)
    weight = to_wanted <= reach
    if unwanted.any():
        weight &= to_wanted <= cv2.distanceTransform((~unwanted).astype(np.uint8), cv2.DIST_L2, 5)
    return weight.astype(np.float32)


def _lost_limbs(keep: Keep, body: np.ndarray, kept: np.ndarray, split: np.ndarray) -> np.ndarray:
    """Probability of parts of the body that the network lost and the pose network is sure of; mostly zeros.

    Such a part holds a joint, a hand or a foot, and is larger than 0.4 % of the body: the coarse mask alone takes bags
    of strangers and the ground between the legs for the body. The outline is found by colour in its neighbourhood.
    """
    import cv2

    sure = ((body > 0.9) & (kept < 0.3) & ~split & (keep.others < 0.5)).astype(np.uint8)
    sure = cv2.morphologyEx(sure, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    count, parts, stats, _ = cv2.connectedComponentsWithStats(sure)
    large = stats[:, cv2.CC_STAT_AREA] > max(12, 0.004 * (body > 0.5).sum())
    large[0] = False
    held = np.bincount(parts[_disc_mask(keep.limbs, 0, parts.shape)], minlength=count)
    large &= held > 0
    filled = np.zeros_like(kept)
    if not large.any():
        return filled
    lost = large[parts]
    background = (keep.probability < 0.05) & (body < 0.3)
    if _colour_odds(keep.rgb, (kept > 0.9) & (body > 0.8), background)[lost].mean() < UNLIKE:
        return filled
    rows, cols = np.nonzero(lost)
    edge = max(8, max(np.ptp(rows), np.ptp(cols)))
    window = np.s_[max(rows.min() - edge, 0) : rows.max() + edge + 1, max(cols.min() - edge, 0) : cols.max() + edge + 1]
    certain = _disc_mask(keep.limbs, max(2, max(kept.shape) // 150), kept.shape)
    certain |= _disc_mask(keep.nose, max(2, max(kept.shape) // 30), kept.shape)
    certain = (certain & lost & (body > 0.95)) | (kept > 0.95)
    fills = _by_colour(keep.rgb[window], body[window], kept[window], certain[window])
    allowed = cv2.dilate(lost[window].astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    if (fills & lost[window]).sum() < 0.5 * lost[window].sum():  # by its colour most of it is background
        if held[large].sum() < 3:
            return filled
        fills |= body[window] > 0.7  # but that much of a body cannot be
    filled[window] = cv2.GaussianBlur((fills & allowed).astype(np.float32), (0, 0), 0.8)
    return filled


def _disc_mask(points: np.ndarray, radius: int, shape: tuple[int, ...]) -> np.ndarray:
    """``shape`` bool: discs round points ``(N, 2)``, those that lie inside."""
    import cv2

    mask = np.zeros(shape, np.uint8)
    for x, y in points:
        cv2.circle(mask, (round(x), round(y)), radius, 1, -1)
    return mask > 0


def _colour_odds(rgb: np.ndarray, person: np.ndarray, background: np.ndarray) -> np.ndarray:
    """``(h, w)`` natural logarithm of how much commoner a colour is in the person than in the background.

    `person` and `background` are ``(h, w)`` bool; colours are counted in 12 x 16 x 16 cells of Lab, blurred.
    """
    import cv2

    lab = cv2.cvtColor(np.asarray(rgb, np.float32), cv2.COLOR_RGB2LAB)
    cells = (lab + np.array([0, 80, 80])) / np.array([100 / 12, 10, 10])
    lightness, a, b = np.moveaxis(np.clip(cells, 0, (11, 15, 15)).astype(np.intp), -1, 0)
    shares = []
    for region in (person, background):
        counts = np.zeros((12, 16, 16))
        np.add.at(counts, (lightness[region], a[region], b[region]), 1)
        for axis in range(3):
            ends = np.take(counts, [0], axis), np.take(counts, [-1], axis)
            wide = np.concatenate([ends[0], counts, ends[1]], axis)
            counts = (
                counts / 2
                + (wide.take(range(counts.shape[axis]), axis) + wide.take(range(2, counts.shape[axis] + 2), axis)) / 4
            )
        shares.append(counts / max(counts.sum(), 1) + 1e-5)
    return np.log(shares[0] / shares[1])[lightness, a, b]


def _by_colour(rgb: np.ndarray, body: np.ndarray, kept: np.ndarray, certain: np.ndarray) -> np.ndarray:
    """``(h, w)`` bool: what belongs to the person by colour and place (GrabCut, three rounds)."""
    import cv2

    labels = np.full(kept.shape, cv2.GC_BGD, np.uint8)
    labels[(body > 0.1) | (kept > 0.1)] = cv2.GC_PR_BGD
    labels[(body > 0.7) | (kept > 0.5)] = cv2.GC_PR_FGD
    labels[certain] = cv2.GC_FGD
    if (labels == cv2.GC_BGD).any() and (labels >= cv2.GC_PR_BGD).any() and np.isin(labels, (1, 3)).any():
        image = (rgb * 255).astype(np.uint8)
        cv2.setRNGSeed(0)  # OpenCV's clusters start at random
        cv2.grabCut(image, labels, (0, 0, 1, 1), np.zeros((1, 65)), np.zeros((1, 65)), 3, cv2.GC_INIT_WITH_MASK)
    return np.isin(labels, (cv2.GC_FGD, cv2.GC_PR_FGD))
