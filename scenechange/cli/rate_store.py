"""``scenechange rate status``, ``export``, ``erase`` and ``approve``: the organiser's work on a study's database."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from scenechange.cli.console import Json, Overwrite, emit, say

StudyFile = Annotated[Path, typer.Argument(help="The study file.", metavar="STUDY")]
Database = Annotated[
    str,
    typer.Option("--database", help="File or postgresql://... (default: beside the study file).", metavar="ADDRESS"),
]


def status(study: StudyFile, database: Database = "", as_json: Json = False) -> None:
    """Show how far a study is: sessions, votes, balance, and sessions that look careless."""
    from scenechange.ratings.opening import open_service

    with open_service(study, database, must_exist=True) as service:
        now, payments, complete = service.status(), dict(service.payments()), service.is_complete()
    if as_json:
        doubts = {rater.rater: list(rater.doubts) for rater in now.suspicious}
        emit(
            {
                "study": now.study, "sessions": {str(k): v for k, v in now.sessions.items()}, "votes": now.votes,
                "wanted": now.wanted, "spread": now.spread, "per_unit": dict(now.per_unit),
                "open_leases": now.open_leases, "doubts": doubts, "payments": payments, "closed": now.closed,
                "complete": complete,
            }
        )  # fmt: skip
        return
    typer.echo(f"study       {now.study}{' (closed to new sessions)' if now.closed else ''}")
    typer.echo("sessions    " + (", ".join(f"{n} {state}" for state, n in now.sessions.items() if n) or "none"))
    typer.echo(f"votes       {now.votes} of {now.wanted} wanted; {now.open_leases} trials are given out")
    if complete:
        typer.echo("complete    everything has its votes; more would cost workers' time and change little")
    fewest, most = min(now.per_unit.values(), default=0), max(now.per_unit.values(), default=0)
    typer.echo(f"balance     {fewest} to {most} votes each for {len(now.per_unit)} units")
    typer.echo("payments    " + (", ".join(f"{n} {standing}" for standing, n in payments.items()) or "none"))
    for rater in now.suspicious:
        right = f", {rater.gold_right} of {rater.gold_asked} known answers" if rater.gold_asked else ""
        typer.echo(f"look at     {rater.rater}: {', '.join(rater.doubts)} ({rater.votes} votes{right})")


def export(
    study: StudyFile,
    output: Annotated[Path, typer.Option("--output", "-o", help="File that ends in .csv, .json or .parquet.")],
    database: Database = "",
    fields: Annotated[
        list[str] | None,
        typer.Option("--field", help="Question whose answers become a column. Repeatable.", metavar="NAME"),
    ] = None,
    times: Annotated[bool, typer.Option("--times/--no-times", help="Write how long each answer took.")] = True,
    overwrite: Overwrite = False,
    as_json: Json = False,
) -> None:
    """Write the test votes to a table in which nobody can be recognised; refuses if somebody could be."""
    from scenechange.ratings.export import export_study
    from scenechange.ratings.opening import open_service

    with open_service(study, database, must_exist=True) as service:
        table = export_study(service, output, fields=fields or (), times=times, overwrite=overwrite)
    if as_json:
        emit({"output": str(output), "rows": len(table.rows), "columns": list(table.columns)})
    else:
        say(f"{output}: {len(table.rows)} votes; raters have new names in every export")


def erase(
    study: StudyFile,
    database: Database = "",
    receipt: Annotated[str, typer.Option("--receipt", help="Receipt code; asked for if not given.")] = "",
    votes_only: Annotated[
        bool, typer.Option("--votes-only", help="Withdraw votes and answers, but keep what payment needs.")
    ] = False,
    expired: Annotated[
        bool, typer.Option("--expired", help="Instead cut votes from workers for sessions past the retention.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Erase a session by its receipt code, leaving no trace in the database's files; or all that is expired."""
    from scenechange.ratings.opening import open_service

    with open_service(study, database, must_exist=True) as service:
        if expired:
            number = service.purge_expired()
            act, complete = {"act": "purge", "sessions": number}, service.scrub()
        else:
            code = receipt or _asked()
            stone = service.withdraw(code) if votes_only else service.erase(code)
            act, complete = {"act": stone.act, "day": stone.day}, stone.complete
    if as_json:
        emit({**act, "complete": complete})
        return
    say(f"{act['act']}: done" + (f", {act['sessions']} sessions" if expired else ""))
    if not complete:
        say("others read the database all the time: run `scenechange rate erase STUDY --expired` at a quiet moment")


def _asked() -> str:
    """The receipt code: typed unseen, or one line of a pipe."""
    from scenechange.errors import InputError

    if sys.stdin is not None and sys.stdin.isatty():
        return str(typer.prompt("Receipt code", hide_input=True))
    code = sys.stdin.readline().strip() if sys.stdin is not None else ""
    if not code:
        raise InputError("erase: wanted a receipt code, as --receipt CODE or in the first line of the input, got none")
    return code


def approve(
    study: StudyFile,
    database: Database = "",
    participants: Annotated[
        Path | None, typer.Option("--participants", help="File with one participant's id a line.", metavar="FILE")
    ] = None,
    everybody: Annotated[bool, typer.Option("--all", help="Delete the payment rows of all who are done.")] = False,
    as_json: Json = False,
) -> None:
    """Say which participants are done, line by line without their ids, and delete the payment rows of those."""
    from scenechange.errors import InputError
    from scenechange.ratings.opening import open_service

    if (participants is None) == (not everybody):
        raise InputError("approve: wanted either --participants FILE or --all")
    if participants is not None and not participants.is_file():
        raise InputError(f"{participants.name}: no such file; wanted one participant's id a line")
    ids = None if participants is None else participants.read_text(encoding="utf-8").split("\n")
    ids = ids[:-1] if ids and not ids[-1].strip() else ids
    with open_service(study, database, must_exist=True) as service:
        approval = service.approve(ids)
    if as_json:
        emit({"standing": list(approval.standing), "deleted": approval.deleted, "left": dict(approval.left)})
        return
    for number, standing in enumerate(approval.standing, 1):
        typer.echo(f"line {number}: {standing}")
    say(f"{approval.deleted} payment rows deleted, {sum(approval.left.values())} left")
