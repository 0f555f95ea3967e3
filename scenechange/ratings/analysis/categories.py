"""True categories from raters of unknown skill, for checks such as "is this person real?"."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np

from scenechange.errors import InputError
from scenechange.ratings.analysis.optional import need
from scenechange.ratings.analysis.votes import Floats, Words


@dataclass(frozen=True, slots=True, eq=False)
class Categories:
    """The likely category of each item, and the skill of each rater.

    Parameters
    ----------
    items : tuple of str
        Names.
    category : tuple of str
        The likeliest of each item.
    probability : (J,) array of float
        Of that category.
    raters : tuple of str
        Names.
    accuracy : (R,) array of float
        Probability that the rater's answer is the true category of an item like those in the table.
    """

    items: tuple[str, ...]
    category: tuple[str, ...]
    probability: Floats
    raters: tuple[str, ...]
    accuracy: Floats


def dawid_skene(rater: Words, item: Words, answer: Words, iterations: int = 100) -> Categories:
    """Categories of items and confusion of raters by expectation-maximisation.

    Parameters
    ----------
    rater, item, answer : (N,) array of str
        Who said what of which item.
    iterations : int
        At most; it stops when the likelihood stands still.

    Raises
    ------
    InputError
        If there are no answers, or lengths differ.
    MissingExtraError
        Without the package crowd-kit.

    References
    ----------
    Dawid and Skene, Applied Statistics 28, 1979; computed by crowd-kit.
    """
    rater, item, answer = (np.asarray(column, dtype=str) for column in (rater, item, answer))
    if not len(rater) or not rater.shape == item.shape == answer.shape:
        raise InputError(f"wanted one rater, item and answer per row and at least one, got {len(rater)}, {len(item)}")
    pandas, aggregation = need("pandas"), need("crowdkit.aggregation")
    model = aggregation.DawidSkene(n_iter=iterations)
    with warnings.catch_warnings():  # crowd-kit 1.4 calls pandas in ways that pandas 3 calls old, forty times a fit
        warnings.simplefilter("ignore", category=DeprecationWarning)
        warnings.simplefilter("ignore", category=FutureWarning)
        model.fit(pandas.DataFrame({"worker": rater, "task": item, "label": answer}))
    items, raters = tuple(dict.fromkeys(item.tolist())), tuple(dict.fromkeys(rater.tolist()))
    share, errors, priors = model.probas_, model.errors_, model.priors_
    best = share.idxmax(axis=1)
    accuracy = [sum(float(errors.loc[(r, c), c]) * float(priors[c]) for c in share.columns) for r in raters]
    return Categories(
        items,
        tuple(str(best[name]) for name in items),
        np.array([float(share.loc[name].max()) for name in items]),
        raters,
        np.array(accuracy),
    )
