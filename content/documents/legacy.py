"""Files in the container of the old office programs (OLE): .doc, .xls, .ppt, and encrypted ones.

None is taken; the reason says what it is and what to do.
"""

import io
from typing import Never

import olefile

from content.errors import Refused

OLE_MAGIC = olefile.MAGIC

_KINDS = (
    ("WordDocument", "old Word document (.doc)", "DOCX"),
    ("Workbook", "old Excel workbook (.xls)", "XLSX"),
    ("Book", "old Excel workbook (.xls)", "XLSX"),
    ("PowerPoint Document", "old PowerPoint presentation (.ppt)", "PPTX"),
)
_MACROS = frozenset({"macros", "_vba_project_cur", "vba", "_vba_project"})


def refuse_legacy(data: bytes) -> Never:
    """Raise `Refused` with what the container holds."""
    streams = _streams(data)
    if "encryptedpackage" in streams or "encryptioninfo" in streams:
        raise Refused("The file is protected by a password. Remove it and upload again.")
    macros = " It also contains macros, which are not taken." if streams & _MACROS else ""
    for stream, kind, better in _KINDS:
        if stream.lower() in streams:
            raise Refused(f"This is an {kind}. Save it as {better} and upload that.{macros}")
    raise Refused("This is a container of an old program. Save it as DOCX, XLSX or PPTX.")


def check_embedded(data: bytes, name: str) -> None:
    """Raise `Refused` when an object within a file carries a program or macros."""
    streams = _streams(data)
    if "\x01ole10native" in streams or "package" in streams:
        raise Refused(f"The file carries another file as an object ({name}). Remove it.")
    if streams & _MACROS:
        raise Refused(f"An object within the file contains macros ({name}). Remove it.")


def _streams(data: bytes) -> set[str]:
    """Return the names of all storages and streams, in lower case."""
    try:
        with olefile.OleFileIO(io.BytesIO(data)) as container:
            return {part.lower() for path in container.listdir(storages=True) for part in path}
    # olefile walks tables that damaged files fill with anything.
    except (OSError, ValueError, IndexError, TypeError, RecursionError, OverflowError) as error:
        raise Refused(f"The file is damaged or cut short ({error}).") from error
