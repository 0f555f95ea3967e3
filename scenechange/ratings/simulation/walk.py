"""A synthetic rater's way through the real pages, from the invitation to the completion code."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from urllib.parse import urljoin, urlsplit

import numpy as np

from scenechange.errors import InputError
from scenechange.ratings.records import Answer, Item, Kind, Study
from scenechange.ratings.simulation.browser import Browser, UnreachableError
from scenechange.ratings.simulation.forms import FormSeen, PageSeen, read_page
from scenechange.ratings.simulation.raters import Rater, answer, known_answer

MOST_PAGES = 5000


@dataclass(frozen=True, slots=True)
class Walked:
    """What became of one rater.

    Attributes
    ----------
    finished : bool
        Whether the completion page was reached.
    votes : int
        Answers that the service acknowledged, training included.
    completion_code : str
        As shown on the last page, empty where the study has none.
    session : str
        Tells sessions apart: a digest of the receipt code.
    seconds : float
        From the invitation to the end.
    """

    finished: bool
    votes: int
    completion_code: str
    session: str
    seconds: float


class Sight:
    """Tells items by their pictures, as an eye does: the pages never say what they show.

    Where two items are the same picture no eye could tell which is which: then those are taken that fit together, all
    different and of one source.

    Parameters
    ----------
    study : Study
        Its picture files are read once.
    """

    def __init__(self, study: Study) -> None:
        from scenechange.ratings.pictures import without_metadata

        self._items: dict[str, list[Item]] = {}
        for item in study.items:
            self._items.setdefault(_digest(without_metadata(item.path.read_bytes())[0]), []).append(item)
        self._seen: dict[str, list[Item]] = {}

    def items(self, browser: Browser, addresses: Sequence[str]) -> list[str]:
        """The items behind the addresses of pictures that are shown together; each is looked at once."""
        possible = [self._possible(browser, address) for address in addresses]
        for chosen in product(*possible):
            if len({item.item for item in chosen}) == len(chosen) and len({item.source for item in chosen}) == 1:
                return [item.item for item in chosen]
        raise InputError("pictures of two sources are shown together; wanted the study that is served")

    def _possible(self, browser: Browser, address: str) -> list[Item]:
        path = urlsplit(address).path
        if path not in self._seen:
            _, content = browser.get(address)
            found = self._items.get(_digest(content))
            if found is None:
                raise InputError("a picture on the pages is none of the study file; wanted the study that is served")
            self._seen[path] = found
        return self._seen[path]


def walk(
    link: str,
    study: Study,
    rater: Rater,
    quality: Mapping[str, float],
    sight: Sight,
    seed: int,
    *,
    browser: Browser | None = None,
    pause_s: float = 0.0,
    acknowledged: Callable[[str, Answer], None] = lambda trial, given: None,
) -> Walked:
    """Go the whole way once.

    Parameters
    ----------
    link : str
        An invitation, or a platform's link.
    study : Study
        The one that is served.
    rater : Rater
        Who walks.
    quality : mapping of item to quality
        What there is to see; see `draw_quality`.
    sight : Sight
        Of this study, may be shared by raters.
    seed : int
        Of the rater's noise.
    browser : Browser, optional
        Default: a patient one.
    pause_s : float
        Waited before each vote.
    acknowledged : callable
        Told each trial and answer that the service says is stored.

    Raises
    ------
    UnreachableError
        The service does not answer or shows a page that is not understood.
    InputError
        The study demands a colour plate, which a program does not see.
    """
    browser, rng, began = browser or Browser(), np.random.default_rng([seed, 7]), time.monotonic()
    address, content = browser.get(link)
    votes = 0
    try:
        for _ in range(MOST_PAGES):
            page = read_page(content.decode())
            if (form := page.form("rate")) is not None:
                given, fields = _look(browser, address, page, form, study, rater, quality, sight, rng)
                time.sleep(pause_s)
                said = browser.send(urljoin(address, form.action), fields)
                acknowledged(form.fields["trial"], given)
                votes += 1
                address, content = browser.get(urljoin(address, str(said["next"])))
            elif "receipt-code" in page.texts:
                code = page.texts.get("completion-code", "")
                return Walked(True, votes, code, _digest(page.texts["receipt-code"].encode()), time.monotonic() - began)
            else:
                address, content = _step(browser, address, page)
    finally:
        browser.close()
    raise UnreachableError(f"wanted the end of the session within {MOST_PAGES} pages")


def _look(
    browser: Browser,
    address: str,
    page: PageSeen,
    form: FormSeen,
    study: Study,
    rater: Rater,
    quality: Mapping[str, float],
    sight: Sight,
    rng: np.random.Generator,
) -> tuple[Answer, dict[str, str]]:
    """An answer, and the form's fields that give it; places count without the reference."""
    shown = sight.items(browser, [urljoin(address, picture) for picture in page.pictures])
    if study.design.kind is Kind.DCR:
        shown = shown[1:]
    given = answer(rater, study.design, shown, quality, rng, known_answer(study, shown))
    fields = dict(form.fields)
    if given.score is not None:
        fields["score"] = str(given.score)
    elif given.chosen is not None:
        fields["chosen"] = str(shown.index(given.chosen)) if given.chosen else "tie"
    else:
        fields |= {"best": str(shown.index(str(given.best))), "worst": str(shown.index(str(given.worst)))}
    if "response_ms" in fields:
        fields["response_ms"] = str(int(1000 * np.exp(rng.normal(1.0, 0.4))))
    return given, fields


def _step(browser: Browser, address: str, page: PageSeen) -> tuple[str, bytes]:
    """From a page that asks for no vote to the next one."""
    if (agree := page.form("agree")) is not None:
        chosen = {name: values[0] for name, values in agree.needed.items()}
        given = {**agree.fields, **agree.boxes, **chosen, "decision": "agree"}
        return browser.post(urljoin(address, agree.action), given)
    if (checks := page.form("checks")) is not None:
        if "number" in checks.fields:
            raise InputError("the study demands a colour plate, which a program cannot see: rehearse without it")
        return browser.post(urljoin(address, checks.action), {**checks.fields, "window": "1366x768", "ends": "yes"})
    for name in ("start", "finish"):
        if (form := page.form(name)) is not None:
            return browser.post(urljoin(address, form.action), form.fields)
    if "onward" in page.links:
        return browser.get(urljoin(address, page.links["onward"]))
    raise UnreachableError("wanted a page of the worker's way, got one that is not understood")


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
