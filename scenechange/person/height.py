"""How tall the person is in metres: what is known of people, and of heads that are large for their body."""

from __future__ import annotations

import math

import numpy as np

# Heads to a body: 5 at two years, 6 at six, 7 at twelve, 7.5 grown up (C. H. Stratz, Der Koerper des Kindes und seine
# Pflege, 1909). Heights: medians of the WHO growth standards 2006 and reference 2007, mean of girls and boys, rounded.
CHILD_AGES = (2.0, 4.0, 6.0, 8.0, 10.0, 12.0, 14.0)
CHILD_HEIGHTS_M = (0.87, 1.03, 1.16, 1.27, 1.38, 1.50, 1.61)
CHILD_HEADS = (5.0, 5.55, 6.0, 6.35, 6.7, 7.0, 7.25)
ADULT_HEADS = 7.5
CHILD_SHARE = 0.05  # of the people in photos before anything is seen of them
CHILD_SD_M = 0.07
HEAD_LOG_SHARE = -3.70  # log of the face landmarks' spread over stature, 180 street photos of adults seen whole
HEAD_SD = 0.07


def height_of(adult_m: float, adult_sd_m: float, head_log_share: float | None) -> tuple[float, float]:
    """Mean and standard deviation of the standing height in metres.

    Parameters
    ----------
    adult_m, adult_sd_m : float
        What is expected of an adult.
    head_log_share : float or None
        Log of the face's size over stature, both in pixels; None where the body is not seen whole. Only a head that
        is clearly large speaks for a child, so the result moves little for most people.

    Examples
    --------
    >>> height_of(1.68, 0.10, None)
    (1.68, 0.1)
    """
    if head_log_share is None:
        return adult_m, adult_sd_m
    heads = np.array([*CHILD_HEADS, ADULT_HEADS])
    means = np.array([*CHILD_HEIGHTS_M, adult_m])
    spreads = np.array([CHILD_SD_M] * len(CHILD_HEADS) + [adult_sd_m])
    shares = np.array([CHILD_SHARE / len(CHILD_HEADS)] * len(CHILD_HEADS) + [1 - CHILD_SHARE])
    expected = HEAD_LOG_SHARE + np.log(ADULT_HEADS / heads)
    # Heads smaller than an adult's are as good as an adult's: hats, beards and turned faces make them.
    seen = max(head_log_share, HEAD_LOG_SHARE)
    seen = min(seen, float(expected.max()))
    weights = shares * np.exp(-0.5 * ((seen - expected) / HEAD_SD) ** 2)
    weights /= weights.sum()
    mean = float(weights @ means)
    variance = float(weights @ (spreads**2 + (means - mean) ** 2))
    return mean, math.sqrt(variance)
