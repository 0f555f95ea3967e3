"""Which format a file has, told by its content: a wrong suffix does no harm."""

from __future__ import annotations

from scenechange.errors import PhotoError
from scenechange.io.ifd import read_layout
from scenechange.io.tiff import is_raw_tiff

FORMATS = "JPEG, PNG, WebP, TIFF, HEIC, AVIF or a camera's RAW"
_RAW_SUFFIXES = frozenset(
    {
        ".3fr", ".arw", ".cr2", ".cr3", ".crw", ".dcr", ".dng", ".erf", ".iiq",
        ".k25", ".kdc", ".mef", ".mos", ".mrw", ".nef", ".nrw", ".orf", ".pef",
        ".raf", ".raw", ".rw2", ".rwl", ".sr2", ".srf", ".srw", ".x3f",
    }
)  # fmt: skip
_RAW_STARTS = (b"FUJIFILMCCD-RAW", b"IIRO", b"IIRS", b"MMOR", b"IIU\0", b"FOVb", b"\0MRM", b"II\x1a\0\0\0HEAPCCDR")
_HEIC = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"})


def recognise(data: bytes, suffix: str = "") -> str:
    """Name of the format: "jpeg", "png", "webp", "tiff", "heic", "avif" or "raw".

    Parameters
    ----------
    data : bytes
        The file.
    suffix : str
        Suffix of its name in lower case; it only helps to tell RAW files that are built like TIFF.

    Raises
    ------
    PhotoError
        Not a photo.
    """
    if data.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "webp"
    if data[4:8] == b"ftyp":
        return _isobmff(data)
    if data.startswith(_RAW_STARTS):
        return "raw"
    if data[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+") and read_layout(data) is not None:
        return "raw" if suffix in _RAW_SUFFIXES or is_raw_tiff(data) else "tiff"
    raise PhotoError(f"not a photo this program can read: wanted {FORMATS}")


def _isobmff(data: bytes) -> str:
    """HEIC, AVIF and CR3 share a container; its first box lists the brands it keeps to."""
    box = data[8 : max(16, min(int.from_bytes(data[:4]), 4096))]
    brands = {box[:4], *(box[i : i + 4] for i in range(8, len(box), 4))}
    if b"crx " in brands:
        return "raw"
    if brands & {b"avif", b"avis"}:
        return "avif"
    if brands & _HEIC:
        return "heic"
    raise PhotoError(f"a video, or another file this program cannot read: wanted {FORMATS}")
