"""Sources of kind `pptx`: slides with text, tables, status cards and a native chart."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.dml.color import RGBColor
from pptx.enum.chart import XL_CHART_TYPE, XL_LEGEND_POSITION
from pptx.enum.shapes import MSO_SHAPE
from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
from pptx.util import Cm, Pt

from content.starter.office import palette
from content.starter.office.source import Source

WIDTH, HEIGHT, MARGIN = 33.87, 19.05, 1.6  # centimetres, 16:9
TONES = {
    "green": (palette.GREEN_SOFT, palette.GREEN),
    "amber": (palette.AMBER_SOFT, palette.AMBER),
    "red": (palette.RED_SOFT, palette.RED),
    "plain": (palette.SHADE, palette.INK),
}
TITLE_ONLY = 5


def build(source: Source) -> bytes:
    """The file of a source."""
    deck = Presentation()
    deck.slide_width, deck.slide_height = Cm(WIDTH), Cm(HEIGHT)
    _properties(deck, source)
    for number, slide in enumerate(source["slide"], 1):
        _slide(deck, slide, source, number)
    out = io.BytesIO()
    deck.save(out)
    return out.getvalue()


def _properties(deck: Any, source: Source) -> None:
    core = deck.core_properties
    core.title, core.subject = source["title"], source["summary"]
    core.author = core.last_modified_by = palette.ORGANISATION
    core.language, core.version, core.revision = "en-GB", str(source["version"]), 1


def _slide(deck: Any, spec: Mapping[str, Any], source: Source, number: int) -> None:
    slide = deck.slides.add_slide(deck.slide_layouts[TITLE_ONLY])
    title = slide.shapes.title
    title.left, title.top = Cm(MARGIN), Cm(0.9)
    title.width, title.height = Cm(WIDTH - 2 * MARGIN), Cm(1.8)
    _write(title.text_frame, spec["title"], 28, palette.ACCENT, bold=True)
    title.text_frame.vertical_anchor = MSO_ANCHOR.MIDDLE
    top = 3.0
    if "lead" in spec:
        _box(slide, spec["lead"], MARGIN, top, WIDTH - 2 * MARGIN, 1.0, 14, palette.SOFT)
        top += 1.3
    if "cards" in spec:
        _cards(slide, spec["cards"], top)
        top += 4.2
    if "table" in spec:
        _table(slide, spec["table"], top, spec["title"])
    if "chart" in spec:
        _chart(slide, spec["chart"], top)
    if "bullets" in spec:
        _bullets(slide, spec["bullets"], top, narrow="chart" in spec)
    footer = f"{palette.ORGANISATION}  ·  {source['slug']} {source['version']}  ·  {number}"
    _box(slide, footer, MARGIN, HEIGHT - 1.1, WIDTH - 2 * MARGIN, 0.8, 10, palette.SOFT)
    if "notes" in spec:
        slide.notes_slide.notes_text_frame.text = spec["notes"].strip()


def _write(
    frame: Any, text: str, size: float, colour: str, *, bold: bool = False, first: bool = True
) -> None:
    frame.word_wrap = True
    paragraph = frame.paragraphs[0] if first else frame.add_paragraph()
    paragraph.alignment = PP_ALIGN.LEFT
    run = paragraph.add_run()
    run.text = text
    run.font.name, run.font.size, run.font.bold = palette.FONT, Pt(size), bold
    run.font.color.rgb = RGBColor.from_string(colour)


def _box(
    slide: Any, text: str, left: float, top: float, width: float, height: float, size: float,
    colour: str,
) -> None:  # fmt: skip
    box = slide.shapes.add_textbox(Cm(left), Cm(top), Cm(width), Cm(height))
    _write(box.text_frame, text, size, colour)


def _cards(slide: Any, cards: Sequence[Mapping[str, str]], top: float) -> None:
    gap = 0.5
    width = (WIDTH - 2 * MARGIN - gap * (len(cards) - 1)) / len(cards)
    for place, card in enumerate(cards):
        left = MARGIN + place * (width + gap)
        fill, ink = TONES[card.get("tone", "plain")]
        shape = slide.shapes.add_shape(
            MSO_SHAPE.ROUNDED_RECTANGLE, Cm(left), Cm(top), Cm(width), Cm(3.6)
        )
        shape.name = f"Status: {card['name']}"
        shape.adjustments[0] = 0.06
        shape.fill.solid()
        shape.fill.fore_color.rgb = RGBColor.from_string(fill)
        shape.line.fill.background()
        shape.shadow.inherit = False
        _write(shape.text_frame, card["name"], 12, palette.SOFT)
        _write(shape.text_frame, card["value"], 20, ink, bold=True, first=False)
        _write(shape.text_frame, card.get("note", ""), 11, palette.INK, first=False)


def _table(slide: Any, spec: Mapping[str, Any], top: float, title: str) -> None:
    columns, rows = spec["columns"], spec["rows"]
    frame = slide.shapes.add_table(
        len(rows) + 1, len(columns), Cm(MARGIN), Cm(top), Cm(WIDTH - 2 * MARGIN),
        Cm(1.3 * (len(rows) + 1)),
    )  # fmt: skip
    frame.name = f"Table: {title}"
    widths = spec.get("widths") or [1.0] * len(columns)
    for place, width in enumerate(widths):
        frame.table.columns[place].width = Cm((WIDTH - 2 * MARGIN) * width / sum(widths))
    for place, name in enumerate(columns):
        _cell(frame.table.cell(0, place), name, palette.ACCENT, palette.WHITE, bold=True)
    for number, row in enumerate(rows, 1):
        for place, value in enumerate(row):
            fill = palette.WHITE if number % 2 else palette.SHADE
            _cell(frame.table.cell(number, place), str(value), fill, palette.INK)


def _cell(cell: Any, text: str, fill: str, ink: str, *, bold: bool = False) -> None:
    cell.fill.solid()
    cell.fill.fore_color.rgb = RGBColor.from_string(fill)
    cell.vertical_anchor = MSO_ANCHOR.MIDDLE
    _write(cell.text_frame, text, 12, ink, bold=bold)


def _chart(slide: Any, spec: Mapping[str, Any], top: float) -> None:
    data = CategoryChartData()
    data.categories = spec["categories"]
    for series in spec["series"]:
        later = [None] * (len(spec["categories"]) - len(series["values"]))
        data.add_series(series["name"], [*series["values"], *later])
    frame = slide.shapes.add_chart(
        XL_CHART_TYPE.COLUMN_CLUSTERED, Cm(MARGIN), Cm(top), Cm(20), Cm(HEIGHT - top - 1.6), data
    )
    frame._element.nvGraphicFramePr.cNvPr.set("descr", spec["alt"])
    chart = frame.chart
    chart.has_legend, chart.has_title = True, False
    chart.legend.position, chart.legend.include_in_layout = XL_LEGEND_POSITION.BOTTOM, False
    for series, colour in zip(chart.plots[0].series, (palette.ACCENT, palette.AMBER), strict=False):
        series.format.fill.solid()
        series.format.fill.fore_color.rgb = RGBColor.from_string(colour)


def _bullets(slide: Any, lines: Sequence[str], top: float, *, narrow: bool) -> None:
    left = MARGIN + 21 if narrow else MARGIN
    box = slide.shapes.add_textbox(
        Cm(left), Cm(top), Cm(WIDTH - MARGIN - left), Cm(HEIGHT - top - 1.6)
    )
    for place, line in enumerate(lines):
        _write(box.text_frame, f"•  {line}", 14, palette.INK, first=place == 0)
        box.text_frame.paragraphs[place].space_after = Pt(8)
