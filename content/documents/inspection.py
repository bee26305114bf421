"""The door: tells a file's format by its content and lets in only what is whole and harmless."""

from pathlib import Path, PurePosixPath

from content.documents import odf, ooxml
from content.documents.archive import open_archive
from content.documents.formats import FORMATS, Inspected
from content.documents.legacy import OLE_MAGIC, refuse_legacy
from content.documents.opening import opened
from content.documents.pdf import check_pdf
from content.errors import Refused

# Bytes. The largest of 71 published templates has 0.23 MB; presentations with photographs
# reach 20 MB.
DEFAULT_MAX_BYTES = 25 * 1024 * 1024

_TEXT_CONTROL = bytes(range(9)) + bytes(range(14, 27)) + bytes(range(28, 32))


def inspect(data: bytes | Path, filename: str, *, max_bytes: int = DEFAULT_MAX_BYTES) -> Inspected:
    """Return what the file is, or raise `Refused` with the reason why it may not come in."""
    content = _bounded(data, max_bytes)
    found = _format_of(content, filename)
    _check_name(filename, found)
    title, parts = opened(content, found)
    return Inspected(found, FORMATS[found].media_type, len(content), title, parts)


def extension_of(filename: str) -> str:
    """Return the extension in lower case without its dot."""
    return PurePosixPath(filename.replace("\\", "/")).suffix.lower().lstrip(".")


def _bounded(data: bytes | Path, max_bytes: int) -> bytes:
    size = data.stat().st_size if isinstance(data, Path) else len(data)
    if size > max_bytes:
        raise Refused(
            f"The file has {size / 1024**2:.1f} MB; at most {max_bytes / 1024**2:.0f} MB are taken."
        )
    if size == 0:
        raise Refused("The file is empty.")
    return data.read_bytes() if isinstance(data, Path) else data


def _format_of(content: bytes, filename: str) -> str:
    if content.startswith(b"PK"):
        return _archive_format(content)
    if content.startswith(OLE_MAGIC):
        refuse_legacy(content)
    if b"%PDF-" in content[:1024]:
        check_pdf(content)
        return "pdf"
    return _text_format(content, filename)


def _archive_format(content: bytes) -> str:
    archive = open_archive(content)
    if "[Content_Types].xml" in archive.names:
        found = ooxml.format_of(archive)
        ooxml.check_ooxml(archive)
        return found
    if "mimetype" in archive.names:
        found = odf.format_of(archive)
        odf.check_odf(archive)
        return found
    raise Refused("This is an archive, not an office file. Unpack it and upload the files.")


def _text_format(content: bytes, filename: str) -> str:
    """Text carries no mark of its kind, so among text formats the name decides."""
    wide = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    if not wide and any(byte in content for byte in map(_one, _TEXT_CONTROL)):
        known = ", ".join(sorted(FORMATS))
        raise Refused(f"The format of this file is not known. Formats that are taken: {known}.")
    extension = extension_of(filename)
    for name in ("md", "csv", "txt"):
        if extension in FORMATS[name].spellings:
            return name
    if extension in FORMATS:
        raise Refused(
            f"The name says {FORMATS[extension].label}, the content is plain text or damaged. "
            "Save it anew from your office program and upload that."
        )
    raise Refused(f"Files named .{extension} are not taken. Text is taken as .md, .csv or .txt.")


def _one(value: int) -> bytes:
    return bytes([value])


def _check_name(filename: str, found: str) -> None:
    extension = extension_of(filename)
    if extension not in FORMATS[found].spellings:
        raise Refused(
            f"The name says .{extension or '(nothing)'}, the content is {FORMATS[found].label} "
            f"(.{found}). Give the file its right name and upload again."
        )
