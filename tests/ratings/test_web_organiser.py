"""The dashboard, its numbers and plots, and what a study does by itself."""

from __future__ import annotations

import threading
import time
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from fastapi import FastAPI
from rating_base import draw_item
from rating_walks import walk
from starlette.testclient import TestClient
from web_walks import ORGANISER, hidden

from scenechange.errors import InputError
from scenechange.ratings.failures import StoreBusyError
from scenechange.ratings.records import Answer, Design, Item, Kind, Role, Study, Task, Vote
from scenechange.ratings.service import Service
from scenechange.ratings.web.insight import Board, Insight, board, decision
from scenechange.ratings.web.upkeep import Upkeep


@pytest.fixture
def organiser(app: FastAPI) -> TestClient:
    client = TestClient(app)
    client.get("/organiser", params={"token": ORGANISER}, follow_redirects=False)
    return client


def test_dashboard_of_an_empty_study_says_so(organiser: TestClient) -> None:
    page = organiser.get("/organiser").text
    assert "No votes yet." in page
    assert "Nobody came yet." in page


def test_dashboard_shows_votes_systems_and_careless_sessions(
    service: Service, app: FastAPI, organiser: TestClient
) -> None:
    for _ in range(3):
        walk(service, service.open_session(), score=5)  # the picture with a known answer wants 1 or 2
    app.state.site.insight.latest(wait_s=60)
    page = organiser.get("/organiser").text
    assert "nan –" not in page
    assert '<th scope="row">ours</th>' in page
    assert '<th scope="row">theirs</th>' in page
    assert "gold" in page
    assert "18 " in page  # three times five, and one of them again
    numbers = organiser.get("/organiser/status.json").json()
    assert numbers["votes"] == 18
    assert {s["system"]: s["value"] for s in numbers["leaderboard"]["standings"]} == {"ours": 5.0, "theirs": 5.0}
    assert all(rater["doubts"] == ["gold"] for rater in numbers["raters"])


@pytest.mark.parametrize("name", ["leaderboard", "balance", "times"])
def test_plots_are_xml_files(service: Service, app: FastAPI, organiser: TestClient, name: str) -> None:
    walk(service, service.open_session())
    app.state.site.insight.latest(wait_s=60)
    reply = organiser.get(f"/organiser/plots/{name}.svg")
    assert reply.headers["content-type"] == "image/svg+xml"
    assert ElementTree.fromstring(reply.text).tag.endswith("svg")


def test_an_unknown_plot_is_not_there(organiser: TestClient) -> None:
    assert organiser.get("/organiser/plots/secrets.svg").status_code == 404


def test_leaving_forgets_the_cookie_and_needs_its_own_form(organiser: TestClient) -> None:
    assert organiser.post("/organiser/leave", data={"csrf": "x"}).status_code == 403
    form = hidden(organiser.get("/organiser").text, "/leave")
    assert organiser.post("/organiser/leave", data=form).url.path == "/organiser/left"
    assert organiser.get("/organiser").status_code == 404


def test_the_description_of_all_pages_is_for_the_organiser(organiser: TestClient) -> None:
    paths = organiser.get("/organiser/openapi.json").json()["paths"]
    assert "/s/{token}/vote" in paths
    assert "/receipt/remove" in paths


def _board() -> Board:
    return Board("mos", (), (1.0, 5.0), 0, 0.0)


