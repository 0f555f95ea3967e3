"""A rating service in a process of its own, for the benchmarks: python rating_server.py STUDY DATABASE PORT

Several may listen at the same port, as those of ``scenechange rate serve --processes`` do.
"""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import urlopen

HERE = Path(__file__)
ORGANISER = "benchmark-organiser-token"


def reserve_port() -> socket.socket:
    """A socket that keeps a port for the servers without listening itself."""
    kept = socket.socket()
    kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    kept.bind(("127.0.0.1", 0))
    return kept


def start(study: Path, database: str, port: int, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    """One server process."""
    command = [sys.executable, str(HERE), str(study), database, str(port)]
    return subprocess.Popen(command, env=environment, stdin=subprocess.DEVNULL)


def wait_until_ready(port: int, limit_s: float = 60.0) -> float:
    """Seconds until ``/healthz`` answers."""
    since = time.perf_counter()
    while time.perf_counter() - since < limit_s:
        try:
            with urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5) as answer:
                if answer.status == 200:
                    return time.perf_counter() - since
        except OSError:
            time.sleep(0.02)
    sys.exit("the rating service did not become ready")


def invitation(study: Path, database: str, secret: str) -> str:
    """The ``i`` of a join link for everybody; the database is made as needed."""
    from scenechange.ratings.service import Service
    from scenechange.ratings.study import load_study
    from scenechange.ratings.web.security import signer_of

    with Service(load_study(study), database, secret.encode()) as service:
        return signer_of(service).invitation()


def main() -> None:
    """Serve until killed."""
    from scenechange.cli.rate_serve import answer, open_listener
    from scenechange.ratings.opening import open_service
    from scenechange.ratings.web.app import create_app

    study, database, port = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    with open_service(study, database) as service:
        app = create_app(service, organiser_token=ORGANISER, base_url=f"http://127.0.0.1:{port}")
        answer(app, open_listener("127.0.0.1", port, shared=True))


if __name__ == "__main__":
    main()
