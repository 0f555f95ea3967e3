"""A worker's way through the service, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from rating_walks import AGREED, CHOSEN, answer_to, walk, walk_to_trials

from scenechange.errors import InputError
from scenechange.ratings.failures import ClosedStudyError, UnknownSessionError, WrongStateError
from scenechange.ratings.records import Answer, Checks, Kind, Platform, Role, State, Study
from scenechange.ratings.service import Service


def test_a_whole_way_ends_with_the_codes(rating: Service) -> None:
    token = rating.open_session()
    assert rating.view(token).state == "consent"
    walk(rating, token)
    view = rating.view(token)
    assert (view.state, view.done, view.total) == ("trials", 7, 7)  # 5 test, 1 again, 1 gold
    done = rating.finish(token)
    assert done.completion_code == "C0MPLETE"
    assert len(done.receipt_code.replace("-", "")) * 5 >= 80  # bits
    assert rating.finish(token) == done
    assert rating.receipt_code(token) == done.receipt_code
    assert rating.view(token).state == "done"
    assert sum(v.task.role is Role.TEST for v in rating.votes()) == 6


def test_training_is_answered_but_never_stored(rating: Service) -> None:
    token = rating.open_session()
    rating.consent(token, AGREED, CHOSEN)
    rating.start_training(token)
    trial = rating.current_trial(token)
    assert trial is not None
    assert (trial.task.items, trial.number, trial.total) == (("try",), 1, 1)
    assert rating.expected(trial.task) == "5"
    with pytest.raises(WrongStateError):
        rating.start_trials(token)
    assert rating.vote(token, trial.trial, Answer(score=5), 800, "k").first
    assert not rating.vote(token, trial.trial, Answer(score=4), 800, "k").first
    assert rating.current_trial(token) is None
    rating.start_trials(token)
    assert rating.view(token).done == 0
    assert list(rating.votes()) == []


def test_the_current_trial_stays_until_it_is_answered(rating: Service) -> None:
    token = rating.open_session()
    walk_to_trials(rating, token)
    first = rating.current_trial(token)
    assert first == rating.current_trial(token)
    assert first is not None
    receipt = rating.vote(token, first.trial, answer_to(first), None, "k")
    assert (receipt.number, receipt.total, receipt.first) == (1, 7, True)
    second = rating.current_trial(token)
    assert second is not None
    assert second.number == 2


def test_every_step_refuses_to_come_before_the_one_before(rating: Service) -> None:
    token = rating.open_session()
    for step in (rating.start_training, rating.start_trials, rating.finish, rating.undo, rating.passed_checks):
        with pytest.raises(WrongStateError):
            step(token)  # type: ignore[operator]
    assert rating.current_trial(token) is None
    with pytest.raises(WrongStateError):
        rating.vote(token, "no such trial", Answer(score=3), None, "k")
    walk_to_trials(rating, token)
    with pytest.raises(WrongStateError):
        rating.finish(token)


def test_steps_done_twice_change_nothing(rating: Service) -> None:
    token = rating.open_session()
    rating.consent(token, AGREED, CHOSEN)
    rating.consent(token, frozenset({"glasses"}), {"glasses": "yes"})
    assert rating.view(token).allowed_fields == AGREED
    walk_to_trials(rating, token)
    before = rating.current_trial(token)
    rating.start_trials(token)
    rating.start_training(token)
    assert rating.current_trial(token) == before


@pytest.mark.parametrize(
    ("agreed", "chosen"),
    [
        (frozenset({"hand"}), {"hand": "left"}),  # lacks a field that is needed
        (frozenset({"glasses"}), {}),  # needed, agreed to, not answered
        (frozenset({"glasses", "shoe_size"}), {"glasses": "no"}),  # not of the study
        (frozenset({"glasses"}), {"glasses": "I have -3.5 dioptres, call me on 0123"}),  # free text
        (frozenset({"glasses"}), {"glasses": "no", "hand": "left"}),  # answered without agreement
        (frozenset({"glasses", "window_px"}), {"glasses": "no", "window_px": "1x1"}),  # measured, not asked
    ],
)
def test_consent_takes_only_what_was_asked_and_agreed(
    rating: Service, agreed: frozenset[str], chosen: dict[str, str]
) -> None:
    token = rating.open_session()
    with pytest.raises(InputError, match="consent"):
        rating.consent(token, agreed, chosen)
    assert rating.view(token).state == State.CONSENT
    assert dict(rating.responses()) == {}


def test_refusing_ends_the_session_and_keeps_nothing(rating: Service) -> None:
    token = rating.open_session()
    rating.consent(token, AGREED, CHOSEN)
    rating.refuse(token)
    rating.refuse(token)
    view = rating.view(token)
    assert (view.state, view.allowed_fields) == (State.REFUSED, frozenset())
    assert dict(rating.responses()) == {}
    with pytest.raises(WrongStateError):
        rating.consent(token, AGREED, CHOSEN)


def test_who_has_voted_erases_instead_of_refusing(rating: Service) -> None:
    token = rating.open_session()
    walk(rating, token, votes=1)
    with pytest.raises(WrongStateError, match="receipt"):
        rating.refuse(token)


def test_checks_come_where_the_study_has_them(serve: Callable[..., Service], small_study: Study) -> None:
    rating = serve(replace(small_study, checks=Checks(min_width_px=800)))
    passed, failed = rating.open_session(), rating.open_session()
    for token in (passed, failed):
        rating.consent(token, AGREED | {"window_px"}, CHOSEN)
        assert rating.view(token).state == State.CHECKS
    rating.passed_checks(passed, "1366x768")
    rating.failed_checks(failed)
    assert rating.view(passed).state == State.INSTRUCTIONS
    assert rating.view(failed).state == State.REFUSED
    assert [r.get("window_px") for r in rating.responses().values()] == ["1300x700"]  # whole hundreds only


def test_measured_values_are_kept_only_with_agreement(rating: Service) -> None:
    agreeing, silent = rating.open_session(), rating.open_session()
    walk(rating, agreeing, votes=1)
    rating.consent(silent, frozenset({"glasses"}), {"glasses": "no"})
    walk(rating, silent, votes=1)
    assert sorted(str(v.response_ms) for v in rating.votes()) == ["1500", "None"]


def test_a_language_of_the_study_is_remembered(rating: Service) -> None:
    token = rating.open_session(language="en")
    rating.set_language(token, "fr")
    assert rating.view(token).language == "fr"
    with pytest.raises(InputError, match="en, fr"):
        rating.set_language(token, "tlh")


def test_nobody_has_a_made_up_link(rating: Service) -> None:
    for call in (rating.view, rating.current_trial, rating.finish, rating.undo, rating.receipt_code, rating.refuse):
        with pytest.raises(UnknownSessionError):
            call("A" * 22)  # type: ignore[operator]


def test_a_platforms_participant_comes_back_to_the_same_session(
    serve: Callable[..., Service], small_study: Study
) -> None:
    rating = serve(replace(small_study, platform=Platform.PROLIFIC))
    ids = {"PROLIFIC_PID": "5f3a", "STUDY_ID": "x", "SESSION_ID": "one"}
    token = rating.open_session(ids)
    walk(rating, token, votes=2)
    assert rating.open_session(ids) == token
    with pytest.raises(WrongStateError, match="takes part already"):  # an id that others know opens nothing
        rating.open_session(ids | {"SESSION_ID": "two"})
    assert rating.open_session({"PROLIFIC_PID": "other"}) != token
    assert rating.open_session({}) != rating.open_session({})
    assert rating.payments() == {"open": 2}


def test_a_closed_study_takes_no_new_sessions(rating: Service) -> None:
    running = rating.open_session()
    rating.set_closed(True)
    with pytest.raises(ClosedStudyError):
        rating.open_session()
    walk(rating, running)
    assert rating.finish(running).completion_code
    assert rating.status().closed
    rating.set_closed(False)
    rating.open_session()


def test_pairs_are_answered_with_a_tie(serve: Callable[..., Service], pair_study: Study) -> None:
    rating = serve(pair_study)
    token = rating.open_session()
    rating.consent(token, frozenset({"glasses"}), {"glasses": "no"})
    rating.start_training(token)  # there is none: straight to the trials
    trial = rating.current_trial(token)
    assert trial is not None
    rating.vote(token, trial.trial, Answer(chosen=""), None, "k")
    (vote,) = rating.votes()
    assert vote.task == trial.task
    assert vote.answer == Answer(chosen="")


def test_status_tells_who_looks_careless(rating: Service) -> None:
    careful, careless = rating.open_session(), rating.open_session()
    walk(rating, careful, score=2)  # the known answer is 1-2
    walk(rating, careless, score=5)
    status = rating.status()
    assert [r.doubts for r in status.suspicious] == [("gold",)]
    assert (status.votes, status.wanted, status.open_leases) == (12, 40, 0)
    assert status.spread <= 1
    assert sum(status.per_unit.values()) == 10
    assert status.sessions[State.TRIALS] == 2


def test_an_invitation_leads_to_one_session_however_often_it_is_used(rating: Service) -> None:
    first = rating.open_session({"invitation": "abc"})
    assert rating.open_session({"invitation": "abc"}) == first
    assert rating.open_session({"invitation": "abd"}) != first
    with ThreadPoolExecutor(8) as pool:
        tokens = set(pool.map(lambda _: rating.open_session({"invitation": "same moment"}), range(16)))
    assert len(tokens) == 1
    assert rating.status().sessions[State.CONSENT] == 3
    assert not any(rating.payments().values())


def test_a_page_sees_the_trial_and_what_comes_after_at_one_look(rating: Service) -> None:
    token = rating.open_session()
    walk_to_trials(rating, token)
    now = rating.standing(token)
    assert now.view == rating.view(token)
    assert now.trial == rating.current_trial(token)
    assert len(now.upcoming) == 1
    rating.vote(token, now.trial.trial, answer_to(now.trial), None, "k" * 16)
    assert rating.current_trial(token).task.items == now.upcoming


def test_an_answer_that_comes_in_is_told_what_it_belongs_to(rating: Service) -> None:
    token = rating.open_session()
    walk_to_trials(rating, token)
    first = rating.current_trial(token)
    found = rating.asked(token, first.trial, "k" * 16)
    assert (found.answered, found.task, found.training) == (False, first.task, False)
    rating.vote(token, first.trial, answer_to(first), None, "k" * 16, found)
    assert rating.asked(token, first.trial).answered
    second = rating.current_trial(token)
    assert rating.asked(token, second.trial, "k" * 16).answered  # the key came before
    with pytest.raises(WrongStateError):
        rating.asked(token, "nonsense")
    rating.undo(token)
    with pytest.raises(WrongStateError):
        rating.asked(token, first.trial)  # the reopened trial has another name
    with pytest.raises(WrongStateError):
        rating.asked(token, second.trial)  # and comes first


def test_what_an_answer_belongs_to_may_have_changed_meanwhile(rating: Service) -> None:
    token = rating.open_session()
    walk_to_trials(rating, token)
    first = rating.current_trial(token)
    found = rating.asked(token, first.trial, "k" * 16)
    assert rating.vote(token, first.trial, answer_to(first), None, "other-key" * 2, found).first
    assert not rating.vote(token, first.trial, answer_to(first), None, "k" * 16, found).first
    second = rating.current_trial(token)
    found = rating.asked(token, second.trial, "second-key-of-mine")
    rating.erase(rating.receipt_code(token))
    with pytest.raises(UnknownSessionError):
        rating.vote(token, second.trial, answer_to(second), None, "second-key-of-mine", found)
    assert rating.status().votes == 0


def test_a_key_that_was_stored_meanwhile_gives_the_first_receipt(rating: Service) -> None:
    token = rating.open_session()
    walk_to_trials(rating, token)
    first = rating.current_trial(token)
    rating.vote(token, first.trial, answer_to(first), None, "key-of-the-first")
    second = rating.current_trial(token)
    found = rating.asked(token, second.trial, "key-of-the-third")
    receipt = rating.vote(token, second.trial, answer_to(second), None, "key-of-the-first", found)
    assert (receipt.first, receipt.trial) == (False, first.trial)
    assert rating.status().votes == 1


def test_best_worst_wants_as_many_sets_as_show_each_picture_often_enough(small_study: Study) -> None:
    from scenechange.ratings.store.reading import _wanted

    assert _wanted(small_study, 8) == 8 * small_study.votes_per_item
    sets = replace(small_study, design=replace(small_study.design, kind=Kind.BEST_WORST, set_size=4))
    shown = small_study.votes_per_item * len(small_study.of_role(Role.TEST))
    assert 4 * (_wanted(sets, 99) - 1) < shown <= 4 * _wanted(sets, 99)
