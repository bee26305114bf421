"""Slides as PPTX: a title each, a few lines, and charts of PowerPoint's own with their numbers.

Text that does not fit a slide is cut, and stands whole in the notes of the speaker. Tables go on on
further slides. Every chart has its intervals as error bars and its content in words.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from io import BytesIO
from typing import Any

from content.exports import printable
from portal.papers.blocks import FACT_MOST, Bars, Table, cut

# Letters of a title and of a line, lines of a slide, rows of a table, bars of a chart.
TITLE_MOST, LINE_MOST, LINES_MOST, ROWS_MOST, BARS_MOST = 90, 150, 7, 7, 10
# Characters of a name that is read below a column.
LABEL_MOST = 12
CELL_MOST = 110
NOTES_MOST = 20_000
# Inches: a slide of 16 to 9, its margin, and where the content begins.
WIDTH, HEIGHT, EDGE, TOP = 13.333, 7.5, 0.7, 1.75
INK, QUIET, ACCENT = "1D2733", "52606D", "1F5FA8"


@dataclass(frozen=True, slots=True)
class Slide:
    """A slide: its title, lines below it, a table or charts, and what the speaker reads."""

    title: str
    lines: Sequence[str] = ()
    table: Table | None = None
    charts: Sequence[Bars] = ()
    notes: str = ""


@dataclass(frozen=True, slots=True)
class Deck:
    """A title slide and those after it."""

    title: str
    lines: Sequence[str]
    slides: Sequence[Slide]
    author: str = ""
    language: str = "en"


def write_pptx(deck: Deck, *, at: datetime) -> bytes:
    """The deck as PPTX, made `at`."""
    from pptx import Presentation
    from pptx.util import Inches

    show: Any = Presentation()
    show.slide_width, show.slide_height = Inches(WIDTH), Inches(HEIGHT)
    facts = show.core_properties
    facts.title, facts.author = cut(deck.title, FACT_MOST), cut(deck.author, FACT_MOST)
    facts.language = deck.language
    facts.created = facts.modified = at
    _opening(show, deck)
    for slide in deck.slides:
        for part in _parts(slide):
            _slide(show, part)
    target = BytesIO()
    show.save(target)
    return target.getvalue()


def _parts(slide: Slide) -> Iterator[Slide]:
    """A slide with a long table as several."""
    if slide.table is None or len(slide.table.rows) <= ROWS_MOST:
        yield slide
        return
    rows = slide.table.rows
    count = -(-len(rows) // ROWS_MOST)
    for number in range(count):
        some = replace(slide.table, rows=rows[number * ROWS_MOST : (number + 1) * ROWS_MOST])
        yield replace(slide, title=f"{slide.title} ({number + 1} of {count})", table=some)


def _opening(show: Any, deck: Deck) -> None:
    slide = _blank(show, deck.title, size=36, top=2.3)
    _lines(slide, deck.lines, top=3.9, height=2.4, size=20, colour=QUIET)


def _slide(show: Any, slide: Slide) -> None:
    made = _blank(show, slide.title)
    top = TOP
    if slide.lines:
        height = HEIGHT - TOP - EDGE
        if slide.charts or slide.table:
            height = 0.42 * min(len(slide.lines), LINES_MOST) + 0.1
        _lines(made, slide.lines, top=top, height=height)
        top += height + 0.15
    if slide.charts:
        _charts(made, slide.charts, top)
    if slide.table is not None:
        _table(made, slide.table, top)
    if slide.notes:
        made.notes_slide.notes_text_frame.text = printable(slide.notes)[:NOTES_MOST]


def _blank(show: Any, title: str, *, size: int = 28, top: float = 0.5) -> Any:
    """A slide with a title where titles stand; "title only" of the usual layouts."""
    from pptx.util import Inches

    slide = show.slides.add_slide(show.slide_layouts[5])
    shape = slide.shapes.title
    shape.left, shape.top = Inches(EDGE), Inches(top)
    shape.width, shape.height = Inches(WIDTH - 2 * EDGE), Inches(1.15)
    shape.text_frame.word_wrap = True
    shape.text_frame.text = cut(title, TITLE_MOST)
    _style(shape.text_frame.paragraphs[0], size if len(title) < 60 else size - 4, INK, bold=True)
    return slide


def _style(paragraph: Any, size: int, colour: str, *, bold: bool = False) -> None:
    from pptx.dml.color import RGBColor
    from pptx.enum.text import PP_ALIGN
    from pptx.util import Pt

    paragraph.alignment = PP_ALIGN.LEFT
    paragraph.font.size, paragraph.font.bold = Pt(size), bold
    paragraph.font.color.rgb = RGBColor.from_string(colour)


def _lines(
    slide: Any, lines: Sequence[str], *, top: float, height: float, size: int = 18,
    colour: str = INK,
) -> None:  # fmt: skip
    from pptx.util import Inches, Pt

    box = slide.shapes.add_textbox(
        Inches(EDGE), Inches(top), Inches(WIDTH - 2 * EDGE), Inches(height)
    )
    frame = box.text_frame
    frame.word_wrap = True
    for number, line in enumerate(lines[:LINES_MOST]):
        paragraph = frame.paragraphs[0] if number == 0 else frame.add_paragraph()
        paragraph.text = cut(line, LINE_MOST)
        paragraph.space_after = Pt(4)
        _style(paragraph, size, colour)


def _table(slide: Any, table: Table, top: float) -> None:
    from pptx.util import Inches

    width = WIDTH - 2 * EDGE
    rows = len(table.rows) + 1
    frame = slide.shapes.add_table(
        rows, len(table.head), Inches(EDGE), Inches(top), Inches(width), Inches(0.5 * rows)
    )
    frame.name = "Table"
    _describe(frame, f"Table with {len(table.rows)} rows: {', '.join(table.head)}.")
    shares = table.widths or [1.0] * len(table.head)
    for column, share in zip(frame.table.columns, shares, strict=True):
        column.width = Inches(width * share / sum(shares))
    for row, texts in enumerate([table.head, *table.rows]):
        for column, text in enumerate(texts):
            cell = frame.table.cell(row, column)
            cell.text = cut(text, CELL_MOST)
            colour = "FFFFFF" if row == 0 else INK
            _style(cell.text_frame.paragraphs[0], 13, colour, bold=row == 0)


def _describe(frame: Any, words: str) -> None:
    """The words that a screen reader says for a shape."""
    frame._element.nvGraphicFramePr.cNvPr.set("descr", printable(words))


# Charts ---------------------------------------------------------------------------------------


def _charts(slide: Any, charts: Sequence[Bars], top: float) -> None:
    """Side by side."""
    gap = 0.3
    width = (WIDTH - 2 * EDGE - gap * (len(charts) - 1)) / len(charts)
    for number, bars in enumerate(charts):
        _chart(slide, bars, EDGE + number * (width + gap), top, width, HEIGHT - top - 0.45)


def _chart(slide: Any, bars: Bars, left: float, top: float, width: float, height: float) -> None:
    from pptx.chart.data import CategoryChartData
    from pptx.enum.chart import XL_CHART_TYPE
    from pptx.util import Inches

    shown = bars.bars[-BARS_MOST:]
    numbers = CategoryChartData(number_format="0%")
    numbers.categories = [f"{cut(bar.label, 24)}\n{cut(bar.reads, 24)}" for bar in shown]
    numbers.add_series("Share of closed projects hit", [round(bar.share, 4) for bar in shown])
    # Long names stand beside bars that lie; below columns they would be turned.
    lying = max((len(bar.label) for bar in shown), default=0) > LABEL_MOST
    kind = XL_CHART_TYPE.BAR_CLUSTERED if lying else XL_CHART_TYPE.COLUMN_CLUSTERED
    frame = slide.shapes.add_chart(
        kind, Inches(left), Inches(top), Inches(width), Inches(height),
        numbers,
    )  # fmt: skip
    frame.name = cut(bars.title, 60)
    _describe(frame, bars.alt)
    _dress(frame.chart, bars.title)
    frame.chart.category_axis.reverse_order = lying  # the first on top
    _whiskers(frame.chart, [(bar.share, bar.low, bar.high) for bar in shown])


def _dress(chart: Any, title: str) -> None:
    from pptx.dml.color import RGBColor
    from pptx.util import Pt

    chart.has_legend, chart.has_title = False, True
    chart.font.size = Pt(11)
    chart.chart_title.text_frame.text = cut(title, 60)
    chart.chart_title.text_frame.paragraphs[0].font.size = Pt(14)
    axis = chart.value_axis
    axis.minimum_scale, axis.maximum_scale, axis.major_unit = 0.0, 1.0, 0.25
    axis.tick_labels.number_format, axis.tick_labels.number_format_is_linked = "0%", False
    plot = chart.plots[0]
    plot.gap_width = 60
    fill = plot.series[0].format.fill
    fill.solid()
    fill.fore_color.rgb = RGBColor.from_string(ACCENT)


def _whiskers(chart: Any, values: Sequence[tuple[float, float, float]]) -> None:
    """Intervals as error bars, which python-pptx has no words for (ECMA-376, 21.2.2.55)."""
    from pptx.oxml.ns import qn
    from pptx.oxml.xmlchemy import OxmlElement

    def tag(parent: Any, name: str, **attributes: str) -> Any:
        made = OxmlElement(f"c:{name}")
        for key, value in attributes.items():
            made.set(key, value)
        parent.append(made)
        return made

    bars = OxmlElement("c:errBars")
    for name, value in (("errBarType", "both"), ("errValType", "cust"), ("noEndCap", "0")):
        tag(bars, name, val=value)
    for name, sizes in (
        ("plus", [high - share for share, _, high in values]),
        ("minus", [share - low for share, low, _ in values]),
    ):
        literal = tag(tag(bars, name), "numLit")
        tag(literal, "formatCode").text = "General"
        tag(literal, "ptCount", val=str(len(sizes)))
        for place, size in enumerate(sizes):
            tag(tag(literal, "pt", idx=str(place)), "v").text = f"{max(size, 0.0):.4f}"
    # The order of a series' parts is fixed: error bars stand before its categories.
    chart.plots[0].series[0]._element.find(qn("c:cat")).addprevious(bars)
