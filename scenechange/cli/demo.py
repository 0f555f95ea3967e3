"""``scenechange demo``: a first real picture from photos that are free to show."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from scenechange.cli.console import Json, Offline, emit, ensure_weights, say, stages

SUBJECT = "demo-astronaut"
SCENES = ("demo-china", "demo-rocket", "demo-eiffel")


def demo(
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder to write into.")],
    as_json: Json = False,
    offline: Offline = False,
) -> None:
    """Make first pictures from example photos: composites, the cut-out, a contact sheet of all stages."""
    from scenechange import io, weights
    from scenechange.pipeline import LAYER_STAGES, SCENE_STAGES, SUBJECT_STAGES, change_scene, prepare_subject
    from scenechange.sheet import stages_sheet
    from scenechange.types import Recipe

    output.mkdir(parents=True, exist_ok=True)
    total = len(SUBJECT_STAGES) + len(SCENES) * (len(SCENE_STAGES) + len(LAYER_STAGES)) + 2
    ensure_weights(Recipe())
    paths = {name: weights.path_of(name) for name in (SUBJECT, *SCENES)}
    written = []
    with stages(total) as (started, watch):
        started("load")
        subject = prepare_subject(io.load_photo(paths[SUBJECT]), on_progress=started)
        for number, name in enumerate(SCENES):
            result = change_scene(subject, io.load_photo(paths[name]), on_progress=started)
            written.append(output / f"{name.removeprefix('demo-')}.jpg")
            io.save(result, written[-1])
            if number == 0:
                started("save")
                io.save(subject.cutout, output / "cutout.png")
                io.save(stages_sheet(result), output / "stages.jpg")
                written += [output / "cutout.png", output / "stages.jpg"]
    for name in (SUBJECT, *SCENES):
        say(f"{name}: {weights.entry(name).credit}")
    for path in written:
        if as_json:
            emit({"output": str(path)})
        else:
            typer.echo(str(path))
    say(f"{sum(watch.seconds.values()):.1f} s")
