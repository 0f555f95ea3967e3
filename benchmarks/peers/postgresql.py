"""A PostgreSQL server of Debian's package for the length of a ``with`` block, in a folder of its own."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MISSING = "PostgreSQL's server is missing (Debian: apt-get install postgresql)"


def programs() -> Path | None:
    """The folder of the server's programs, the newest version; None where there is none."""
    if found := shutil.which("initdb"):
        return Path(found).parent
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return debian[-1].parent if debian else None


@contextmanager
def postgresql(*, network: bool = True, settings: str = "") -> Iterator[str]:
    """The address of a new server, with ``{}`` for the name of a database; ``postgres`` is there and empty.

    Parameters
    ----------
    network : bool
        Whether it listens on loopback, as for the benchmarks; else on a socket in its folder only.
    settings : str
        More options of the server, such as ``-c wal_recycle=off``.

    Raises
    ------
    FileNotFoundError
        The server is not installed.
    """
    found = programs()
    if found is None:
        raise FileNotFoundError(MISSING)
    account = pwd.getpwnam("postgres") if os.geteuid() == 0 else None  # the server refuses to run as root
    place = Path(tempfile.mkdtemp(prefix="scenechange-pg-"))
    if account:
        os.chown(place, account.pw_uid, account.pw_gid)

    def run(*command: str) -> None:
        subprocess.run(
            command, check=True, user=account and account.pw_uid, group=account and account.pw_gid, cwd=place,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
        )  # fmt: skip

    data, control = str(place / "data"), str(found / "pg_ctl")
    listen, address = "-c listen_addresses=''", f"postgresql://owner@/{{}}?host={place}"
    if network:
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        listen, address = f"-p {port} -c listen_addresses=127.0.0.1", f"postgresql://owner@127.0.0.1:{port}/{{}}"
    try:
        run(str(found / "initdb"), "-D", data, "-U", "owner", "-A", "trust", "-E", "UTF8", "--no-sync")
        options = f"{listen} -k {place} -c max_connections=200 {settings}"
        run(control, "-D", data, "-w", "-l", str(place / "log"), "-o", options, "start")
        try:
            yield address
        finally:
            run(control, "-D", data, "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(place, ignore_errors=True)
