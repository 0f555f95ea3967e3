"""Pictures as workers get them: under an opaque name, checked against the study's hash, without metadata.

The picture itself is not decoded or compressed again, since that would change what is rated: only the parts of the file
that a browser needs to show it are passed on. References: ITU-T T.81, annex B (JPEG); W3C PNG, third edition; RFC 9649
(WebP).
"""

from __future__ import annotations

import hashlib
import struct
import threading
import zlib
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path

from scenechange.errors import PhotoError
from scenechange.ratings.failures import UnknownPictureError
from scenechange.ratings.keys import Keys
from scenechange.ratings.records import Item, Study

CACHE_BYTES = 256 << 20
_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_KEPT = frozenset(
    (b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP", b"sBIT")
)
_WEBP_KEPT = frozenset((b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ICCP"))
_BARE = frozenset({0x01, *range(0xD0, 0xD8)})


class Pictures:
    """The pictures of a study, kept in memory once read, up to 256 MB.

    Parameters
    ----------
    study : Study
        Whose items they are.
    keys : Keys
        For their opaque names.
    """

    def __init__(self, study: Study, keys: Keys) -> None:
        self._tokens = {item.item: keys.name("picture", study.name, item.item) for item in study.items}
        self._items = {self._tokens[item.item]: item for item in study.items}
        self._kept: OrderedDict[str, tuple[tuple[int, int], bytes, str]] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def token(self, item: str) -> str:
        """Opaque name of an item; the same as long as study and secret are."""
        try:
            return self._tokens[item]
        except KeyError:
            raise UnknownPictureError(f"no picture of the study is called {item!r}") from None

    def read(self, token: str) -> tuple[bytes, str]:
        """Bytes to serve and their media type, see `Service.picture`."""
        item = self._items.get(token)
        if item is None:
            raise UnknownPictureError("no picture has this name: open your link again")
        if (kept := self.at_hand(token)) is not None:
            return kept
        stamp = _stamp(item.path)
        data, media_type = without_metadata(_checked(item))
        self._keep(token, stamp, data, media_type)
        return data, media_type

    def at_hand(self, token: str) -> tuple[bytes, str] | None:
        """What `read` would give, where it is in memory and the file is as it was; None otherwise."""
        item = self._items.get(token)
        if item is None or token not in self._kept:
            return None
        stamp = _stamp(item.path)
        with self._lock:
            kept = self._kept.get(token)
            if kept is None or kept[0] != stamp:
                return None
            self._kept.move_to_end(token)
            return kept[1], kept[2]

    def _keep(self, token: str, stamp: tuple[int, int], data: bytes, media_type: str) -> None:
        with self._lock:
            before = self._kept.pop(token, None)
            self._size += len(data) - (len(before[1]) if before else 0)
            self._kept[token] = (stamp, data, media_type)
            while self._size > CACHE_BYTES and len(self._kept) > 1:
                _, (_, gone, _) = self._kept.popitem(last=False)
                self._size -= len(gone)


def _stamp(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError as error:
        raise PhotoError(f"{path.name}: cannot be read ({error.strerror}): put the picture back") from error
    return found.st_mtime_ns, found.st_size


def _checked(item: Item) -> bytes:
    try:
        data = item.path.read_bytes()
    except OSError as error:
        raise PhotoError(f"{item.path.name}: cannot be read ({error.strerror}): put the picture back") from error
    if hashlib.sha256(data).hexdigest() != item.sha256:
        raise PhotoError(f"{item.path.name}: not the picture the study began with (sha256 differs): put that one back")
    return data


def without_metadata(data: bytes) -> tuple[bytes, str]:
    """A JPEG, PNG or WebP file with nothing but picture and colour description, and its media type.

    Kept are pixels, ICC profile or other colour description, and the orientation; gone are EXIF (camera, place, time,
    thumbnail), XMP, comments, embedded further pictures and whatever follows the picture.

    Raises
    ------
    PhotoError
        Another kind of file, or a damaged one.
    """
    if data.startswith(b"\xff\xd8\xff"):
        return _bare_jpeg(data), "image/jpeg"
    if data.startswith(_PNG):
        return _bare_png(data), "image/png"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return _bare_webp(data), "image/webp"
    raise PhotoError("wanted a JPEG, PNG or WebP file, which every browser shows: convert the picture")


# What of application data a decoder needs: density (JFIF), and how colours are coded (Adobe). Bytes of the body.
_NEEDED = {(0xE0, b"JFIF\0"): 14, (0xEE, b"Adobe"): 12}


def _bare_jpeg(data: bytes) -> bytes:
    kept, orientation, at = [], 1, 2
    while True:
        marker, end = _segment(data, at)
        body = data[at + 4 : end]
        if marker == 0xE1 and body.startswith(b"Exif\0"):
            orientation = _orientation(body)
        is_colour = marker == 0xE2 and body.startswith(b"ICC_PROFILE\0")
        if (length := _NEEDED.get((marker, body[:5]))) and len(body) >= length:
            kept.append(bytes((0xFF, marker)) + (length + 2).to_bytes(2) + body[: length - 2 * (marker == 0xE0)])
            kept.append(b"\0\0" if marker == 0xE0 else b"")  # no thumbnail
        elif (not 0xE0 <= marker <= 0xEF and marker != 0xFE) or is_colour:
            kept.append(data[at:end])
        at = end
        if marker == 0xDA:
            at = _end_of_scan(data, at)
            kept.append(data[end:at])
        if marker == 0xD9:
            break
    return b"\xff\xd8" + _orientation_segment(orientation) + b"".join(kept)


def _segment(data: bytes, at: int) -> tuple[int, int]:
    """Marker at a place, and where its segment ends."""
    while data[at : at + 2] == b"\xff\xff":
        at += 1
    if data[at : at + 1] != b"\xff" or at + 2 > len(data):
        raise PhotoError("the JPEG file is damaged or truncated: save it again")
    marker = data[at + 1]
    if marker == 0xD9 or marker in _BARE:
        return marker, at + 2
    end = at + 2 + int.from_bytes(data[at + 2 : at + 4])
    if end > len(data) or end < at + 4:
        raise PhotoError("the JPEG file is damaged or truncated: save it again")
    return marker, end


def _end_of_scan(data: bytes, at: int) -> int:
    """Where the compressed pixels that start here end: at the first marker that is no restart or stuffed byte."""
    while True:
        at = data.find(b"\xff", at)
        if at < 0 or at + 2 > len(data):
            raise PhotoError("the JPEG file is truncated: save it again")
        if data[at + 1] != 0 and data[at + 1] != 0xFF and data[at + 1] not in _BARE:
            return at
        at += 1 if data[at + 1] == 0xFF else 2


def _orientation(exif: bytes) -> int:
    """Orientation, 1 to 8, of an EXIF block; 1 where it has none (CIPA DC-008, tag 0112)."""
    from scenechange.io.exif import read_exif

    return read_exif(exif).orientation


def _tiff(orientation: int) -> bytes:
    return b"MM\0*\0\0\0\x08" + struct.pack(">HHHIHHI", 1, 0x0112, 3, 1, orientation, 0, 0)


def _orientation_segment(orientation: int) -> bytes:
    if orientation == 1:
        return b""
    body = b"Exif\0\0" + _tiff(orientation)
    return b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body


def _bare_png(data: bytes) -> bytes:
    kept, orientation = [data[:8]], 1
    for name, start, end in _png_chunks(data):
        if name in _PNG_KEPT:
            kept.append(data[start:end])
        elif name == b"eXIf":
            orientation = _orientation(data[start + 8 : end - 4])
    if orientation != 1:
        chunk = b"eXIf" + _tiff(orientation)
        whole = struct.pack(">I", len(chunk) - 4) + chunk + struct.pack(">I", zlib.crc32(chunk))
        kept.insert(2, whole)  # after the header
    return b"".join(kept)


def _png_chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    at, name = 8, b""
    while name != b"IEND":
        name, end = data[at + 4 : at + 8], at + 12 + int.from_bytes(data[at : at + 4])
        if end > len(data) or len(name) < 4:
            raise PhotoError("the PNG file is truncated: save it again")
        yield name, at, end
        at = end


def _bare_webp(data: bytes) -> bytes:
    kept, orientation, at, canvas = [], 1, 12, b""
    end_of_file = 8 + int.from_bytes(data[4:8], "little")
    if end_of_file > len(data):
        raise PhotoError("the WebP file is truncated: save it again")
    while at + 8 <= end_of_file:
        name, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        end = at + 8 + size + size % 2
        if name == b"ANIM":
            raise PhotoError("the WebP file is an animation: use a still picture")
        if name == b"VP8X":
            # Flags: 0x20 profile, 0x10 alpha, 0x08 EXIF, 0x04 XMP, 0x02 animation
            canvas = data[at : at + 8] + bytes([data[at + 8] & 0x30]) + data[at + 9 : end]
        elif name == b"EXIF":
            orientation = _orientation(data[at + 8 : at + 8 + size])
        elif name in _WEBP_KEPT:
            kept.append(data[at:end])
        at = end
    if canvas and orientation != 1:
        canvas = canvas[:8] + bytes([canvas[8] | 0x08]) + canvas[9:]
        exif = _tiff(orientation)
        kept.append(b"EXIF" + struct.pack("<I", len(exif)) + exif)
    body = b"WEBP" + canvas + b"".join(kept)
    return b"RIFF" + struct.pack("<I", len(body)) + body