def test_the_leaderboard_is_worked_out_once_for_many_who_ask(service: Service) -> None:
    worked = []
    insight = Insight(service, oldest_s=60, work=lambda study, votes: worked.append(1) or _board())
    threads = [threading.Thread(target=insight.latest) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert insight.latest() == _board()
    assert len(worked) == 1


def test_nobody_waits_for_a_long_computation(service: Service) -> None:
    go_on = threading.Event()
    insight = Insight(service, oldest_s=0, work=lambda study, votes: (go_on.wait(20) and _board()) or _board())
    assert insight.latest(wait_s=0.05) is None
    go_on.set()
    insight.close()
    assert insight.latest() == _board()


def test_a_busy_database_leaves_the_last_leaderboard(service: Service) -> None:
    results = iter([_board()])

    def work(study: Study, votes: list[Vote]) -> Board:
        found = next(results, None)
        if found is None:
            raise StoreBusyError("locked")
        return found

    insight = Insight(service, oldest_s=0, work=work)
    assert insight.latest() == _board()
    insight.close()
    assert insight.latest() == _board()
    insight.close()


def _vote(study: Study, rater: str, items: tuple[str, ...], **answer: object) -> Vote:
    return Vote(rater, Task("|".join(sorted(items)), items), Answer(**answer), None, "2027-01-15T08")  # type: ignore[arg-type]


def test_pairs_become_strengths_of_systems(pair_study: Study) -> None:
    votes = [
        _vote(pair_study, f"r{r}", (f"ours-{n}", f"theirs-{n}"), chosen=f"ours-{n}" if (r + n) % 4 else "")
        for r in range(4)
        for n in range(5)
    ]
    found = board(pair_study, votes)
    assert found.measure == "strength"
    assert [s.system for s in found.standings] == ["ours", "theirs"]
    assert found.standings[0].value == -found.standings[1].value > 0


def test_who_becomes_the_share_that_was_fooled(small_study: Study, tmp_path: Path) -> None:
    real = draw_item(tmp_path, "photo", 7, system="photo", source="s0", real=True)
    items = (*(i for i in small_study.of_role(Role.TEST) if i.source == "s0"), real)
    study = replace(small_study, items=items, design=Design(Kind.WHO), labels={})
    votes = [_vote(study, f"r{r}", ("ours-0", "photo"), chosen="ours-0" if r < 3 else "photo") for r in range(4)]
    assert [(s.system, s.value) for s in board(study, votes).standings] == [("ours", 0.75)]


def test_best_worst_counts_best_less_worst(small_study: Study) -> None:
    study = replace(small_study, design=Design(Kind.BEST_WORST, set_size=3), labels={})
    votes = [_vote(study, "r", ("ours-0", "ours-1", "theirs-0"), best="theirs-0", worst="ours-1")]
    assert {s.system: s.value for s in board(study, votes).standings} == {"theirs": 1.0, "ours": -0.5}


def test_repeated_and_gold_votes_do_not_count(small_study: Study) -> None:
    once = _vote(small_study, "r", ("ours-0",), score=4)
    again = replace(once, task=replace(once.task, repetition=1), answer=Answer(score=1))
    gold = replace(once, task=Task("known", ("known",), role=Role.GOLD), answer=Answer(score=1))
    assert [(s.votes, s.value) for s in board(small_study, [once, again, gold]).standings] == [(1, 4.0)]


def _clear_votes(study: Study, raters: int) -> list[Vote]:
    return [
        _vote(study, f"r{r}", (item.item,), score=5 if item.system == "ours" else 1)
        for r in range(raters)
        for item in study.of_role(Role.TEST)
    ]


def test_the_rule_speaks_only_of_finished_sessions(small_study: Study) -> None:
    votes = _clear_votes(small_study, 40)
    everybody = frozenset(vote.rater for vote in votes)
    said = decision(small_study, votes, "top 1 separated", everybody)
    assert said is not None
    assert said.separated
    half_way = decision(small_study, votes, "top 1 separated", frozenset())
    assert half_way is None or not half_way.separated


def test_upkeep_closes_a_study_whose_rule_is_met(small_study: Study, service: Service) -> None:
    told: list[str] = []
    upkeep = Upkeep(service, "top 1 separated", told.append)
    assert not upkeep.look()
    for _ in range(14):
        _vote_for_ours(service)
    assert upkeep.look()
    assert service.status().closed
    assert told[0].startswith("closed to new workers")


def test_upkeep_closes_a_study_that_has_its_votes_unless_it_shall_go_on(small_study: Study, service: Service) -> None:
    told: list[str] = []
    upkeep = Upkeep(service, tell=told.append)
    for _ in range(7):  # of five units each, four votes wanted for each of ten units
        walk(service, service.open_session())
    assert not upkeep.look()
    assert not service.is_complete()
    walk(service, service.open_session())
    assert service.is_complete()
    assert upkeep.look()
    assert service.is_closed()
    assert told == ["closed to new workers, sessions that run may end: everything has its 4 votes"]
    service.set_closed(False)
    service.study = replace(small_study, close_when_complete=False)
    assert not upkeep.look()


def test_the_dashboard_says_that_everything_has_its_votes(service: Service, organiser: TestClient) -> None:
    assert "Everything has the votes" not in organiser.get("/organiser").text
    for _ in range(8):
        walk(service, service.open_session())
    assert "Everything has the votes" in organiser.get("/organiser").text


def _vote_for_ours(service: Service) -> None:
    token = service.open_session()
    walk(service, token, votes=0)
    names = {item.item: item for item in service.study.items}
    number = 0
    while trial := service.current_trial(token):
        item: Item = names[trial.task.items[0]]
        service.vote(token, trial.trial, Answer(score=5 if item.system == "ours" else 1), None, f"k{number}")
        number += 1
    service.finish(token)


def test_upkeep_runs_beside_the_pages_and_ends_with_them(service: Service) -> None:
    with Upkeep(service, look_s=0.01) as upkeep:
        thread = upkeep._thread
        time.sleep(0.05)
        assert thread.is_alive()
    assert not thread.is_alive()


def test_a_wrong_rule_refuses_to_start(service: Service) -> None:
    with pytest.raises(InputError, match="stop rule"):
        Upkeep(service, "when I say so")
