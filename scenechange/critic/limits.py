"""How small a gap is seen: the just-noticeable difference of each cue, with where the number comes from."""

from __future__ import annotations

from scenechange.types import value


@value
class Limit:
    """A cue's unit, its just-noticeable difference, the source of that number, and the option that mends it."""

    unit: str
    jnd: float
    source: str
    remedy: str


_LIGHTNESS = "2.3 CIELAB units: Mahy, Van Eycken & Oosterlinck, Color Res. Appl. 19 (1994)"
_CONTRAST = "a fifth of a contrast: Legge & Foley, J. Opt. Soc. Am. 70 (1980)"

LIMITS = {
    "size": Limit("% of height", 10.0, "7 to 14 %: Solomon, Morgan & Chubb, J. Vision 11(12):13 (2011)", "place.scale"),
    "ground contact": Limit("stops", 0.15, f"{_LIGHTNESS}, at mid grey", "shadow.contact"),
    "colour temperature": Limit("mired", 5.5, "Judd, J. Opt. Soc. Am. 23 (1933)", "harmonize.warmth"),
    "exposure": Limit("stops", 0.15, f"{_LIGHTNESS}, at mid grey", "harmonize.brightness_ev"),
    "contrast": Limit("%", 20.0, _CONTRAST, "harmonize.strength"),
    "saturation": Limit("%", 20.0, f"taken as that of contrast: {_CONTRAST}", "harmonize.strength"),
    "light direction": Limit(
        "degrees", 30.0, "Lopez-Moreno, Sundstedt, Sangorrin & Gutierrez, APGV (2010)", "place.flip"
    ),
    "shadow": Limit("stops", 0.15, f"{_LIGHTNESS}, at mid grey", "shadow.strength"),
    "sharpness": Limit("%", 15.0, "Watson & Ahumada, J. Vision 11(5):10 (2011), a review", "optics.blur_limit"),
    "grain": Limit("levels of 255", 0.6, "our own limit: less than one step of an 8-bit file", "optics.grain"),
    "edge halo": Limit("CIELAB units", 2.3, _LIGHTNESS, "matte"),
    "perspective": Limit(
        "degrees", 10.0, "our own limit: no published threshold for people in photos was found", "place.at_xy"
    ),
}
