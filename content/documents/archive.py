"""A look into a ZIP archive before any library opens it.

Refuses archives that cannot be read whole, hide members, climb out of their folder, unpack to
far more than they are, or need a password.
"""

import io
import re
import zipfile
import zlib
from dataclasses import dataclass, field

from content.documents.xml import check_xml
from content.errors import Refused

# Members of one archive. The richest of 49 published templates has 56; a long presentation with
# a picture a slide stays below 2,000.
MAX_MEMBERS = 5_000
# Bytes of all members unpacked; the largest published template unpacks to 0.5 MB.
MAX_UNPACKED = 300 * 1024 * 1024
# Times that an archive may grow when unpacked, once it is past the free allowance. Sheets of
# repeated numbers reach 30; the bombs in circulation begin at 1,000.
MAX_RATIO = 120
FREE_BYTES = 8 * 1024 * 1024

_CHUNK = 1024 * 1024
_ENCRYPTED = 0x1
_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    OSError,
    ValueError,
    NotImplementedError,
    RuntimeError,
    UnicodeError,
)
_UNSAFE = re.compile(r"(^|[/\\])\.\.([/\\]|$)|^[/\\]|^[A-Za-z]:|\\|[\x00-\x1f]")


@dataclass(slots=True)
class Archive:
    """An archive whose every member was unpacked once within the limits."""

    names: tuple[str, ...]
    _zip: zipfile.ZipFile = field(repr=False)

    def read(self, name: str) -> bytes:
        """Return a member's bytes; an absent member is empty."""
        return self._zip.read(name) if name in self.names else b""


def open_archive(data: bytes) -> Archive:
    """Look at every member of `data`; raise `Refused` with what is wrong."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        members = archive.infolist()
        _check_directory(members, len(data))
        for member in members:
            _check_member(archive, member)
    except _DAMAGED as error:
        raise Refused(
            f"The file is damaged or cut short ({error}). Open it in your office program, save it "
            "anew and upload that."
        ) from error
    return Archive(tuple(member.filename for member in members), archive)


def _check_directory(members: list[zipfile.ZipInfo], size: int) -> None:
    if len(members) > MAX_MEMBERS:
        raise Refused(f"The file holds {len(members)} parts; at most {MAX_MEMBERS} are taken.")
    seen: set[str] = set()
    for member in members:
        if _UNSAFE.search(member.filename):
            raise Refused(f"The file holds a part with an unsafe name: {member.filename!r}.")
        if member.filename.lower() in seen:
            raise Refused(f"The file holds two parts named {member.filename!r}.")
        if member.flag_bits & _ENCRYPTED:
            raise Refused("The file is protected by a password. Remove it and upload again.")
        seen.add(member.filename.lower())
    unpacked = sum(member.file_size for member in members)
    if unpacked > MAX_UNPACKED or (unpacked > FREE_BYTES and unpacked > MAX_RATIO * size):
        raise Refused(
            f"The file is {size:,} bytes and would unpack to {unpacked:,}: it is built to exhaust "
            "memory and was not opened."
        )


def _check_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    """Unpack one member; zipfile stops at the declared size and compares the checksum."""
    pieces: list[bytes] = []
    is_xml = member.filename.lower().endswith((".xml", ".rels", ".rdf"))
    with archive.open(member) as stream:
        while piece := stream.read(_CHUNK):
            is_xml = is_xml or (not pieces and piece.lstrip(b"\xef\xbb\xbf").startswith(b"<?xml"))
            if is_xml or not pieces:
                pieces.append(piece)
    # Old drawings are nearly XML; browsers' looseness is all right for them, entities are not.
    if is_xml and not member.filename.lower().endswith(".vml"):
        check_xml(b"".join(pieces), member.filename)
    elif is_xml and b"<!DOCTYPE" in b"".join(pieces):
        raise Refused(f"The file's part {member.filename} declares a document type.")
