"""A paper as a Word document: real headings, lists and tables whose first row is their head.

Charts become tables of the same numbers, which one can go on working with.
"""

from datetime import datetime
from io import BytesIO
from typing import Any

from content.exports import printable
from portal.papers.blocks import (
    FACT_MOST,
    Bars,
    Block,
    Bullets,
    Heading,
    NewPage,
    Paper,
    Table,
    Text,
    cut,
    paragraphs,
)


def write_docx(paper: Paper, *, at: datetime) -> bytes:
    """The paper as DOCX, made `at`."""
    from docx import Document
    from docx.shared import Pt

    document: Any = Document()
    facts = document.core_properties
    facts.title, facts.author = cut(paper.title, FACT_MOST), cut(paper.author, FACT_MOST)
    facts.language = paper.language
    facts.comments, facts.created, facts.modified = "", at, at
    document.styles["Normal"].font.name = "Calibri"
    document.styles["Normal"].font.size = Pt(11)
    document.add_heading(printable(paper.title), 0)
    for name, value in paper.facts:
        _labelled(document, name, value).paragraph_format.space_after = Pt(2)
    if paper.foot:
        document.sections[0].footer.paragraphs[0].text = printable(paper.foot)
    for block in paper.blocks:
        _write(document, block)
    target = BytesIO()
    document.save(target)
    return target.getvalue()


def _write(document: Any, block: Block) -> None:
    if isinstance(block, Heading):
        document.add_heading(printable(block.text), block.level)
    elif isinstance(block, Text):
        _text(document, block)
    elif isinstance(block, Bullets):
        for item in block.items:
            document.add_paragraph(printable(item), style="List Bullet")
    elif isinstance(block, Table):
        _table(document, block)
    elif isinstance(block, Bars):
        _labelled(document, block.title, "").paragraph_format.keep_with_next = True
        rows = [
            [bar.label, bar.reads, f"{bar.share:.0%}", f"{bar.low:.0%} to {bar.high:.0%}"]
            for bar in block.bars
        ]
        head = ("Of", "Hit", "Share", "95 % interval")
        _table(document, Table(head, rows, frozenset({1, 2, 3}), (2.5, 1, 1, 1.5)))
    elif isinstance(block, NewPage):
        document.add_page_break()


def _text(document: Any, block: Text) -> None:
    from docx.shared import Pt

    for number, part in enumerate(paragraphs(block.text)):
        if number == 0 and block.label:
            _labelled(document, block.label, part)
            continue
        paragraph = document.add_paragraph(printable(part))
        if block.quiet:
            for run in paragraph.runs:
                run.font.size, run.italic = Pt(9), True


def _labelled(document: Any, label: str, text: str) -> Any:
    paragraph = document.add_paragraph()
    paragraph.add_run(printable(f"{label}: " if text else label)).bold = True
    paragraph.add_run(printable(text))
    return paragraph


def _table(document: Any, block: Table) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import OxmlElement

    table = document.add_table(rows=1, cols=len(block.head))
    table.style = "Light Grid Accent 1"
    table.autofit = False
    # The first row is the head of the table, again on each page, and is read out as such.
    table.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    widths = _widths(document, block)
    cells = [table.rows[0].cells, *(table.add_row().cells for _ in block.rows)]
    for row, texts in zip(cells, [block.head, *block.rows], strict=True):
        for column, (cell, text) in enumerate(zip(row, texts, strict=True)):
            cell.width = widths[column]
            cell.text = printable(text)
            if column in block.numbers:
                cell.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.RIGHT
    document.add_paragraph()


def _widths(document: Any, block: Table) -> list[int]:
    """The columns' shares of the line, in Word's units."""
    section = document.sections[0]
    line = section.page_width - section.left_margin - section.right_margin
    shares = block.widths or [1.0] * len(block.head)
    return [int(line * share / sum(shares)) for share in shares]
