"""Every answer is stored exactly once: retries, two tabs, undo, many threads, several processes."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

import pytest
from rating_walks import answer_to, walk, walk_to_trials

from scenechange.errors import InputError
from scenechange.ratings.failures import WrongStateError
from scenechange.ratings.records import Answer, Role, Study
from scenechange.ratings.service import Service
from scenechange.ratings.views import Receipt


def at_once(calls: Iterable[Callable[[], object]]) -> list[object]:
    """Results of calls that start together, each in its own thread; errors as results."""
    calls = list(calls)
    gate = threading.Barrier(len(calls))

    def run(call: Callable[[], object]) -> object:
        gate.wait()
        try:
            return call()
        except Exception as error:
            return error

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


@pytest.fixture
def token(rating: Service) -> str:
    token = rating.open_session()
    walk_to_trials(rating, token)
    return token


def test_a_retry_with_the_same_key_gets_the_first_receipt(rating: Service, token: str) -> None:
    trial = rating.current_trial(token)
    assert trial is not None
    first = rating.vote(token, trial.trial, Answer(score=4), 1000, "key")
    again = rating.vote(token, trial.trial, Answer(score=1), 1000, "key")
    assert first.first
    assert again == Receipt(first.trial, False, first.number, first.total)
    assert [v.answer for v in rating.votes()] == [Answer(score=4)]


def test_a_second_tab_with_its_own_key_gets_the_first_receipt(rating: Service, token: str) -> None:
    trial = rating.current_trial(token)
    assert trial is not None
    assert rating.vote(token, trial.trial, Answer(score=4), 1000, "tab one").first
    assert not rating.vote(token, trial.trial, Answer(score=1), 1000, "tab two").first
    assert [v.answer for v in rating.votes()] == [Answer(score=4)]


def test_a_key_used_before_answers_for_the_trial_it_was_used_for(rating: Service, token: str) -> None:
    one = rating.current_trial(token)
    assert one is not None
    first = rating.vote(token, one.trial, answer_to(one), None, "key")
    two = rating.current_trial(token)
    assert two is not None
    again = rating.vote(token, two.trial, answer_to(two), None, "key")
    assert (again.first, again.trial, again.number) == (False, first.trial, 1)
    assert rating.current_trial(token) == two


def test_without_keys_every_trial_still_counts_once(rating: Service, token: str) -> None:
    for _ in range(2):
        trial = rating.current_trial(token)
        assert trial is not None
        assert [rating.vote(token, trial.trial, answer_to(trial), None, "").first for _ in range(3)] == [
            True,
            False,
            False,
        ]
    assert len(list(rating.votes())) == 2


def test_sixteen_tabs_at_once_make_one_vote(serve: Callable[..., Service], small_study: Study) -> None:
    services = [serve(small_study), serve(small_study)]  # as two processes
    token = services[0].open_session()
    walk_to_trials(services[0], token)
    trial = services[0].current_trial(token)
    assert trial is not None
    name = trial.trial
    receipts = at_once(
        lambda n=n: services[n % 2].vote(token, name, Answer(score=1 + n % 5), None, f"tab {n}") for n in range(16)
    )
    assert Counter(getattr(r, "first", r) for r in receipts) == {True: 1, False: 15}
    assert len(list(services[0].votes())) == 1


def test_many_sessions_at_once_lose_and_double_nothing(serve: Callable[..., Service], small_study: Study) -> None:
    services = [serve(small_study), serve(small_study)]

    def way(number: int) -> str:
        service = services[number % 2]
        token = service.open_session()
        walk(service, token)
        return service.finish(token).receipt_code

    codes = at_once(lambda n=n: way(n) for n in range(12))
    assert [c for c in codes if not isinstance(c, str)] == []
    votes = list(services[0].votes())
    assert len(votes) == 12 * 7
    assert set(Counter((v.rater, v.task.unit, v.task.repetition) for v in votes).values()) == {1}


def test_undo_reopens_the_last_trial_and_replaces_its_vote(rating: Service, token: str) -> None:
    one = rating.current_trial(token)
    assert one is not None
    rating.vote(token, one.trial, Answer(score=1), None, "k1")
    assert rating.view(token).can_undo
    again = rating.undo(token)
    assert again is not None
    assert again.task == one.task
    assert list(rating.votes()) == []
    rating.vote(token, again.trial, Answer(score=5), None, "k2")
    assert [v.answer.score for v in rating.votes()] == [5]


def test_undo_twice_takes_back_one_vote(rating: Service, token: str) -> None:
    for n in range(2):
        trial = rating.current_trial(token)
        assert trial is not None
        rating.vote(token, trial.trial, answer_to(trial), None, f"k{n}")
    assert rating.undo(token) == rating.undo(token)
    assert len(list(rating.votes())) == 1
    assert not rating.view(token).can_undo


def test_a_late_retry_of_a_vote_taken_back_does_not_bring_it_back(rating: Service, token: str) -> None:
    trial = rating.current_trial(token)
    assert trial is not None
    rating.vote(token, trial.trial, Answer(score=1), None, "k1")
    rating.undo(token)
    with pytest.raises(WrongStateError, match="taken back"):
        rating.vote(token, trial.trial, Answer(score=1), None, "k1")
    assert list(rating.votes()) == []


def test_nothing_can_be_taken_back_after_the_end(rating: Service, token: str) -> None:
    while trial := rating.current_trial(token):
        rating.vote(token, trial.trial, answer_to(trial), None, trial.trial)
    rating.finish(token)
    with pytest.raises(WrongStateError, match="receipt"):
        rating.undo(token)


def test_an_answer_off_the_scale_is_refused_and_the_trial_stays(rating: Service, token: str) -> None:
    trial = rating.current_trial(token)
    assert trial is not None
    for wrong in (Answer(score=6), Answer(score=0), Answer(chosen="ours-1"), Answer()):
        with pytest.raises(InputError):
            rating.vote(token, trial.trial, wrong, None, "k")
    assert rating.current_trial(token) == trial


def test_one_session_cannot_answer_anothers_trial(rating: Service, token: str) -> None:
    other = rating.open_session()
    walk_to_trials(rating, other)
    trial = rating.current_trial(token)
    assert trial is not None
    with pytest.raises(WrongStateError):
        rating.vote(other, trial.trial, answer_to(trial), None, "k")
    assert list(rating.votes()) == []


def test_a_bad_vote_in_a_group_does_not_fail_the_others(rating: Service) -> None:
    tokens = [rating.open_session() for _ in range(6)]
    for token in tokens:
        walk_to_trials(rating, token)
    held, go = threading.Event(), threading.Event()

    def hold(_: object) -> None:
        held.set()
        go.wait(10)

    before = rating._writer.groups

    def cast(n: int) -> object:
        held.wait(10)
        trial = rating.current_trial(tokens[n])
        assert trial is not None
        return rating.vote(tokens[n], trial.trial, Answer(score=9 if n == 3 else 3), None, "k")

    def release() -> None:
        while rating._writer._jobs.qsize() < 6:
            pass
        go.set()

    results = at_once([lambda: rating._writer.write(hold), *(lambda n=n: cast(n) for n in range(6)), release])
    assert [type(r).__name__ for r in results[1:7]] == ["Receipt"] * 3 + ["InputError"] + ["Receipt"] * 2
    assert rating._writer.groups - before == 2  # the holder's, and one for all six
    assert len(list(rating.votes())) == 5


def test_votes_do_not_say_when_exactly_or_who(rating: Service, token: str) -> None:
    trial = rating.current_trial(token)
    assert trial is not None
    rating.vote(token, trial.trial, answer_to(trial), None, "k")
    (vote,) = rating.votes()
    assert vote.at_hour == "2027-01-15T08"
    assert vote.rater not in token
    assert token not in vote.rater
    assert vote.task.role in (Role.TEST, Role.GOLD)
