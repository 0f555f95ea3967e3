"""``scenechange rate init``: from a folder of pictures to a study file, and what was understood of it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from scenechange.cli.console import Json, emit, say
from scenechange.ratings.records import Kind

if TYPE_CHECKING:
    from scenechange.ratings.records import Study


def init(
    pictures: Annotated[
        Path, typer.Argument(help="Folder of pictures, as SYSTEM/SOURCE.jpg or SYSTEM_SOURCE.jpg; or a study file.")
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="Study file to write.")] = Path("study.toml"),
    contact: Annotated[str, typer.Option("--contact", help="Whom workers may write to.")] = "",
    design: Annotated[Kind, typer.Option("--design", help="What is asked in a trial.")] = Kind.ACR,
    original: Annotated[str, typer.Option("--original", help="System whose pictures are the originals.")] = "",
    name: Annotated[str, typer.Option("--name", help="Short name of the study.")] = "my-study",
    as_json: Json = False,
) -> None:
    """Write a commented study file and a table of its items; or check a study file that is there."""
    from scenechange.ratings.study import load_study

    if pictures.suffix == ".toml":
        path = pictures
    else:
        from scenechange.ratings.starting import start_study

        start_study(pictures, output, contact=contact, kind=design, original=original, name=name)
        path = output
    found = understood(load_study(path)) | {"study": str(path)}
    if as_json:
        emit(found)
        return
    for key, value in found.items():
        typer.echo(f"{key:20} {value if not isinstance(value, dict) else _in_words(value)}")
    say(f"next: read {path}, then `scenechange rate serve {path}`")


def understood(study: Study) -> dict[str, Any]:
    """What a study will do, in figures an organiser can check.

    Parameters
    ----------
    study : Study
        A loaded study.

    Returns
    -------
    dict
        JSON-able: name, design, languages, items by role, systems, sources, units, sessions needed and so on.
    """
    from scenechange.ratings.assignment import votes_per_unit
    from scenechange.ratings.designs import all_units
    from scenechange.ratings.records import Role

    tests = study.of_role(Role.TEST)
    votes = len(all_units(study)) * votes_per_unit(study)
    design = study.design
    scale = f", {design.points} points" if design.kind in (Kind.ACR, Kind.DCR) else ""
    return {
        "name": study.name,
        "design": f"{design.kind}{scale}, {design.assignment}",
        "languages": list(study.languages),
        "items": dict(Counter(item.role.value for item in study.items)),
        "pictures_of_system": dict(Counter(item.system for item in tests)),
        "sources": len({item.source for item in tests}),
        "teams": sorted({item.team for item in study.items} - {""}),
        "units": len(all_units(study)),
        "votes_wanted": votes,
        "trials_per_session": study.trials_per_session,
        "gold_per_session": study.gold_per_session,
        "repeated": study.repeated,
        "sessions_needed": -(-votes // study.trials_per_session),
        "fields_collected": [field.name for field in study.fields],
        "retention_days": study.retention_days,
        "platform": study.platform.value,
    }


def _in_words(counts: dict[str, int]) -> str:
    return ", ".join(f"{key} {value}" for key, value in counts.items()) or "none"
