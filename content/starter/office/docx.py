"""Sources of kind `docx`: sections with guidance, tables to fill, and document control."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

from docx import Document
from docx.document import Document as DocxDocument
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor
from docx.styles.style import ParagraphStyle
from docx.table import Table, _Cell
from docx.text.paragraph import Paragraph

from content.starter.office import palette
from content.starter.office.source import Source

# Centimetres of an A4 page between its margins.
TEXT_WIDTH = 17.0
GUIDANCE = "Guidance"


def build(source: Source) -> bytes:
    """The file of a source."""
    document = Document()
    _page(document)
    _styles(document)
    _properties(document, source)
    _title(document, source)
    _control(document, source)
    for section in source["section"]:
        _section(document, section)
    _running_lines(document, source)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _page(document: DocxDocument) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21.0), Cm(29.7)
    section.left_margin = section.right_margin = Cm(2.0)
    section.top_margin, section.bottom_margin = Cm(2.2), Cm(2.0)


def _styles(document: DocxDocument) -> None:
    normal = document.styles["Normal"]
    assert isinstance(normal, ParagraphStyle)
    _font(normal, 10.5, palette.INK)
    normal.paragraph_format.space_after = Pt(6)
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), "en-GB")
    normal.element.get_or_add_rPr().append(language)
    for name, size, before in (("Title", 24, 0), ("Heading 1", 15, 18), ("Heading 2", 12, 12)):
        style = document.styles[name]
        assert isinstance(style, ParagraphStyle)
        _font(style, size, palette.ACCENT, bold=True)
        style.paragraph_format.space_before = Pt(before)
        style.paragraph_format.space_after = Pt(4)
        style.paragraph_format.keep_with_next = True
    _without_rule(document.styles["Title"])
    guidance = document.styles.add_style(GUIDANCE, 1)
    assert isinstance(guidance, ParagraphStyle)
    guidance.base_style = normal
    _font(guidance, 9.5, palette.SOFT, italic=True)


def _font(
    style: ParagraphStyle, size: float, colour: str, *, bold: bool = False, italic: bool = False
) -> None:
    style.font.name, style.font.size = palette.FONT, Pt(size)
    style.font.bold, style.font.italic = bold, italic
    style.font.color.rgb = RGBColor.from_string(colour)
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for kind in ("w:ascii", "w:hAnsi", "w:cs", "w:eastAsia"):
        fonts.set(qn(kind), palette.FONT)
    for theme in ("w:asciiTheme", "w:hAnsiTheme", "w:eastAsiaTheme", "w:cstheme"):
        if fonts.get(qn(theme)) is not None:
            del fonts.attrib[qn(theme)]


def _without_rule(style: Any) -> None:
    """The library's own title style draws a line below; ours does not."""
    properties = style.element.get_or_add_pPr()
    for border in properties.findall(qn("w:pBdr")):
        properties.remove(border)


def _properties(document: DocxDocument, source: Source) -> None:
    core = document.core_properties
    core.title, core.subject = source["title"], source["summary"]
    core.author = core.last_modified_by = palette.ORGANISATION
    core.language, core.comments = "en-GB", ""
    core.version, core.revision = str(source["version"]), 1


def _title(document: DocxDocument, source: Source) -> None:
    document.add_paragraph(source["title"], style="Title")
    document.add_paragraph(source["summary"], style=GUIDANCE)


def _control(document: DocxDocument, source: Source) -> None:
    table = document.add_table(2, 6)
    cells = [
        ("Project", "[Name and code]"),
        ("Version", "0.1 draft"),
        ("Owner", "[Project manager]"),
        ("Approved by", "[Sponsor]"),
        ("Date", "[YYYY-MM-DD]"),
        ("Template", f"{source['slug']} {source['version']}"),
    ]
    for place, (name, value) in enumerate(cells):
        row, column = divmod(place, 3)
        _text(table.cell(row, column * 2), name, bold=True, fill=palette.ACCENT_SOFT)
        _text(table.cell(row, column * 2 + 1), value)
    _shape(table, [2.4, 3.6, 2.4, 3.4, 2.2, 3.0], header=False)
    document.add_paragraph()


