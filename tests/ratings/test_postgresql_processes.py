"""Several app processes on one PostgreSQL server: balance, once-only, and a server that goes away and comes back."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from collections import Counter
from pathlib import Path

import psycopg
import pytest
from rating_walks import answer_to, walk_to_trials
from sqlalchemy import select

from scenechange.ratings.failures import RatingError
from scenechange.ratings.records import Study
from scenechange.ratings.service import Service
from scenechange.ratings.store.tables import session, trial

pytestmark = pytest.mark.postgresql
SECRET = b"a secret for tests, 32 bytes long"
PROCESSES = 3
JOINING = """
import pickle, sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
sys.path.insert(0, sys.argv[3])
from rating_walks import walk_to_trials
from scenechange.ratings.service import Service
study = pickle.loads(Path(sys.argv[1]).read_bytes())
with Service(study, sys.argv[2], b"a secret for tests, 32 bytes long") as service:
    sys.stdout.write("ready\\n"); sys.stdout.flush(); sys.stdin.readline()
    with ThreadPoolExecutor(10) as pool:
        list(pool.map(lambda _: walk_to_trials(service, service.open_session()), range(17)))
"""
VOTING = """
import json, pickle, sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from scenechange.ratings.records import Answer
from scenechange.ratings.service import Service
study = pickle.loads(Path(sys.argv[1]).read_bytes())
with Service(study, sys.argv[2], b"a secret for tests, 32 bytes long") as service:
    sys.stdout.write("ready\\n"); sys.stdout.flush()
    todo = json.loads(sys.stdin.readline())
    def cast(one):
        return service.vote(one[0], one[1], Answer(score=int(sys.argv[3])), None, sys.argv[3] + one[1]).first
    with ThreadPoolExecutor(10) as pool:
        sys.stdout.write(json.dumps(list(pool.map(cast, todo))) + "\\n")
"""


def in_processes(code: str, arguments: list[list[str]], told: str) -> list[str]:
    """What processes say that run the same code at the same time, each with its own arguments."""
    running = [
        subprocess.Popen([sys.executable, "-c", code, *each], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for each in arguments
    ]
    for one in running:
        assert one.stdout is not None
        assert one.stdout.readline() == "ready\n"
    for one in running:
        assert one.stdin is not None
        one.stdin.write(told + "\n")
        one.stdin.flush()
    said = [one.communicate(timeout=60)[0] for one in running]
    assert [one.returncode for one in running] == [0] * len(running)
    return said


@pytest.fixture
def study_file(small_study: Study, tmp_path: Path) -> str:
    path = tmp_path / "study.pickle"
    path.write_bytes(pickle.dumps(small_study))
    return str(path)


def test_joiners_in_three_processes_stay_within_one(postgresql: str, small_study: Study, study_file: str) -> None:
    here = str(Path(__file__).parent)
    in_processes(JOINING, [[study_file, postgresql, here]] * PROCESSES, "go")
    rows = select(trial.c.unit).where(trial.c.phase == "trials", trial.c.role == "test", trial.c.repetition == 0)
    with Service(small_study, postgresql, SECRET) as service, service._reading.connect() as connection:
        counts = Counter(connection.execute(rows).scalars())
    assert sum(counts.values()) == PROCESSES * 17 * 5
    assert max(counts.values()) - min(counts.values()) <= 1


def test_the_same_votes_in_three_processes_count_once(postgresql: str, small_study: Study, study_file: str) -> None:
    with Service(small_study, postgresql, SECRET) as service:
        todo = []
        for _ in range(12):
            token = service.open_session()
            walk_to_trials(service, token)
            rows = select(trial.c.name).join(session).where(session.c.token_mark == service._desk.token_mark(token))
            with service._reading.connect() as connection:
                names = connection.execute(rows.where(trial.c.phase == "trials")).scalars().all()
            todo += [[token, name] for name in names]
        arguments = [[study_file, postgresql, str(score)] for score in (1, 3, 5)]
        said = in_processes(VOTING, arguments, json.dumps(todo))
        first = [sum(answers) for answers in zip(*(json.loads(line) for line in said), strict=True)]
        votes = list(service.votes())
    assert first == [1] * len(todo)
    assert set(Counter((v.rater, v.task.unit, v.task.repetition) for v in votes).values()) == {1}
    assert len(votes) == len(todo)


def test_a_lost_connection_is_opened_again_and_nothing_is_lost(postgresql: str, small_study: Study) -> None:
    with Service(small_study, postgresql, SECRET) as service:
        token = service.open_session()
        walk_to_trials(service, token)
        for n in range(3):
            with psycopg.connect(postgresql, autocommit=True) as admin:
                admin.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            due = service.current_trial(token)
            assert due is not None
            assert service.vote(token, due.trial, answer_to(due), None, f"k{n}").number == n + 1
        assert len(list(service.votes())) == 3


def test_commits_wait_for_the_disk(postgresql: str, small_study: Study) -> None:
    with Service(small_study, postgresql, SECRET) as service:
        names = ("synchronous_commit", "fsync", "transaction_isolation")
        found = service._writer.write(
            lambda turn: [turn.connection.exec_driver_sql(f"SHOW {name}").scalar() for name in names]
        )
    assert found == ["on", "on", "read committed"]


def test_two_who_lock_each_others_rows_are_both_served(postgresql: str, small_study: Study) -> None:
    import threading

    with Service(small_study, postgresql, SECRET) as one, Service(small_study, postgresql, SECRET) as two:
        tokens = [one.open_session(), one.open_session()]
        gate = threading.Barrier(2)
        waited: set[int] = set()
        errors: list[Exception] = []

        def lock_both(service: Service, order: list[int], me: int) -> None:
            def act(turn) -> None:  # type: ignore[no-untyped-def]
                service._desk.session_of(turn.connection, tokens[order[0]])
                if me not in waited:  # only the first try runs into the other
                    waited.add(me)
                    gate.wait(10)
                service._desk.session_of(turn.connection, tokens[order[1]])

            try:
                service._writer.write(act)
            except RatingError as error:
                errors.append(error)

        threads = [
            threading.Thread(target=lock_both, args=(one, [0, 1], 0)),
            threading.Thread(target=lock_both, args=(two, [1, 0], 1)),
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert waited == {0, 1}
        assert errors == []
        assert one.view(tokens[0]) == two.view(tokens[0])
