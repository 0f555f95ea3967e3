"""RAW files of cameras, developed by LibRaw (extra ``raw``) to linear Rec. 709 with the camera's white balance.

No tone curve and no automatic brightness: the picture is the sensor's light, so it looks darker than the JPEG that
the camera makes of it.
"""

from __future__ import annotations

import io
from dataclasses import replace

from scenechange.errors import MissingExtraError, PhotoError
from scenechange.io.encoding import LINEAR
from scenechange.io.raster import Raster, check_size, from_channels


def decode_raw(data: bytes, max_pixels: int) -> Raster:
    """Develop a RAW file in 16 bits; LibRaw turns it upright. EXIF is read from files that are built like TIFF.

    Raises
    ------
    MissingExtraError
        rawpy is not installed.
    """
    try:
        import rawpy
    except ImportError as error:
        raise MissingExtraError(
            "this is a camera's RAW file, which needs rawpy: pip install 'scenechange[raw]', or export a JPEG or TIFF"
        ) from error
    try:
        with rawpy.imread(io.BytesIO(data)) as raw:
            sizes = raw.sizes
            for width, height in ((sizes.raw_width, sizes.raw_height), (sizes.iwidth, sizes.iheight)):
                check_size(width, height, max_pixels)
            pixels = raw.postprocess(
                use_camera_wb=True,
                output_color=rawpy.ColorSpace.sRGB,
                gamma=(1, 1),
                no_auto_bright=True,
                output_bps=16,
            )
    except rawpy.LibRawError as error:
        raise PhotoError("LibRaw cannot develop this RAW file: it is damaged, or its camera is unknown") from error
    return replace(from_channels(pixels, top=65535), encoding=LINEAR, exif=data, orientation=1)
