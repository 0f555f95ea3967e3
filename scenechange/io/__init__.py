"""Between files and light: the only place for uint8, HWC and BGR."""

from scenechange.io.load import load_photo
from scenechange.io.quantize import from_uint8, from_uint16, resized_uint8, to_uint8, to_uint16
from scenechange.io.save import check_writable, cutout_rgba, encoded, save, write_text

__all__ = [
    "check_writable",
    "cutout_rgba",
    "encoded",
    "from_uint8",
    "from_uint16",
    "load_photo",
    "resized_uint8",
    "save",
    "to_uint8",
    "to_uint16",
    "write_text",
]
