"""The parts of the pages: languages, rate limits, forms, colour plate, plots."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import resources
from xml.etree import ElementTree

import numpy as np
import pytest
from babel.messages.extract import extract_from_dir
from hypothesis import given, settings
from hypothesis import strategies as st

from scenechange.errors import InputError
from scenechange.ratings.records import Answer, Design, Kind, Task
from scenechange.ratings.web import plate
from scenechange.ratings.web.buckets import Buckets
from scenechange.ratings.web.forms import answer_of, response_ms_of, window_of
from scenechange.ratings.web.language import NAMES, direction, negotiate, translations
from scenechange.ratings.web.plots import bars_svg, histogram, intervals_svg, ticks
from scenechange.ratings.web.security import same_secret
from scenechange.ratings.web.showings import Showing, Showings

WEB = resources.files("scenechange.ratings.web")


def _messages() -> set[str]:
    options = {"**.html": {"trimmed": "true", "newstyle_gettext": "true"}}
    found = extract_from_dir(str(WEB / "templates"), [("**.html", "jinja2")], options)
    return {message for _, _, message, _, _ in found if isinstance(message, str)}


@pytest.mark.parametrize("language", sorted(set(NAMES) - {"en"}))
def test_every_message_is_translated_with_the_same_places(language: str) -> None:
    catalogue = translations(language)
    same = {"Menu", "Session", "Sessions", "Votes", "System", "Start", "Original", "Pause", "Rang", "Rank"}
    for message in _messages():
        translated = catalogue.gettext(message)
        assert translated != message or message in same | {"Median s"}, message
        assert sorted(re.findall(r"%\(\w+\)s|%%", translated)) == sorted(re.findall(r"%\(\w+\)s|%%", message)), message


def test_a_language_without_catalogue_speaks_english() -> None:
    assert translations("eo").gettext("Go on") == "Go on"


def test_right_to_left_languages_are_known() -> None:
    assert [direction(code) for code in ("en", "ar", "he-IL", "de")] == ["ltr", "rtl", "rtl", "ltr"]


def test_the_style_sheet_says_start_and_end_and_never_left_or_right() -> None:
    style = (WEB / "static" / "style.css").read_text(encoding="utf-8")
    assert not re.findall(r"[\w-]*(?:left|right|(?<![\w-])(?:min-|max-)?width)\s*:(?!\s*\d+(?:\.\d+)?rem\))", style)


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("de", "de"),
        ("fr-CA,fr;q=0.8,en;q=0.6", "fr"),
        ("en;q=0.1, nl;q=0.2", "nl"),
        ("ja", "en"),
        ("", "en"),
        ("de;q=x", "en"),
        ("*", "en"),
        ("," * 10_000, "en"),
    ],
)
def test_the_browsers_wish_is_understood(header: str, language: str) -> None:
    assert negotiate(header, ("en", "de", "fr", "nl")) == language


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(0, 3), max_size=60))
def test_a_bucket_never_gives_more_than_it_holds_and_gains(pauses: list[float]) -> None:
    now = [0.0]
    buckets = Buckets(2.0, 5.0, lambda: now[0])
    taken = 0
    for pause in pauses:
        now[0] += pause
        taken += buckets.wait_s("one") == 0
    assert taken <= 5 + 2 * sum(pauses) + 1e-6


def test_after_the_wait_told_there_is_a_permit() -> None:
    now = [0.0]
    buckets = Buckets(0.5, 1.0, lambda: now[0])
    assert buckets.wait_s("a") == 0
    wait = buckets.wait_s("a")
    assert wait == pytest.approx(2.0)
    assert buckets.wait_s("b") == 0
    now[0] += wait
    assert buckets.wait_s("a") == 0


def test_buckets_are_forgotten_when_there_are_too_many() -> None:
    buckets = Buckets(1.0, 1.0, lambda: 0.0, most=2)
    for key in "abc":
        buckets.wait_s(key)
    assert buckets.wait_s("c") > 0
    assert buckets.wait_s("a") == 0  # the oldest was dropped


PAIR = Task("a|b", ("b", "a"))


@pytest.mark.parametrize(
    ("design", "form", "answer"),
    [
        (Design(Kind.ACR), {"score": "5"}, Answer(score=5)),
        (Design(Kind.DCR, points=9), {"score": "9"}, Answer(score=9)),
        (Design(Kind.PAIR), {"chosen": "0"}, Answer(chosen="b")),
        (Design(Kind.PAIR, ties=True), {"chosen": "tie"}, Answer(chosen="")),
        (Design(Kind.WHO), {"chosen": "1"}, Answer(chosen="a")),
        (Design(Kind.BEST_WORST), {"best": "1", "worst": "0"}, Answer(best="a", worst="b")),
    ],
)
def test_places_on_the_page_become_items(design: Design, form: dict[str, str], answer: Answer) -> None:
    sent = {"score": "", "chosen": "", "best": "", "worst": "", **form}
    assert answer_of(design, PAIR, **sent) == answer


@pytest.mark.parametrize(
    ("design", "form"),
    [
        (Design(Kind.ACR), {"score": "6"}),
        (Design(Kind.PAIR), {"chosen": "tie"}),
        (Design(Kind.PAIR), {"chosen": "2"}),
        (Design(Kind.WHO, ties=True), {"chosen": "tie"}),
        (Design(Kind.BEST_WORST), {"best": "0"}),
        (Design(Kind.PAIR), {"chosen": "a"}),
    ],
)
def test_what_was_not_on_the_page_is_refused(design: Design, form: dict[str, str]) -> None:
    sent = {"score": "", "chosen": "", "best": "", "worst": "", **form}
    with pytest.raises(InputError):
        answer_of(design, PAIR, **sent)


@settings(max_examples=100)
@given(st.text(max_size=12))
def test_measured_values_are_numbers_or_none(text: str) -> None:
    time_ms, window = response_ms_of(text), window_of(text)
    assert time_ms is None or 0 <= time_ms <= 3_600_000
    assert window is None or len(window) == 2


def test_measured_values_are_read() -> None:
    assert response_ms_of("1234") == 1234
    assert response_ms_of("-5") is response_ms_of("99999999") is response_ms_of("1.5") is None
    assert window_of("1366x768") == (1366, 768)
    assert window_of("1366") is window_of("ax5") is None


def test_timed_pictures_are_shown_once_and_again_after_undo() -> None:
    showings = Showings()
    assert showings.take("t") is Showing.READY
    showings.ask("t")
    assert [showings.take("t"), showings.take("t")] == [Showing.NOW, Showing.OVER]
    showings.ask("t")
    assert showings.take("t") is Showing.OVER
    showings.forget("t")
    assert showings.take("t") is Showing.READY


def test_what_the_script_showed_is_over_at_once() -> None:
    showings = Showings()
    showings.ask("t", seen=True)
    assert showings.take("t") is Showing.OVER


def test_an_empty_secret_equals_nothing() -> None:
    assert same_secret("abc", "abc")
    assert not same_secret("", "")
    assert not same_secret("abc", "abd")


# --- colour plate


def test_known_colours_of_lab() -> None:
    assert plate.srgb_of_lab(100, 0, 0) == "#ffffff"
    assert plate.srgb_of_lab(0, 0, 0) == "#000000"
    assert plate.srgb_of_lab(53.24, 80.09, 67.20) == "#ff0000"  # sRGB red, CIE 1976 under D65


def _dots(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Linear RGB of the plate's dots, and which of them belong to the number."""
    rows = re.findall(r'cx="([-.\d]+)" cy="([-.\d]+)" r="[.\d]+" fill="#(..)(..)(..)"', plate.plate_svg(seed))
    encoded = np.array([[int(part, 16) for part in row[2:]] for row in rows]) / 255
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    inside = [plate._is_figure(float(row[0]), float(row[1]), plate.number_of(seed)) for row in rows]
    return linear, np.array(inside)


