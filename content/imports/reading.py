"""Reading a file as a table, whatever it is: CSV, XLSX or JSON Lines, told by its content."""

from pathlib import Path

from content.documents import inspect
from content.errors import Refused
from content.imports.delimited import read_delimited
from content.imports.encodings import decode
from content.imports.jsonlines import read_json
from content.imports.sheets import read_sheet
from content.imports.table import MAX_BYTES, Table

_OFFICE = (b"PK", b"\xd0\xcf\x11\xe0")


def read_table(path: Path, filename: str = "", sheet: str = "") -> Table:
    """Return the table in a file, of a workbook that in `sheet`; raise `Refused` when none is."""
    name = filename or path.name
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise Refused(
            f"The file has {size / 1024**2:.0f} MB; at most {MAX_BYTES // 1024**2} MB are taken. "
            "Split it and import each part."
        )
    content = path.read_bytes()
    if not content.strip():
        raise Refused("The file is empty.")
    if content.startswith(_OFFICE):
        return _workbook(content, name, sheet)
    return _text(content)


def _workbook(content: bytes, name: str, sheet: str) -> Table:
    found = inspect(content, name, max_bytes=MAX_BYTES)
    if found.format not in {"xlsx", "ods"}:
        raise Refused("Only tables can be imported: CSV, XLSX, ODS or JSON Lines.")
    return read_sheet(content, sheet)


def _text(content: bytes) -> Table:
    is_pdf = content.startswith(b"%PDF-")
    decoded = decode(content)
    text = decoded.text.replace("\x00", "")
    controls = sum(1 for character in text[:4000] if character < "\t")
    if controls > 20 or is_pdf:
        raise Refused("The file is not a table. CSV, XLSX, ODS and JSON Lines are taken.")
    table = read_json(text) if text.lstrip()[:1] in {"{", "["} else read_delimited(text)
    return Table(table.columns, table.rows, table.refused, (decoded.note, *table.notes))
