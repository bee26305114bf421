"""What a template is made of, for its preview page: headings, tables, sheets, slides."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from content.documents.archive import open_archive
from content.documents.opening import (
    MAX_PARTS,
    odf_content,
    open_docx,
    open_pptx,
    open_xlsx,
    opened,
    reading,
)

if TYPE_CHECKING:
    from docx.table import Table
    from docx.text.paragraph import Paragraph

# A preview, not the file: rows and columns of a sheet, blocks of a text, characters of a cell.
MAX_ROWS = 12
MAX_COLUMNS = 30
MAX_BLOCKS = 300
MAX_CELL = 200


@dataclass(frozen=True, slots=True)
class Block:
    """A heading (`level` 1 to 9) or a table (`level` 0, `cells` its header row)."""

    text: str = ""
    level: int = 0
    cells: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """A sheet with its header row and first rows, or a slide with its lines."""

    name: str
    header: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Outline:
    """What a file is made of; a running text has `blocks`, sheets and slides are `parts`."""

    blocks: tuple[Block, ...] = ()
    parts: tuple[Part, ...] = ()


def outline(data: bytes | Path, format: str) -> Outline:
    """Return the outline of a file that `inspect` let through; empty where there is none."""
    content = data.read_bytes() if isinstance(data, Path) else data
    with reading():
        if format in _TEXTS:
            return Outline(blocks=tuple(_TEXTS[format](content)))
        if format in _PARTS:
            return Outline(parts=tuple(_PARTS[format](content)))
    return Outline()


def _blocks(content: bytes) -> Iterator[Block]:
    from docx.table import Table

    document = open_docx(content)
    found = 0
    for item in document.iter_inner_content():
        block = _table(item) if isinstance(item, Table) else _heading(item)
        if block is not None:
            yield block
            found += 1
        if found >= MAX_BLOCKS:
            return


def _heading(paragraph: Paragraph) -> Block | None:
    style = paragraph.style.name if paragraph.style is not None else ""
    name = (style or "").lower()
    text = _cell(paragraph.text)
    if not text or not name.startswith(("heading", "title")):
        return None
    digits = "".join(filter(str.isdigit, name))[:1]
    return Block(text, int(digits) if digits and digits != "0" else 1)


def _table(table: Table) -> Block | None:
    if not table.rows:
        return None
    cells = [_cell(cell.text) for cell in table.rows[0].cells[:MAX_COLUMNS]]
    # A merged cell answers once for each column that it spans.
    header = tuple(
        cell for index, cell in enumerate(cells) if cell and (not index or cell != cells[index - 1])
    )
    return Block(cells=header) if header else None


def _sheets(content: bytes) -> Iterator[Part]:
    workbook = open_xlsx(content)
    for sheet in workbook.worksheets[:MAX_PARTS]:
        rows = [
            tuple(map(_cell, row))
            for row in sheet.iter_rows(max_row=60, max_col=MAX_COLUMNS, values_only=True)
        ]
        rows = [_trimmed(row) for row in rows if any(row)]
        start = header_index(rows)
        yield Part(
            sheet.title,
            rows[start] if rows else (),
            tuple(rows[start + 1 : start + 1 + MAX_ROWS]),
        )


def header_index(rows: list[tuple[str, ...]]) -> int:
    """Return which row names the columns: the first as wide as the table, in words."""
    widths = [sum(1 for cell in row if cell) for row in rows[:20]]
    widest = max(widths, default=0)
    for index, width in enumerate(widths):
        if width >= max(2, widest * 0.6) and not any(_is_number(cell) for cell in rows[index]):
            return index
    return 0


def _is_number(cell: str) -> bool:
    return cell.replace(".", "", 1).replace("-", "").isdigit()


def _slides(content: bytes) -> Iterator[Part]:
    names = opened(content, "pptx")[1]
    for name, slide in zip(names, open_pptx(content).slides, strict=False):
        title = slide.shapes.title
        texts = (
            _cell(_frame_text(shape))
            for shape in slide.shapes
            if shape.has_text_frame and (title is None or shape.shape_id != title.shape_id)
        )
        yield Part(name, rows=tuple((text,) for text in texts if text)[:MAX_ROWS])


def _frame_text(shape: Any) -> str:
    return str(shape.text_frame.text)


def _odt(content: bytes) -> Iterator[Block]:
    text = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
    for item in odf_content(open_archive(content)).iter(text + "h"):
        level = item.get(text + "outline-level", "1")
        shown = _cell("".join(item.itertext()))
        if shown:
            yield Block(shown, int(level) if level.isdigit() and level != "0" else 1)


def _markdown(content: bytes) -> Iterator[Block]:
    for line in content.decode("utf-8", "replace").splitlines()[:20_000]:
        marks = len(line) - len(line.lstrip("#"))
        if 1 <= marks <= 6 and line[marks : marks + 1] == " ":
            yield Block(_cell(line[marks:]), marks)


def _named(format_: str) -> Callable[[bytes], Iterator[Part]]:
    """Return a reader of parts that tells their names only."""
    return lambda content: (Part(name) for name in opened(content, format_)[1])


def _trimmed(row: tuple[str, ...]) -> tuple[str, ...]:
    last = max((index for index, cell in enumerate(row) if cell), default=-1)
    return row[: last + 1]


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        value = value.date()
    return " ".join(str(value).split())[:MAX_CELL]


_TEXTS: dict[str, Callable[[bytes], Iterator[Block]]] = {
    "docx": _blocks,
    "odt": _odt,
    "md": _markdown,
}
_PARTS: dict[str, Callable[[bytes], Iterator[Part]]] = {
    "xlsx": _sheets,
    "pptx": _slides,
    **{name: _named(name) for name in ("ods", "odp", "odg")},
}
