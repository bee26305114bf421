"""PDF: whole, without a password, without scripts, programs and attached files.

Looks at the names that the format gives such things, also within compressed object streams and
written with escapes. Reads no text.
"""

import re
import zlib

from content.errors import Refused

# Bytes that all compressed object streams may unpack to; object streams hold structure, not
# pictures.
MAX_OBJECTS = 32 * 1024 * 1024

_STREAM = re.compile(rb"/ObjStm\b(?:(?!endobj).){0,2000}?stream\r?\n", re.DOTALL)
_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
_REFUSED = {
    rb"/Encrypt\b": "is protected by a password. Remove it and upload again",
    rb"/(JavaScript|JS)\b": "contains scripts. Save it without them and upload that",
    rb"/Launch\b": "starts a program. Save it without that and upload it",
    rb"/(EmbeddedFile|Filespec)s?\b": "carries other files. Remove them and upload again",
    rb"/XFA\b": "is an XFA form, which runs scripts. Save it as a plain PDF",
}


def check_pdf(data: bytes) -> None:
    """Raise `Refused` with what is wrong with the file."""
    if b"%%EOF" not in data[-2048:]:
        raise Refused("The PDF is cut short. Export it again and upload that.")
    structure = _without_streams(data) + _objects(data)
    structure = _ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), structure)
    for pattern, reason in _REFUSED.items():
        if re.search(pattern, structure):
            raise Refused(f"The PDF {reason}.")


def _without_streams(data: bytes) -> bytes:
    """Drop the content of streams, whose bytes may look like anything."""
    pieces = []
    position = 0
    while (start := data.find(b"stream", position)) >= 0:
        pieces.append(data[position:start])
        end = data.find(b"endstream", start)
        if end < 0:
            break
        position = end + len(b"endstream")
    pieces.append(data[position:])
    return b"".join(pieces)


def _objects(data: bytes) -> bytes:
    unpacked: list[bytes] = []
    budget = MAX_OBJECTS
    for found in _STREAM.finditer(data):
        try:
            piece = zlib.decompressobj().decompress(data[found.end() :], budget)
        except zlib.error:
            continue
        unpacked.append(piece)
        budget -= len(piece)
        if budget <= 0:
            raise Refused("The PDF unpacks to far more than it is and was not opened.")
    return b"\n".join(unpacked)
