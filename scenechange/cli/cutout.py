"""``scenechange cutout``: people without their surroundings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from scenechange.cli.console import (
    FieldOptions,
    Json,
    MethodOptions,
    Offline,
    Overwrite,
    each,
    emit,
    ensure_weights,
    outputs_for,
)

Person = Annotated[
    int | None, typer.Option("--person", help="Number of the person, counted from the left.", metavar="N")
]
Click = Annotated[
    list[str] | None,
    typer.Option("--click", help="A point on the person, or with ,0 one that is not. Repeatable.", metavar="X,Y[,0]"),
]
Scribbles = Annotated[
    Path | None, typer.Option("--scribbles", help="Strokes to keep and drop parts, as JSON.", metavar="FILE")
]
BoxOption = Annotated[str | None, typer.Option("--box", help="Box round the person.", metavar="X0,Y0,X1,Y1")]


def cutout(
    photos: Annotated[list[Path], typer.Argument(help="Photos with people.", metavar="PHOTO…")],
    output: Annotated[Path, typer.Option("--output", "-o", help="PNG, WebP or TIFF file, or a folder.")],
    person: Person = None,
    click: Click = None,
    box: BoxOption = None,
    scribbles: Scribbles = None,
    method: MethodOptions = None,
    option: FieldOptions = None,
    overwrite: Overwrite = True,
    as_json: Json = False,
    offline: Offline = False,
) -> None:
    """Cut the person out: RGBA, straight alpha, sRGB, the size of the upright photo."""
    from scenechange import io, registry
    from scenechange.cli.arguments import prompt_of, recipe_of
    from scenechange.matte.mend import marks_of, mend
    from scenechange.types import Prompt

    prompt = prompt_of(person, click, box, scribbles) or Prompt()
    recipe = recipe_of(None, method, option)
    segment = registry.make("segment", recipe.methods.get("segment"))
    matte = registry.make("matte", recipe.methods.get("matte"))
    target = dict(zip(photos, outputs_for(photos, output, ".png"), strict=True))

    for path in target.values():
        io.check_writable(path, overwrite=overwrite, has_alpha=True)
    ensure_weights(recipe, "segment", "matte")

    def work(path: Path) -> None:
        photo = io.load_photo(path)
        found = matte(photo, segment(photo, prompt))
        found = mend(photo, found, marks_of(prompt, found))
        io.save(found, target[path], overwrite=overwrite)
        height, width = found.alpha.shape[1:]
        x, y = found.offset_xy
        if as_json:
            emit({"photo": str(path), "output": str(target[path]), "box_xyxy": [x, y, x + width, y + height]})
        else:
            typer.echo(str(target[path]))

    each(photos, work)
