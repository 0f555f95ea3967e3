"""``scenechange calibrate`` and ``scenechange light``: what a photo says of its camera and its light."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

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

if TYPE_CHECKING:
    import numpy as np

    from scenechange.types import Camera, Ground, Photo

Overlay = Annotated[
    Path | None,
    typer.Option("--overlay", help="Picture to draw what was found on, or a folder.", metavar="OUT.png"),
]
Photos = Annotated[list[Path], typer.Argument(help="Photos to measure.", metavar="PHOTO…")]


def calibrate(
    photos: Photos,
    as_json: Json = False,
    method: MethodOptions = None,
    option: FieldOptions = None,
    overlay: Overlay = None,
    overwrite: Overwrite = True,
    offline: Offline = False,
) -> None:
    """Measure focal length, pitch, roll, horizon and height of the camera, each with a standard deviation."""
    from scenechange import io, registry
    from scenechange.cli.arguments import recipe_of

    recipe = recipe_of(None, method, option)
    find = registry.make("calibrate", recipe.methods.get("calibrate"))
    stand = registry.make("ground", recipe.methods.get("ground"))
    drawings = dict(zip(photos, outputs_for(photos, overlay, ".png"), strict=True)) if overlay else {}
    for drawing in drawings.values():
        io.check_writable(drawing, overwrite=overwrite)
    ensure_weights(recipe, *(("calibrate", "ground") if overlay else ("calibrate",)))

    def work(path: Path) -> None:
        photo = io.load_photo(path)
        explain = getattr(find, "explain", None)
        reading = explain(photo) if explain is not None and overlay else None
        camera = reading.camera if reading is not None else find(photo)
        notes: tuple[str, ...] = ()
        if overlay:
            ground = stand(photo, camera)
            notes = ground.notes
            _draw(photo, camera, ground, reading.families if reading else (), drawings[path], overwrite)
        width = camera.size_hw[1]
        result = {
            "photo": str(path),
            "f_px": camera.f_px,
            "vfov_deg": camera.vfov_deg,
            "pitch_deg": camera.pitch_deg,
            "roll_deg": camera.roll_deg,
            "horizon_px": [camera.horizon_y(0), camera.horizon_y(width - 1)],
            "camera_height_m": camera.height_m,
            "f_sd_px": camera.f_sd_px,
            "pitch_sd_deg": camera.pitch_sd_deg,
            "roll_sd_deg": camera.roll_sd_deg,
            "camera_height_sd_m": camera.height_sd_m,
            "horizon_sd_px": camera.horizon_spread_px,
            "evidence": list(camera.evidence),
            "notes": list(notes),
        }
        _show(
            result,
            as_json,
            f"{path}: pitch {camera.pitch_deg:+.1f} +- {camera.pitch_sd_deg:.1f} deg, "
            f"roll {camera.roll_deg:+.1f} +- {camera.roll_sd_deg:.1f} deg, "
            f"f {camera.f_px:.0f} +- {camera.f_sd_px:.0f} px, "
            f"height {camera.height_m:.2f} +- {camera.height_sd_m:.2f} m ({'; '.join(camera.evidence)})"
            + "".join(f"\n  {note}" for note in notes),
        )

    each(photos, work)


def light(
    photos: Photos,
    as_json: Json = False,
    method: MethodOptions = None,
    option: FieldOptions = None,
    overlay: Annotated[
        Path | None, typer.Option(metavar="OUT.png", help="Draw the light over the photo (one photo only).")
    ] = None,
    offline: Offline = False,
) -> None:
    """Measure colour, level, direction and softness of the light, each with a standard deviation."""
    from scenechange import io, registry
    from scenechange.cli.arguments import recipe_of
    from scenechange.errors import InputError
    from scenechange.overlay.light import light_overlay

    recipe = recipe_of(None, method, option)
    find_camera = registry.make("calibrate", recipe.methods.get("calibrate"))
    ensure_weights(recipe, "calibrate", "light")
    find_light = registry.make("light", recipe.methods.get("light"))
    if overlay is not None and len(photos) != 1:
        raise InputError(f"--overlay: wanted one photo, got {len(photos)}; call the command once for each")

    def work(path: Path) -> None:
        photo = io.load_photo(path)
        camera = find_camera(photo)
        found = find_light(photo, camera)
        if overlay is not None:
            io.save(light_overlay(photo, camera, found), overlay)
        result = {
            "photo": str(path),
            "toward": list(found.toward),
            "toward_sd_deg": found.toward_sd_deg,
            "cct_k": found.cct_k,
            "cct_sd_k": found.cct_sd_k,
            "level": found.level,
            "level_sd": found.level_sd,
            "ambient_ratio": found.ambient_ratio,
            "ambient_sd": found.ambient_sd,
            "sunlit": found.sunlit,
            "shade_rgb": list(found.shade_rgb) if found.shade_rgb is not None else None,
            "evidence": list(found.evidence),
        }
        toward = ", ".join(f"{v:+.2f}" for v in found.toward)
        _show(
            result,
            as_json,
            f"{path}: toward [{toward}] +- {found.toward_sd_deg:.0f} deg, {found.cct_k:.0f} +- {found.cct_sd_k:.0f} K, "
            f"level {found.level:.2f}, ambient {found.ambient_ratio:.2f} +- {found.ambient_sd:.2f}, "
            f"sunlit with {100 * found.sunlit:.0f} % "
            f"({'; '.join(found.evidence)})",
        )

    each(photos, work)


def _draw(
    photo: Photo, camera: Camera, ground: Ground, families: tuple[np.ndarray, ...], path: Path, overwrite: bool
) -> None:
    from scenechange import io
    from scenechange.overlay.camera import camera_overlay

    io.save(camera_overlay(photo, camera, ground, families), path, overwrite=overwrite)


def _show(result: dict[str, Any], as_json: bool, text: str) -> None:
    if as_json:
        emit(result)
    else:
        typer.echo(text)
