"""``scenechange rate simulate``: synthetic raters on the real pages, or on paper to find how many are needed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scenechange.cli.console import Json, emit, say
from scenechange.errors import InputError

if TYPE_CHECKING:
    from scenechange.ratings.records import Study
    from scenechange.ratings.simulation.raters import Population


def simulate(
    study_file: Annotated[Path, typer.Argument(help="The study file.", metavar="STUDY.toml")],
    link: Annotated[list[str] | None, typer.Option("--link", help="Invitation link of the running study.")] = None,
    power: Annotated[str | None, typer.Option("--power", help="Numbers of raters to try on paper: 10,20,40.")] = None,
    raters: Annotated[int, typer.Option("--raters", min=1, help="How many raters walk through the pages.")] = 20,
    studies: Annotated[int, typer.Option("--studies", min=1, help="Simulated studies for each number.")] = 100,
    quality: Annotated[
        list[str] | None, typer.Option("--quality", help="True quality of a system, 1 to 5.", metavar="SYSTEM=3.4")
    ] = None,
    bias_sd: Annotated[float, typer.Option("--bias-sd", help="Spread of the raters' biases, points of five.")] = 0.35,
    inconsistency: Annotated[
        float, typer.Option("--inconsistency", help="Noise of one opinion, points of five.")
    ] = 0.7,
    careless: Annotated[float, typer.Option("--careless", help="Share of raters who do not look, 0 to 1.")] = 0.0,
    at_once: Annotated[int, typer.Option("--at-once", min=1, help="Raters walking at the same time.")] = 8,
    pause_ms: Annotated[int, typer.Option("--pause-ms", min=0, help="Wait before each vote.")] = 0,
    truth: Annotated[Path | None, typer.Option("--truth", help="Write what the raters felt as JSON.")] = None,
    seed: Annotated[int, typer.Option("--seed", help="Same seed, same raters.")] = 0,
    as_json: Json = False,
) -> None:
    """Rehearse a running study with synthetic raters, or find how many raters tell two systems apart."""
    from scenechange.ratings.simulation.raters import Population
    from scenechange.ratings.study import load_study

    if bool(link) == bool(power):
        raise InputError("simulate: wanted either --link LINK (rehearse) or --power 10,20,40 (on paper)")
    study = load_study(study_file)
    systems = _qualities(quality or [])
    population = Population(bias_sd, inconsistency, careless)
    if power:
        _power(study, systems, population, _numbers(power), studies, seed, as_json)
        return
    _rehearse(study, systems, population, link or [], raters, at_once, pause_ms, truth, seed, as_json)


def _rehearse(
    study: Study,
    systems: dict[str, float],
    population: Population,
    links: list[str],
    raters: int,
    at_once: int,
    pause_ms: int,
    truth: Path | None,
    seed: int,
    as_json: bool,
) -> None:
    from scenechange.io import write_text
    from scenechange.ratings.simulation.raters import draw_quality
    from scenechange.ratings.simulation.rehearsal import rehearse

    felt, people = draw_quality(study, systems, seed), population.draw(raters, seed)
    with _bar("raters", raters) as step:
        done = rehearse(links, study, people, felt, seed, at_once=at_once, pause_s=pause_ms / 1000, on_rater=step)
    if truth is not None:
        page = {"quality": felt, "raters": [asdict(p) for p in people]}
        write_text(json.dumps(page, indent=2) + "\n", truth)
    if as_json:
        emit(asdict(done))
    else:
        typer.echo(f"{done.finished} of {done.raters} raters finished, {done.votes} votes in {done.seconds:.1f} s")
    for fault in done.faults:
        say(f"stopped: {fault}")
    if done.finished < done.raters:
        raise typer.Exit(2)


def _power(
    study: Study,
    systems: dict[str, float],
    population: Population,
    numbers: list[int],
    studies: int,
    seed: int,
    as_json: bool,
) -> None:
    from scenechange.ratings.simulation.power import power_of

    with _bar("studies", studies * len(numbers)) as step:
        for raters in numbers:
            found = power_of(study, systems, population, raters, studies, seed, on_study=step)
            if as_json:
                emit(asdict(found))
            else:
                typer.echo(
                    f"{raters:5} raters: told apart in {found.power:.0%} of studies, the wrong way round in "
                    f"{found.wrong:.0%}; interval +- {found.half_width:.2f}"
                )


@contextmanager
def _bar(what: str, total: int) -> Iterator[Callable[[], None]]:
    """A progress bar on stderr whose step may be taken from any thread."""
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
        bar = progress.add_task(what, total=total)
        yield lambda: progress.advance(bar)


def _qualities(words: list[str]) -> dict[str, float]:
    found = {}
    for word in words:
        system, _, number = word.rpartition("=")
        try:
            found[system] = float(number)
        except ValueError:
            found[system] = -1.0
        if not system or not 1 <= found[system] <= 5:
            raise InputError(f"--quality: wanted SYSTEM=3.4 with a quality of 1 to 5, got {word!r}")
    return found


def _numbers(text: str) -> list[int]:
    words = text.split(",")
    if not all(word.strip().isdigit() and int(word) >= 2 for word in words):
        raise InputError(f"--power: wanted numbers of raters, 2 or more, such as 10,20,40, got {text!r}")
    return [int(word) for word in words]
