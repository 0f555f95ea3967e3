"""A PostgreSQL server of Debian's package for the length of a ``with`` block, in a folder of its own."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def postgresql(folder: Path) -> Iterator[str]:
    """The address of an empty database; the server does not run as root, for it refuses to."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not found:
        sys.exit("PostgreSQL is missing: apt-get install postgresql")
    programs, account = found[-1].parent, None
    if os.geteuid() == 0:
        account = pwd.getpwnam("postgres")
    place = Path(tempfile.mkdtemp(prefix="pg-"))
    if account:
        os.chown(place, account.pw_uid, account.pw_gid)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    def run(*command: str) -> None:
        subprocess.run(
            command, check=True, user=account and account.pw_uid, group=account and account.pw_gid, cwd=place,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
        )  # fmt: skip

    data, control = str(place / "data"), str(programs / "pg_ctl")
    try:
        run(str(programs / "initdb"), "-D", data, "-U", "bench", "-A", "trust", "-E", "UTF8")
        options = f"-p {port} -k {place} -c listen_addresses=127.0.0.1 -c max_connections=200"
        run(control, "-D", data, "-w", "-l", str(place / "log"), "-o", options, "start")
        try:
            yield f"postgresql://bench@127.0.0.1:{port}/postgres"
        finally:
            run(control, "-D", data, "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(place, ignore_errors=True)
