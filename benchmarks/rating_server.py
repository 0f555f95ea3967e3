"""A rating service in a process of its own, for the benchmarks: python rating_server.py STUDY DATABASE FD PORT

Listens on a socket that the parent opened, so that several processes can share it.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from urllib.request import urlopen

HERE = Path(__file__)
ORGANISER = "benchmark-organiser-token"


def start(study: Path, database: str, fd: int, port: int, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    """One server process on an inherited socket."""
    command = [sys.executable, str(HERE), str(study), database, str(fd), str(port)]
    return subprocess.Popen(command, pass_fds=[fd], env=environment, stdin=subprocess.DEVNULL)


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
    import uvicorn

    from scenechange.ratings.opening import open_service
    from scenechange.ratings.web.app import create_app

    study, database, fd, port = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4]
    with open_service(study, database) as service:
        app = create_app(service, organiser_token=ORGANISER, base_url=f"http://127.0.0.1:{port}")
        uvicorn.run(app, fd=fd, log_level="warning", access_log=False, timeout_keep_alive=120)


if __name__ == "__main__":
    main()