def _section(document: DocxDocument, section: Mapping[str, Any]) -> None:
    document.add_heading(section["heading"], level=section.get("level", 1))
    if section.get("guidance"):
        document.add_paragraph(section["guidance"].strip(), style=GUIDANCE)
    for line in section.get("text", []):
        document.add_paragraph(line)
    for item in section.get("bullets", []):
        document.add_paragraph(item, style="List Bullet")
    for item in section.get("checklist", []):
        document.add_paragraph(f"☐  {item}")
    if "table" in section:
        _table(document, section["table"])
    for _ in range(section.get("blank", 0)):
        document.add_paragraph("[…]")


def _table(document: DocxDocument, spec: Mapping[str, Any]) -> None:
    columns: Sequence[str] = spec["columns"]
    rows = [*spec.get("rows", []), *([""] * len(columns) for _ in range(spec.get("blank", 0)))]
    table = document.add_table(1 + len(rows), len(columns))
    for place, name in enumerate(columns):
        _text(table.cell(0, place), name, bold=True, colour=palette.WHITE, fill=palette.ACCENT)
    for number, row in enumerate(rows, 1):
        example = bool(row[0]) and str(row[0]).startswith(palette.EXAMPLE)
        for place, value in enumerate(row):
            _text(table.cell(number, place), str(value), italic=example)
    widths = spec.get("widths") or [1.0] * len(columns)
    _shape(table, [TEXT_WIDTH * width / sum(widths) for width in widths], header=True)
    document.add_paragraph()


def _shape(table: Table, widths: Sequence[float], *, header: bool) -> None:
    table.alignment = WD_TABLE_ALIGNMENT.LEFT
    table.autofit = False
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Cm(width)
    for row in table.rows:
        for cell, width in zip(row.cells, widths, strict=True):
            cell.width = Cm(width)
        _keep_whole(row)
    _borders(table)
    if header:
        mark = OxmlElement("w:tblHeader")
        mark.set(qn("w:val"), "true")
        table.rows[0]._tr.get_or_add_trPr().append(mark)


def _keep_whole(row: Any) -> None:
    mark = OxmlElement("w:cantSplit")
    row._tr.get_or_add_trPr().append(mark)


def _borders(table: Table) -> None:
    borders = OxmlElement("w:tblBorders")
    for side in ("top", "left", "bottom", "right", "insideH", "insideV"):
        line = OxmlElement(f"w:{side}")
        for name, value in (("val", "single"), ("sz", "4"), ("color", palette.LINE)):
            line.set(qn(f"w:{name}"), value)
        borders.append(line)
    table._tbl.tblPr.append(borders)


def _text(
    cell: _Cell,
    text: str,
    *,
    bold: bool = False,
    italic: bool = False,
    colour: str = palette.INK,
    fill: str | None = None,
) -> None:
    paragraph = cell.paragraphs[0]
    paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(3)
    run = paragraph.add_run(text)
    run.bold, run.italic, run.font.size = bold, italic, Pt(10)
    run.font.color.rgb = RGBColor.from_string(palette.SOFT if italic else colour)
    if fill:
        shade = OxmlElement("w:shd")
        for name, value in (("val", "clear"), ("color", "auto"), ("fill", fill)):
            shade.set(qn(f"w:{name}"), value)
        cell._tc.get_or_add_tcPr().append(shade)


def _running_lines(document: DocxDocument, source: Source) -> None:
    section = document.sections[0]
    header = section.header.paragraphs[0]
    _small(header, f"{palette.ORGANISATION}  ·  {source['title']}")
    footer = section.footer.paragraphs[0]
    _small(footer, f"{source['slug']} {source['version']}  ·  page ")
    _field(footer, "PAGE")
    _small(footer, " of ")
    _field(footer, "NUMPAGES")


def _small(paragraph: Paragraph, text: str) -> None:
    run = paragraph.add_run(text)
    run.font.size, run.font.color.rgb = Pt(8.5), RGBColor.from_string(palette.SOFT)


def _field(paragraph: Paragraph, code: str) -> None:
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), code)
    run = OxmlElement("w:r")
    shape = OxmlElement("w:rPr")
    for name, value in (("w:color", palette.SOFT), ("w:sz", "17")):  # half points
        part = OxmlElement(name)
        part.set(qn("w:val"), value)
        shape.append(part)
    run.append(shape)
    text = OxmlElement("w:t")
    text.text = "1"
    run.append(text)
    field.append(run)
    paragraph._p.append(field)
