"""One thing that a file may say of itself: that it was put together from several photos.

A fixed packet, the same for every picture: nothing of the photos, the people or the time is in it.
References: ISO 16684-1 (XMP) and part 3 of Adobe's XMP specification (where formats hold it); IPTC Photo Metadata
Standard 2024.1, Digital Source Type, with the value "Composite of captured elements" of IPTC's NewsCodes: all elements
are captures of real life, none was generated.
"""

from __future__ import annotations

import struct
import zlib

SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/compositeCapture"
_PACKET = f"""<?xpacket begin="\N{ZERO WIDTH NO-BREAK SPACE}" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
 Iptc4xmpExt:DigitalSourceType="{SOURCE_TYPE}"/>
</rdf:RDF></x:xmpmeta>
<?xpacket end="r"?>"""
TIFF_TAG = 700
"""Number of the TIFF tag that holds a packet."""


def composite_packet() -> bytes:
    """The packet in UTF-8."""
    return _PACKET.encode()


def png_chunk(kind: bytes, content: bytes) -> bytes:
    """A chunk of a PNG file, with its length and checksum."""
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
