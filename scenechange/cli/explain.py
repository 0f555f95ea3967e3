"""``scenechange explain``: what gives a finished composite away, and how real it looks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from scenechange.cli.console import Json, Offline, emit, ensure_weights, say
from scenechange.cli.manifest import Row, composite_and_mask, rows_of
from scenechange.errors import InputError, ScenechangeError

if TYPE_CHECKING:
    from scenechange.critic.findings import Critique


def explain(
    composite: Annotated[Path | None, typer.Argument(help="Picture with a person set in.")] = None,
    mask: Annotated[
        Path | None, typer.Option("--mask", help="Grey picture, white where the person is.", metavar="M")
    ] = None,
    manifest: Annotated[
        Path | None, typer.Option("--manifest", help="CSV with columns name, composite, mask; paths relative to it.")
    ] = None,
    camera: Annotated[
        bool, typer.Option("--camera/--no-camera", help="Find the picture's camera, to judge the size; takes longer.")
    ] = False,
    language: Annotated[str, typer.Option("--language", help="Language of the sentences: en or fr.")] = "en",
    as_json: Json = False,
    offline: Offline = False,
) -> None:
    """Tell what gives a composite away: a gap, a just-noticeable limit and a remedy for each cue, and its realism.

    With --manifest one JSON object a line, with name, realism and cues.
    """
    from scenechange.critic.wording import words
    from scenechange.types import Recipe

    words(language, "size", "fine")
    if manifest is not None and composite is None and mask is None:
        rows = rows_of(manifest)
    elif manifest is None and composite is not None and mask is not None:
        rows = [Row(composite.stem, composite, mask)]
    else:
        raise InputError("explain: wanted COMPOSITE --mask M, or --manifest CSV")
    if camera:
        ensure_weights(Recipe(), "calibrate")
    failed = 0
    for row in rows:
        try:
            found = _one(row, camera)
        except ScenechangeError as error:
            if manifest is None:
                raise
            failed += 1
            say(f"error: {row.name}: {error}")
            continue
        if as_json or manifest is not None:
            emit({"name": row.name, **found.as_dict(language)})
        else:
            _tell(found, language)
    if failed:
        say(f"{failed} of {len(rows)} pictures failed")
        raise typer.Exit(2)


def _one(row: Row, with_camera: bool) -> Critique:
    from scenechange import registry
    from scenechange.critic.explain import explain as explained

    photo, mask = composite_and_mask(row.composite, row.mask)
    return explained(photo, mask, registry.make("calibrate")(photo) if with_camera else None)


def _tell(found: Critique, language: str) -> None:
    typer.echo(f"realism {found.realism:.2f}")
    for cue in found.cues:
        mark = "?" if cue.gap is None else "!" if cue.visible else " "
        typer.echo(f"{mark} {cue.name}: {cue.sentence(language)}")
