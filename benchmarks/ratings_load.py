"""How many votes a second does the rating service take? Real HTTP on loopback, SQLite and PostgreSQL in one run.

    python benchmarks/ratings_load.py [--seconds 20] [--only sqlite|postgresql]

First 200 workers join within one second; then 500 sessions are open and vote at a given rate in all: each vote is a
POST, the next trial's page and its picture. Latency counts from the moment a vote was due, so that a slow service
cannot hide behind a waiting client. The rate goes up until the 95th percentile passes 100 ms: that is the limit.
PostgreSQL is Debian's, started here for the run, with four processes of the service.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import re
import secrets
import sys
import tempfile
import time
from pathlib import Path
from statistics import quantiles
from urllib.parse import urlencode, urlsplit

import rating_server
from peers.postgresql import postgresql
from record import record

SESSIONS, JOINERS = 500, 200
RATES = (100, 150, 200, 250, 300, 400, 500, 700)
FIELD = re.compile(r'name="(csrf|trial|key|form_token)" value="([^"]*)"')
PICTURE = re.compile(r'<img src="([^"]+)"')


class Client:
    """One worker on one kept connection."""

    def __init__(self, port: int) -> None:
        self.port, self.session, self.page, self.seen = port, "", "", set()
        self.reader = self.writer = None

    async def ask(self, method: str, path: str, fields: dict[str, str] | None = None, script: bool = False):
        """Status, headers and body of one request."""
        if self.writer is None:
            self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self.port)
        body = urlencode(fields).encode() if fields is not None else b""
        head = f"{method} {path} HTTP/1.1\r\nhost: 127.0.0.1:{self.port}\r\n"
        if fields is not None:
            head += f"content-type: application/x-www-form-urlencoded\r\ncontent-length: {len(body)}\r\n"
        if script:
            head += "accept: application/json\r\n"
        self.writer.write(head.encode() + b"\r\n" + body)
        lines = (await self.reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        headers = {k.lower(): v for k, _, v in (line.partition(": ") for line in lines[1:] if line)}
        content = await self.reader.readexactly(int(headers.get("content-length", "0")))
        return int(lines[0].split()[1]), headers, content

    async def follow(self, method: str, path: str, fields: dict[str, str] | None = None) -> str:
        """The page that redirects lead to; its address is kept."""
        for _ in range(8):
            status, headers, content = await self.ask(method, path, fields)
            if status in (302, 303, 307):
                where = urlsplit(headers["location"])
                path, method, fields = where.path + (f"?{where.query}" if where.query else ""), "GET", None
                continue
            if status != 200:
                raise RuntimeError(f"{method} {path.split('/')[-1][:20]}: status {status}")
            self.address, self.page = path, content.decode()
            return self.page
        raise RuntimeError("too many redirects")

    async def join(self, link: str) -> None:
        """From the invitation to the first trial."""
        page = await self.follow("GET", link)
        fields = dict(FIELD.findall(page.split('id="agree"')[1]))
        fields |= {"i": link.split("i=")[1], "decision": "agree", "lang": "en"}
        await self.follow("POST", "/join", fields)
        self.session = self.address.rsplit("/", 1)[0]
        await self.follow("POST", f"{self.session}/start", dict(FIELD.findall(self.page)))
        if 'id="rate"' not in self.page:
            raise RuntimeError("no trial after the instructions")

    async def vote(self) -> float:
        """One vote, then the next page and its picture; the moment the vote was acknowledged."""
        fields = dict(FIELD.findall(self.page.split('id="rate"')[1])) | {"score": str(random.randint(1, 5))}
        status, _, content = await self.ask("POST", f"{self.session}/vote", fields, script=True)
        if status != 200 or not json.loads(content)["first"]:
            raise RuntimeError(f"vote not taken: {status} {content[:80]!r}")
        done = time.perf_counter()
        await self.follow("GET", f"{self.session}/trial")
        for address in PICTURE.findall(self.page):
            if address not in self.seen:
                self.seen.add(address)
                await self.ask("GET", address)
        return done


async def joiners(port: int, link: str, count: int, within_s: float) -> tuple[list[Client], list[float]]:
    """Clients that all join within a span of time, and how long each took to see the first trial."""
    clients = [Client(port) for _ in range(count)]

    async def one(k: int) -> float:
        await asyncio.sleep(within_s * k / count)
        since = time.perf_counter()
        await clients[k].join(link)
        return time.perf_counter() - since

    return clients, list(await asyncio.gather(*(one(k) for k in range(count))))


async def voting(clients: list[Client], rate: float, seconds: float) -> dict[str, float]:
    """All clients vote, `rate` votes a second together; latencies from the moment each vote was due."""
    interval, latencies, begun = len(clients) / rate, [], time.perf_counter() + 0.5

    async def one(k: int) -> None:
        due = begun + interval * random.random()
        while due < begun + seconds:
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            latencies.append(await clients[k].vote() - due)
            due += interval

    await asyncio.gather(*(one(k) for k in range(len(clients))))
    took = time.perf_counter() - begun
    cuts = quantiles(latencies, n=100)
    return {
        "wanted_votes_per_s": rate,
        "votes": len(latencies),
        "votes_per_s": len(latencies) / took,
        "p50_ms": 1000 * cuts[49],
        "p95_ms": 1000 * cuts[94],
        "p99_ms": 1000 * cuts[98],
        "max_ms": 1000 * max(latencies),
    }


def make_study(folder: Path) -> Path:
    """A study on 200 small pictures, 100 to a session."""
    from PIL import Image

    from scenechange.ratings.starting import start_study

    for system in range(10):
        (folder / "pictures" / f"s{system}").mkdir(parents=True)
        for source in range(20):
            colour = (25 * system, 12 * source, 128)
            Image.new("RGB", (480, 320), colour).save(folder / "pictures" / f"s{system}" / f"p{source}.jpg")
    study = folder / "study.toml"
    start_study(folder / "pictures", study, contact="bench@example.org")
    text = re.sub(r"(?m)^#? ?trials_per_session *=.*$", "trials_per_session = 150", study.read_text())
    study.write_text(text)
    return study


def measure(study: Path, database: str, processes: int, seconds: float) -> dict:
    """One database: joiners, balance, then rising rates."""
    environment = {**os.environ, "SCENECHANGE_RATE_SECRET": SECRET}
    kept = rating_server.reserve_port()
    port = kept.getsockname()[1]
    servers = [rating_server.start(study, database, port, environment)]
    rating_server.wait_until_ready(port)
    servers += [rating_server.start(study, database, port, environment) for _ in range(processes - 1)]
    time.sleep(4.0 if processes > 1 else 0.5)
    link = "/join?i=" + rating_server.invitation(study, database, SECRET)
    try:
        return asyncio.run(_session(study, database, port, link, seconds)) | {"processes": processes}
    finally:
        for server in servers:
            server.terminate()
        for server in servers:
            server.wait()
        kept.close()


async def _session(study: Path, database: str, port: int, link: str, seconds: float) -> dict:
    clients, took = await joiners(port, link, JOINERS, 1.0)
    counts = planned(study, database)
    more, _ = await joiners(port, link, SESSIONS - JOINERS, 3.0)
    clients += more
    await voting(clients, 50, 3)  # warm up
    steps = []
    for rate in RATES:
        steps.append(await voting(clients, rate, seconds))
        print(json.dumps(steps[-1]), file=sys.stderr)
        if steps[-1]["p95_ms"] > 100:
            break
    good = [s["wanted_votes_per_s"] for s in steps if s["p95_ms"] <= 100 and s["p99_ms"] <= 250]
    cuts = quantiles(took, n=20)
    return {
        "joiners": JOINERS,
        "join_to_first_trial_s": {"p50": cuts[9], "p95": cuts[18], "max": max(took)},
        "units_planned_most_less_fewest": max(counts) - min(counts),
        "open_sessions": len(clients),
        "steps": steps,
        "limit_votes_per_s": max(good, default=0),
    }


def planned(study: Path, database: str) -> list[int]:
    """How often each unit was given out, read from the database."""
    from sqlalchemy import create_engine, text

    url = database.replace("postgresql://", "postgresql+psycopg://") if "://" in database else f"sqlite:///{database}"
    with create_engine(url).connect() as connection:
        rows = connection.execute(text("SELECT unit, count(*) FROM trial WHERE repetition = 0 GROUP BY unit"))
        found = [int(row[1]) for row in rows]
    return found + [0] * (200 - len(found))


SECRET = secrets.token_urlsafe(32)


def main() -> None:
    """Measure both and record."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--only", choices=("sqlite", "postgresql"))
    arguments = parser.parse_args()
    results: dict[str, object] = {"cores": os.cpu_count()}
    with tempfile.TemporaryDirectory() as folder:
        study = make_study(Path(folder))
        if arguments.only != "postgresql":
            results["sqlite"] = measure(study, str(Path(folder) / "votes.db"), 1, arguments.seconds)
        if arguments.only != "sqlite":
            with postgresql() as address:
                results["postgresql"] = measure(study, address.format("postgres"), 4, arguments.seconds)
    print(json.dumps(results, indent=2))
    if arguments.only is None:
        record("ratings-load", results)


if __name__ == "__main__":
    main()
