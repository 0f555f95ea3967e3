"""kill -9 at random points: what was acknowledged is there, nothing is there twice, the database is whole."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import create_engine, select

from scenechange.ratings.records import Answer, Study
from scenechange.ratings.service import Service
from scenechange.ratings.store.engine import parse_url
from scenechange.ratings.store.tables import trial, vote

SECRET = b"a secret for tests, 32 bytes long"
KILLS = 4
# The child shares no memory with the test: it takes the study from its file of pictures and prints what was confirmed.
CHILD = """
import json, pickle, sys, threading
from pathlib import Path
from scenechange.ratings.records import Answer
from scenechange.ratings.service import Service
study = pickle.loads(Path(sys.argv[1]).read_bytes())
service = Service(study, sys.argv[2], b"a secret for tests, 32 bytes long")
lock = threading.Lock()
def say(**line):
    with lock:
        sys.stdout.write(json.dumps(line) + "\\n")
        sys.stdout.flush()
def work(number):
    round = 0
    while True:
        token = service.open_session()
        service.consent(token, frozenset({"glasses"}), {"glasses": "no"})
        service.start_training(token)
        t = service.current_trial(token)
        service.vote(token, t.trial, Answer(score=5), None, "t")
        service.start_trials(token)
        while (t := service.current_trial(token)) is not None:
            score = 1 + (number + t.number) % 5
            say(asked=t.trial, token=token, score=score)
            receipt = service.vote(token, t.trial, Answer(score=score), None, t.trial)
            say(saved=receipt.trial, score=score)
        service.finish(token)
for number in range(6):
    threading.Thread(target=work, args=(number,), daemon=True).start()
threading.Event().wait()
"""


def run_and_kill(study_file: Path, database: str, seconds: float) -> list[dict[str, object]]:
    """What a child process said until it was killed so many seconds after its first vote."""
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(study_file), database], stdout=subprocess.PIPE, text=True
    )
    said: list[dict[str, object]] = []
    assert child.stdout is not None
    guard = threading.Timer(60, child.kill)
    guard.start()
    line = child.stdout.readline()
    assert line, "the child never voted"
    killer = threading.Timer(seconds, lambda: os.kill(child.pid, signal.SIGKILL))
    killer.start()
    while line:
        if line.endswith("\n"):  # the last one may be cut
            said.append(json.loads(line))
        line = child.stdout.readline()
    killer.join()
    guard.cancel()
    assert child.wait() == -signal.SIGKILL
    return said


def stored(database: str) -> list[tuple[str, int]]:
    """Name of the trial and score of every vote."""
    engine = create_engine(parse_url(database))
    with engine.connect() as connection:
        rows = connection.execute(select(trial.c.name, vote.c.answer).join(trial, trial.c.id == vote.c.trial_id)).all()
    engine.dispose()
    return [(name, json.loads(answer)["score"]) for name, answer in rows]


@pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL")
def test_no_acknowledged_vote_is_lost_or_doubled_by_kill_9(database: str, small_study: Study, tmp_path: Path) -> None:
    import pickle

    study_file = tmp_path / "study.pickle"
    study_file.write_bytes(pickle.dumps(small_study))
    rng, saved = random.Random(3), {}
    for _ in range(KILLS):
        said = run_and_kill(study_file, database, rng.uniform(0.05, 0.5))
        saved |= {str(line["saved"]): line["score"] for line in said if "saved" in line}
        open_ = {str(line["asked"]): line for line in said if "asked" in line and line["asked"] not in saved}
        with Service(small_study, database, SECRET) as service:
            service.ready()
            for name, line in open_.items():  # workers try again what they heard nothing of
                again = service.vote(str(line["token"]), name, Answer(score=int(str(line["score"]))), None, name)
                saved[again.trial] = line["score"]
    votes = stored(database)
    assert len(saved) > 20
    assert set(Counter(name for name, _ in votes).values()) == {1}
    assert {name: score for name, score in votes if name in saved} == saved
    if "://" not in database:
        connection = sqlite3.connect(database)
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        connection.close()
