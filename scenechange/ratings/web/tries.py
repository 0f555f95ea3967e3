"""Wrong codes and tokens are counted, right ones never wait."""

from __future__ import annotations

import math

from starlette.exceptions import HTTPException

from scenechange.ratings.web.site import Site


def wrong_try(site: Site, what: str) -> None:
    """Take a permit for a receipt code or organiser's token that was wrong.

    All wrong ones share one bucket, for nothing that tells strangers apart is known or wanted. So the bucket must not
    stand before the right ones, or one stranger could keep everybody from erasing: each try is looked up at the cost
    of a page, and only the answer to a wrong one is refused. A code of 100 bits is not found by trying at any rate.

    Parameters
    ----------
    site : Site
        Holds the buckets.
    what : str
        ``receipt`` or ``organiser``.

    Raises
    ------
    HTTPException
        429 with the seconds to wait where there is no permit.
    """
    if wait_s := site.buckets["tries"].wait_s(what):
        raise HTTPException(429, headers={"retry-after": str(max(1, math.ceil(wait_s)))})
