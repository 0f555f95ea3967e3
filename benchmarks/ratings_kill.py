"""Is an acknowledged vote ever lost or doubled? kill -9 at random moments under load, on SQLite and PostgreSQL.

    python benchmarks/ratings_kill.py [--kills 200] [--only sqlite|postgresql]

Synthetic raters walk through the real pages and try again when nobody answers, as the pages' script does. The service
is killed at a random moment, started again, and so on. Then every answer that was acknowledged must be in the
database exactly once, as it was acknowledged first.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import secrets
import sys
import tempfile
import threading
import time
from pathlib import Path
from statistics import median

import rating_server
from peers.postgresql import postgresql
from record import record

RATERS = 6


class Load:
    """Raters who start over when they are done, until told to stop; what was acknowledged to them."""

    def __init__(self, study: Path, link: str, raters: int) -> None:
        from scenechange.ratings.simulation.raters import Population, draw_quality
        from scenechange.ratings.simulation.walk import Sight
        from scenechange.ratings.study import load_study

        self.study, self.link = load_study(study), link
        self.quality, self.sight = draw_quality(self.study, {}, 1), Sight(self.study)
        self.acknowledged: list[tuple[str, str]] = []
        self.faults: list[str] = []
        self.retries = 0
        self._stop = threading.Event()
        people = Population().draw(raters, 1)
        self._threads = [threading.Thread(target=self._walk, args=(k, people[k]), daemon=True) for k in range(raters)]
        for thread in self._threads:
            thread.start()

    def _walk(self, k: int, rater: object) -> None:
        from scenechange.errors import ScenechangeError
        from scenechange.ratings.answers import to_json
        from scenechange.ratings.simulation.browser import Browser
        from scenechange.ratings.simulation.walk import walk

        def acknowledged(trial: str, given: object) -> None:
            self.acknowledged.append((trial, json.dumps(to_json(given), sort_keys=True)))
            if self._stop.is_set():
                raise StopIteration

        while not self._stop.is_set():
            browser = Browser(timeout_s=5.0, patience_s=30.0)
            try:
                walk(
                    self.link, self.study, rater, self.quality, self.sight, random.randrange(1 << 30),
                    browser=browser, pause_s=0.01, acknowledged=acknowledged,
                )  # fmt: skip
            except StopIteration:
                return
            except ScenechangeError as error:
                self.faults.append(str(error))
            finally:
                self.retries += browser.retries

    def stop(self) -> None:
        """Let everybody get the answer they wait for."""
        self._stop.set()
        for thread in self._threads:
            thread.join(40)


def killing(study: Path, database: str, kills: int, seed: int = 0) -> dict:
    """Kill the service `kills` times under load and look what is left.

    Parameters
    ----------
    study : Path
        Study file without gold, training or checks.
    database : str
        A file's name or a PostgreSQL address.
    kills : int
        How often.
    seed : int
        Of the moments.
    """
    secret = secrets.token_urlsafe(32)
    environment = {**os.environ, "SCENECHANGE_RATE_SECRET": secret}
    kept = rating_server.reserve_port()
    port, rng, ready = kept.getsockname()[1], random.Random(seed), []
    link = f"http://127.0.0.1:{port}/join?i=" + rating_server.invitation(study, database, secret)
    server = rating_server.start(study, database, port, environment)
    rating_server.wait_until_ready(port)
    load = Load(study, link, RATERS)
    try:
        for _ in range(kills):
            time.sleep(rng.uniform(0.05, 0.8))
            server.kill()
            server.wait()
            server = rating_server.start(study, database, port, environment)
            ready.append(rating_server.wait_until_ready(port))
        time.sleep(0.5)
        load.stop()
    finally:
        server.terminate()
        server.wait()
        kept.close()
    return {
        "kills": kills,
        "acknowledged": len(load.acknowledged),
        "requests_tried_again": load.retries,
        "raters_stopped_by": sorted(set(load.faults)),
        "ready_again_s": {"median": median(ready), "max": max(ready)},
        **what_is_left(database, load.acknowledged),
    }


def what_is_left(database: str, acknowledged: list[tuple[str, str]]) -> dict:
    """Votes lost, doubled or changed, and what the database says of itself."""
    from sqlalchemy import create_engine, text

    url = database.replace("postgresql://", "postgresql+psycopg://") if "://" in database else f"sqlite:///{database}"
    with create_engine(url).connect() as connection:
        rows = connection.execute(text("SELECT t.name, v.answer FROM vote v JOIN trial t ON t.id = v.trial_id"))
        stored: dict[str, list[str]] = {}
        for name, answer in rows:
            stored.setdefault(name, []).append(json.dumps(json.loads(answer), sort_keys=True))
        twice = connection.execute(
            text(
                "SELECT count(*) FROM (SELECT 1 FROM vote GROUP BY session_id, unit, repetition HAVING count(*) > 1) d"
            )
        ).scalar_one()
        sound = connection.execute(text("PRAGMA integrity_check")).scalar_one() if "sqlite" in url else "not asked"
    return {
        "lost": sum(name not in stored for name, _ in acknowledged),
        "changed": sum(name in stored and answer not in stored[name] for name, answer in acknowledged),
        "doubled": int(twice) + sum(len(answers) > 1 for answers in stored.values()),
        "stored": sum(map(len, stored.values())),
        "integrity_check": sound,
    }


def make_study(folder: Path) -> Path:
    """A study on the ten drawn pictures."""
    from scenechange.ratings.example_pictures import write_example_pictures
    from scenechange.ratings.starting import start_study

    write_example_pictures(folder / "pictures")
    start_study(folder / "pictures", folder / "study.toml", contact="bench@example.org")
    return folder / "study.toml"


def main() -> None:
    """Kill and record."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--only", choices=("sqlite", "postgresql"))
    arguments = parser.parse_args()
    results: dict[str, object] = {}
    with tempfile.TemporaryDirectory() as folder:
        study = make_study(Path(folder))
        if arguments.only != "postgresql":
            results["sqlite"] = killing(study, str(Path(folder) / "votes.db"), arguments.kills)
        if arguments.only != "sqlite":
            with postgresql() as address:
                results["postgresql"] = killing(study, address.format("postgres"), arguments.kills)
    print(json.dumps(results, indent=2))
    if arguments.only is None:
        record("ratings-kill", results)
    if any(r["lost"] or r["doubled"] or r["changed"] for r in results.values()):
        sys.exit("votes were lost, doubled or changed")


if __name__ == "__main__":
    main()
