"""``scenechange rate demo``: a study to look at, in one command."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Annotated

import typer

from scenechange.cli.console import Json, say
from scenechange.cli.rate_serve import join_links, listen, serve


def demo(
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder of the study; an old one goes on.")] = Path(
        "rate-demo"
    ),
    port: Annotated[int, typer.Option("--port", help="Port to listen at.", min=1)] = 8000,
    raters: Annotated[int, typer.Option("--raters", min=0, help="Let so many synthetic raters vote first.")] = 0,
    as_json: Json = False,
) -> None:
    """Start a study on ten drawn pictures with SQLite, and print the links for workers and for the organiser."""
    listen("127.0.0.1", port).close()  # before anything is written, and before raters visit whoever has the port
    study = output / "study.toml"
    if not study.exists():
        _make(output, study)
    if raters:
        threading.Thread(target=_visit, args=(study, f"http://127.0.0.1:{port}", raters), daemon=True).start()
    serve(study, port=port, as_json=as_json)


def _make(folder: Path, study: Path) -> None:
    from scenechange.errors import OutputError
    from scenechange.ratings.example_pictures import write_example_pictures
    from scenechange.ratings.starting import start_study

    try:
        write_example_pictures(folder / "pictures")
    except OSError as error:
        raise OutputError(f"{folder}: cannot be written ({error.strerror})") from error
    start_study(folder / "pictures", study, contact="organiser@example.org", name="demo", endless=True)


def _visit(study_file: Path, address: str, count: int) -> None:
    """Synthetic raters come in as soon as somebody answers; a fifth of them do not look."""
    from scenechange.ratings.opening import open_service
    from scenechange.ratings.simulation.raters import Population, draw_quality
    from scenechange.ratings.simulation.rehearsal import rehearse

    with open_service(study_file) as service:
        (link,) = join_links(service, address, 0, "", 1.0)
    felt = draw_quality(service.study, {"careful": 4.1, "paste": 2.5}, 0)
    done = rehearse([link], service.study, Population(careless=0.2).draw(count, 0), felt, at_once=2)
    say(f"{done.finished} synthetic raters have voted")