@pytest.mark.parametrize("seed", range(6))
def test_the_number_cannot_be_read_by_luminance(seed: int) -> None:
    linear, inside = _dots(seed)
    luminance = linear @ np.array([0.2126, 0.7152, 0.0722])
    spread = luminance.std()
    assert inside.sum() > 40
    assert abs(luminance[inside].mean() - luminance[~inside].mean()) < 0.35 * spread


@pytest.mark.parametrize("seed", range(6))
def test_the_number_differs_in_the_red_green_direction_only_for_those_who_see_it(seed: int) -> None:
    linear, inside = _dots(seed)
    # Deuteranopia in linear RGB: Vienot, Brettel and Mollon, Color Research and Application 24, 1999
    to_lms = np.array([[17.8824, 43.5161, 4.11935], [3.45565, 27.1554, 3.86714], [0.0299566, 0.184309, 1.46709]])
    deuteranope = np.array([[1, 0, 0], [0.494207, 0, 1.24827], [0, 0, 1]])
    seen = linear @ (np.linalg.inv(to_lms) @ deuteranope @ to_lms).T

    def gap(rgb: np.ndarray) -> float:
        share = rgb[:, 0] / rgb.sum(1)
        return float(abs(share[inside].mean() - share[~inside].mean()) / share.std())

    assert gap(linear) > 1.5
    assert gap(seen) < 0.75 * gap(linear)


def test_a_plate_is_the_same_for_a_seed_and_says_its_number_nowhere() -> None:
    assert plate.plate_svg(3) == plate.plate_svg.__wrapped__(3)
    assert plate.plate_svg(3) != plate.plate_svg(4)
    assert "<text" not in plate.plate_svg(3)
    assert {len(str(plate.number_of(seed))) for seed in range(50)} == {2}


# --- plots


@settings(max_examples=50)
@given(st.floats(-1e3, 1e3), st.floats(0.01, 1e3))
def test_ticks_are_few_even_and_inside(low: float, span: float) -> None:
    found = ticks(low, low + span)
    assert 2 <= len(found) <= 8
    assert all(low - 1e-6 * span <= tick <= low + span + 1e-6 * span for tick in found)
    assert np.ptp(np.diff(found)) < 1e-6 * span + 1e-9


def _elements(svg: str, name: str) -> Iterator[ElementTree.Element]:
    return (e for e in ElementTree.fromstring(svg).iter() if e.tag.endswith(name))


def test_intervals_draw_one_point_a_row_and_hide_nothing_in_names() -> None:
    rows = [("a<b>&\"'", 3.0, 2.5, 3.5), ("b", 1.0, float("nan"), float("nan"))]
    svg = intervals_svg(rows, (1.0, 5.0), 'systems "x" <y>')
    assert len(list(_elements(svg, "circle"))) == 2
    assert "a<b>&\"'" in [e.text for e in _elements(svg, "text")]


def test_bars_are_as_tall_as_their_values() -> None:
    heights = [
        float(e.get("height", "")) for e in _elements(bars_svg([("a", 2.0), ("b", 4.0), ("c", 0.0)], "x"), "rect")
    ]
    assert heights[1] == pytest.approx(2 * heights[0])
    assert heights[2] == 0
    assert not list(_elements(bars_svg([], "nothing"), "rect"))


def test_histogram_counts_from_edge_to_edge_and_leaves_the_last_open() -> None:
    assert histogram([0, 0.5, 1, 2, 99, -1], [0, 1, 2]) == [2, 1, 2]
