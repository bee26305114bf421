"""The words in a file, for the search index. Bounded, and without formatting."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

from content.documents.archive import open_archive
from content.documents.opening import odf_content, open_docx, open_pptx, open_xlsx, reading

# Characters of one file. A template of 100 pages has about 250,000.
MAX_TEXT = 400_000
# Rows and columns of a sheet that are read.
MAX_ROWS = 5_000
MAX_COLUMNS = 100

_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_DRAW = "{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of text and where it stands, such as `Sheet Risks` or `Slide 2`."""

    where: str
    text: str


def text_of(data: bytes | Path, format: str) -> tuple[Passage, ...]:
    """Return the words of a file that `inspect` let through; a PDF has none here."""
    content = data.read_bytes() if isinstance(data, Path) else data
    with reading():
        return tuple(_bounded(_passages(content, format)))


def _passages(content: bytes, format_: str) -> Iterator[Passage]:
    if format_ == "docx":
        yield from _docx(content)
    elif format_ == "xlsx":
        yield from _xlsx(content)
    elif format_ == "pptx":
        yield from _pptx(content)
    elif format_ in {"odt", "ods", "odp", "odg"}:
        yield from _odf(content)
    elif format_ in {"md", "csv", "txt"}:
        yield Passage("Page text", _decoded(content))


def _bounded(passages: Iterable[Passage]) -> Iterator[Passage]:
    left = MAX_TEXT
    for passage in passages:
        text = passage.text.strip()[:left]
        if text:
            yield Passage(passage.where, text)
        left -= len(text)
        if left <= 0:
            return


def _docx(content: bytes) -> Iterator[Passage]:
    document = open_docx(content)
    yield Passage("Page text", _words(document.element.body))
    for section in document.sections:
        for where, part in (("Header", section.header), ("Footer", section.footer)):
            if not part.is_linked_to_previous:
                yield Passage(where, _words(part._element))


def _words(element: Any) -> str:
    """Return the paragraphs under a Word element, text boxes and tables included, one a line."""
    from docx.oxml.ns import qn

    lines = []
    for paragraph in element.iter(qn("w:p")):
        if any(above.tag == _FALLBACK for above in paragraph.iterancestors()):
            continue
        runs = paragraph.iter(qn("w:t"), qn("w:tab"), qn("w:br"))
        # A text box sits within a paragraph and is visited for itself.
        own = (run for run in runs if next(run.iterancestors(qn("w:p"))) is paragraph)
        lines.append("".join(run.text or " " for run in own))
    return "\n".join(line for line in lines if line.strip())


def _xlsx(content: bytes) -> Iterator[Passage]:
    workbook = open_xlsx(content)
    for sheet in workbook.worksheets:
        rows = sheet.iter_rows(max_row=MAX_ROWS, max_col=MAX_COLUMNS, values_only=True)
        lines = (" ".join(str(cell) for cell in row if cell is not None) for row in rows)
        yield Passage(f"Sheet {sheet.title}", "\n".join(line for line in lines if line))


def _pptx(content: bytes) -> Iterator[Passage]:
    for number, slide in enumerate(open_pptx(content).slides, start=1):
        lines = [line for shape in slide.shapes for line in _shape(shape)]
        if slide.has_notes_slide and slide.notes_slide.notes_text_frame:
            lines.append(slide.notes_slide.notes_text_frame.text)
        yield Passage(f"Slide {number}", "\n".join(line for line in lines if line.strip()))


def _shape(shape: Any) -> Iterator[str]:
    """Return the texts of a shape; of a group, those of its members."""
    if shape.has_text_frame:
        yield shape.text_frame.text
    elif getattr(shape, "has_table", False):
        for row in shape.table.rows:
            yield " ".join(cell.text for cell in row.cells)
    elif hasattr(shape, "shapes"):
        for member in shape.shapes:
            yield from _shape(member)


def _odf(content: bytes) -> Iterator[Passage]:
    tree = odf_content(open_archive(content))
    slides = list(tree.iter(_DRAW + "page"))
    sheets = [] if slides else _sheets(tree)
    for number, slide in enumerate(slides, start=1):
        yield Passage(f"Slide {number}", _odf_words(slide))
    for sheet in sheets:
        yield Passage(f"Sheet {sheet.get(_TABLE + 'name', '')}", _odf_words(sheet))
    if not slides and not sheets:
        yield Passage("Page text", _odf_words(tree))


def _sheets(tree: Element) -> list[Element]:
    """Return the tables of a spreadsheet; tables within a running text are part of it."""
    return [
        table
        for body in tree.iter("{urn:oasis:names:tc:opendocument:xmlns:office:1.0}spreadsheet")
        for table in body.iter(_TABLE + "table")
    ]


def _odf_words(element: Element) -> str:
    lines = (
        "".join(item.itertext())
        for item in element.iter()
        if item.tag in {_TEXT + "p", _TEXT + "h"}
    )
    return "\n".join(line for line in lines if line.strip())


def _decoded(content: bytes) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")
