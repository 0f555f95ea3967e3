"""``scenechange compose``: the whole way, from two photos to one picture."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from scenechange.cli.console import (
    FieldOptions,
    Json,
    MethodOptions,
    Offline,
    Overwrite,
    emit,
    ensure_weights,
    say,
    stages,
)
from scenechange.cli.cutout import BoxOption, Click, Person, Scribbles
from scenechange.errors import InputError, ScenechangeError

if TYPE_CHECKING:
    from torch import Tensor

    from scenechange.critic.findings import Critique
    from scenechange.pipeline import Progress
    from scenechange.together import Guest
    from scenechange.types import Composite, Photo, Recipe, Scene


def compose(
    subject: Annotated[Path, typer.Argument(help="Photo with the person.")],
    scene: Annotated[Path, typer.Argument(help="Photo of the place.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Picture to write: JPEG, PNG, WebP or TIFF.")],
    person: Person = None,
    click: Click = None,
    box: BoxOption = None,
    scribbles: Scribbles = None,
    at: Annotated[
        str | None, typer.Option("--at", help="Where the feet go, in pixels of the scene.", metavar="X,Y")
    ] = None,
    height_m: Annotated[float | None, typer.Option("--height-m", help="Real height of the person in metres.")] = None,
    scale: Annotated[float | None, typer.Option("--scale", help="Factor on the size that was worked out.")] = None,
    flip: Annotated[bool | None, typer.Option("--flip/--no-flip", help="Mirror the person.")] = None,
    rotate: Annotated[float | None, typer.Option("--rotate", help="Extra clockwise rotation in degrees.")] = None,
    occlude: Annotated[
        str | None,
        typer.Option(
            "--occlude",
            help="What of the scene stands in front: auto, none, or a picture that is white where something does.",
            metavar="auto|none|MASK",
        ),
    ] = None,
    also: Annotated[
        list[Path] | None,
        typer.Option("--with", help="Photo of somebody who comes along. Repeatable.", metavar="PHOTO"),
    ] = None,
    also_person: Annotated[
        list[int] | None,
        typer.Option("--with-person", help="Who of the photos of --with, in their order. Repeatable.", metavar="N"),
    ] = None,
    also_at: Annotated[
        list[str] | None,
        typer.Option("--with-at", help="Where those go, in the order of --with. Repeatable.", metavar="X,Y"),
    ] = None,
    method: MethodOptions = None,
    option: FieldOptions = None,
    recipe: Annotated[Path | None, typer.Option("--recipe", help="Recipe in JSON to follow.")] = None,
    save_recipe: Annotated[
        Path | None, typer.Option("--save-recipe", help="Write the recipe that was followed.")
    ] = None,
    seed: Annotated[int | None, typer.Option("--seed", help="Seed of the grain.")] = None,
    layers: Annotated[
        Path | None, typer.Option("--layers", help="Folder for the layers and a sheet of all stages.")
    ] = None,
    mark: Annotated[
        bool, typer.Option("--mark/--no-mark", help="Say in the file's metadata that it was put together.")
    ] = False,
    bits: Annotated[int, typer.Option("--bits", help="8, or 16 for PNG and TIFF.")] = 8,
    overwrite: Overwrite = True,
    explain: Annotated[
        bool, typer.Option("--explain/--no-explain", help="Tell what still gives the picture away.")
    ] = True,
    timings: Annotated[bool, typer.Option("--timings", help="Seconds of each stage, on stderr.")] = False,
    as_json: Json = False,
    offline: Offline = False,
) -> None:
    """Put the person of SUBJECT into SCENE."""
    from scenechange import io
    from scenechange.cli.arguments import guests_of, placement_of, prompt_of, recipe_of, scene_of
    from scenechange.pipeline import LAYER_STAGES, SCENE_STAGES, SUBJECT_STAGES
    from scenechange.recipe import recipe_json
    from scenechange.types import Method

    wanted = recipe_of(recipe, method, option, seed)
    if occlude in ("auto", "none"):
        wanted = replace(
            wanted, methods={**wanted.methods, "occlude": Method({"auto": "objects"}.get(occlude, occlude))}
        )
    prompt = prompt_of(person, click, box, scribbles)
    place = placement_of(wanted.place, at_xy=at, height_m=height_m, scale=scale, flip=flip, rotate_deg=rotate)
    wanted = replace(wanted, prompt=prompt or wanted.prompt, place=place)
    io.check_writable(output, bits=bits, overwrite=overwrite)
    ensure_weights(wanted)
    more = guests_of(also, also_person, also_at)
    if more and (layers is not None or save_recipe is not None):
        raise InputError("--layers and --save-recipe tell of one person: leave them out, or leave out --with")
    per_person = len(SUBJECT_STAGES) + len(LAYER_STAGES)
    with stages((1 + len(more)) * per_person + len(SCENE_STAGES) + 3) as (started, watch):
        started("load")
        photo, where = io.load_photo(subject), scene_of(scene, occlude, wanted, started)
        results, rgb = _made(photo, where, more, wanted, started)
        started("save")
        io.save(rgb, output, bits=bits, overwrite=overwrite, marked=mark)
        if save_recipe is not None:
            io.write_text(recipe_json(results[0].recipe), save_recipe, overwrite=overwrite)
        if layers is not None:
            write_layers(results[0], layers)
        started("explain")
        critiques = [_critique(result) if explain else None for result in results]
    for note in [note for result in results for note in result.layers.notes]:
        say(f"note: {note}")
    for cue in [cue for critique in critiques if critique for cue in critique.visible]:
        say(f"still visible: {cue.sentence()}")
    if timings:
        for stage, seconds in watch.seconds.items():
            say(f"{stage:20} {seconds:7.3f} s")
        say(f"{'together':20} {sum(watch.seconds.values()):7.3f} s")
    if not as_json:
        typer.echo(str(output))
        return
    people = [_report(*pair) for pair in zip(results, critiques, strict=True)]
    report = {
        "output": str(output),
        "size": list(reversed(results[0].scene.photo.size_hw)),
        **people[0],
        "seconds": {stage: round(seconds, 4) for stage, seconds in watch.seconds.items()},
    }
    emit({**report, "people": people} if more else report)


def _made(
    photo: Photo, where: Photo | Scene, more: list[Guest], wanted: Recipe, started: Progress
) -> tuple[tuple[Composite, ...], Composite | Tensor]:
    """What was made of each person, and the picture."""
    from scenechange.pipeline import change_scene
    from scenechange.together import Guest, bring_together

    if not more:
        result = change_scene(photo, where, recipe=wanted, on_progress=started)
        return (result,), result
    group = bring_together((Guest(photo, wanted.prompt, wanted.place), *more), where, wanted, started)
    return group.composites, group.rgb


def _report(result: Composite, critique: Critique | None) -> dict[str, Any]:
    told = {} if critique is None else {"critique": critique.as_dict()}
    return {
        "feet_xy": list(result.layers.anchor_xy),
        "person_px": result.layers.stature_px,
        "window_xyxy": list(result.layers.window_xyxy),
        "notes": list(result.layers.notes),
        **told,
    }


def _critique(result: Composite) -> Critique | None:
    """What gives the picture away; None, with a word on stderr, where the person is too small or hidden to judge."""
    from scenechange.critic.explain import explain as explained

    try:
        return explained(result)
    except ScenechangeError as error:
        say(f"note: not judged: {error}")
        return None


def write_layers(result: Composite, folder: Path) -> None:
    """The cut-out, the layers at the scene's size, and a contact sheet of all stages, as PNG."""
    from scenechange import io
    from scenechange.sheet import plain_paste, stages_sheet
    from scenechange.types import Cutout

    folder.mkdir(parents=True, exist_ok=True)
    found = result.layers
    x0, y0, _, _ = found.window_xyxy
    person = Cutout(found.foreground, found.alpha * found.occlusion, (x0, y0), result.scene.photo.size_hw)
    shadow = found.background.new_ones(found.background.shape)
    shadow[:, y0 : y0 + found.shadow.shape[1], x0 : x0 + found.shadow.shape[2]] = found.shadow
    io.save(result.subject.cutout, folder / "cutout.png")
    io.save(person, folder / "person.png")
    io.save(shadow, folder / "shadow.png")
    io.save(found.background, folder / "background.png")
    io.save(plain_paste(result), folder / "paste.png")
    io.save(stages_sheet(result), folder / "stages.jpg")
