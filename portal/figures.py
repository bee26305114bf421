"""The PMO's figures as they are read: in words, as rows, as a workbook with charts, on paper."""

import io
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from analytics.performance import Figure, Point, Unit
from content.exports import sheet_name
from portal.papers import Bar, Bars, Block, Heading, Paper, Table, Text

# What a chart and the sheet below it are set in; the colours of the portal.
ACCENT, LINE = "#0F4C5C", "#8A8F8F"
HEADS = ("Quarter", "Counted", "Of", "Share", "From", "To", "Median days", "Nine of ten within")


def value(figure: Figure, point: Point) -> str:
    """A figure in words, such as ``12 of 40 (30 %)``."""
    unit = figure.kind.unit
    if not point.things:
        return "none" if unit is Unit.number else f"no {figure.kind.of}"
    if unit is Unit.days:
        return f"{days(point.median)} days, nine of ten within {days(point.p90)}"
    if unit is Unit.number:
        return str(point.things)
    share = f"{point.rate.share:.0%}".replace("%", " %") if point.rate else ""
    return f"{point.counted} of {point.things} ({share})"


def days(found: float | None) -> str:
    """Days with one digit where they are few."""
    if found is None:
        return "–"
    return f"{found:.1f}" if found < 10 else f"{found:.0f}"


def rows(shown: Sequence[Figure]) -> Iterator[dict[str, object]]:
    """A row for each figure and quarter, for the portal's lists."""
    for figure in shown:
        for point in figure.points:
            yield {
                "figure": figure.kind.title, "quarter": point.name, "so_far": point.partial,
                "counted": point.counted, "of": point.things,
                "share": round(point.rate.share, 4) if point.rate else None,
                "low": round(point.rate.low, 4) if point.rate else None,
                "high": round(point.rate.high, 4) if point.rate else None,
                "median": round(point.median, 2) if point.median is not None else None,
                "p90": round(point.p90, 2) if point.p90 is not None else None,
                "definition": figure.kind.definition,
            }  # fmt: skip


def scope(quarters: int, department: int | None, departments: Sequence[tuple[int, str]]) -> str:
    """What the figures are narrowed to, in words."""
    where = dict(departments).get(department or 0, "all departments")
    return f"The last {quarters} quarters, {where}"


# Paper ----------------------------------------------------------------------------------------


def paper(shown: Sequence[Figure], narrowed: str, organisation: str, at: datetime) -> Paper:
    """The figures as a document: an overview, then each with its definition and quarters."""
    overview = Table(
        ("Figure", "Now", "The period before"),
        [(f.kind.title, value(f, f.now), value(f, f.before)) for f in shown],
        widths=(1.2, 1.5, 1.5),
    )
    blocks: list[Block] = [overview, *(block for figure in shown for block in _part(figure))]
    return Paper(
        title="How the PMO is doing",
        blocks=blocks,
        facts=(("Counted over", narrowed), ("As of", f"{at:%d %B %Y}")),
        foot=f"{organisation}. Counted as far as the person who asked may read.",
        author=organisation,
    )


def _part(figure: Figure) -> list[Block]:
    kind = figure.kind
    blocks: list[Block] = [Heading(kind.title), Text(kind.definition, quiet=True)]
    blocks.append(Text(f"{value(figure, figure.now)}; {kind.better}.", label="Now"))
    if figure.change:
        blocks.append(Text(f"{figure.change.sentence}.", label="Against the period before"))
    if figure.verdict:
        blocks.append(Text(f"{figure.verdict}.", label="Over the quarters"))
    if figure.parts:
        table = Table(("", "Today"), [(name, str(n)) for name, n in figure.parts], frozenset({1}))
        blocks.append(table)
    blocks.append(_chart(figure) if kind.unit is Unit.share else _table(figure))
    return blocks


def _chart(figure: Figure) -> Bars:
    bars = [
        Bar(point.title, point.rate.share, point.rate.low, point.rate.high,
            f"{point.counted} of {point.things}")
        for point in figure.points
        if point.rate
    ]  # fmt: skip
    return Bars(f"{figure.kind.title} by quarter, with 95 % intervals", bars)


def _table(figure: Figure) -> Table:
    if figure.kind.unit is Unit.number:
        rows_ = [(point.title, str(point.things)) for point in figure.points]
        return Table(("Quarter", figure.kind.of.capitalize()), rows_, frozenset({1}))
    found = [
        (point.title, str(point.things), days(point.median), days(point.p90))
        for point in figure.points
    ]
    heads = ("Quarter", figure.kind.of.capitalize(), "Median days", "Nine of ten within")
    return Table(heads, found, frozenset({1, 2, 3}))


# Workbook -------------------------------------------------------------------------------------


def workbook(shown: Sequence[Figure], narrowed: str, at: datetime) -> bytes:
    """A workbook: a sheet over all figures, then one for each with its native chart."""
    import xlsxwriter  # type: ignore[import-untyped]  # it ships no types

    target = io.BytesIO()
    book = xlsxwriter.Workbook(
        target, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    book.set_properties({"title": "How the PMO is doing", "comments": narrowed})
    styles = {
        "title": book.add_format({"bold": True, "font_size": 16, "font_color": ACCENT}),
        "head": book.add_format({"bold": True, "bg_color": ACCENT, "font_color": "#FFFFFF",
                                 "text_wrap": True, "valign": "vcenter"}),
        "text": book.add_format({"text_wrap": True, "valign": "top"}),
        "quiet": book.add_format({"text_wrap": True, "valign": "top", "font_color": "#51626A"}),
        "percent": book.add_format({"num_format": "0 %", "valign": "top"}),
        "number": book.add_format({"num_format": "0.0", "valign": "top"}),
    }  # fmt: skip
    _overview(book, styles, shown, narrowed, at)
    for figure in shown:
        _sheet(book, styles, figure)
    book.close()
    return target.getvalue()


def _overview(
    book: Any, styles: dict[str, Any], shown: Sequence[Figure], narrowed: str, at: datetime
) -> None:
    sheet = book.add_worksheet("Overview")
    sheet.set_column(0, 0, 26)
    sheet.set_column(1, 2, 34)
    sheet.set_column(3, 3, 80)
    sheet.write_string(0, 0, "How the PMO is doing", styles["title"])
    sheet.write_string(1, 0, f"{narrowed}, as of {at:%d %B %Y}", styles["quiet"])
    for column, head in enumerate(("Figure", "Now", "The period before", "Definition")):
        sheet.write_string(3, column, head, styles["head"])
    for row, figure in enumerate(shown, 4):
        name = sheet_name(figure.kind.title)
        sheet.write_url(row, 0, f"internal:'{name}'!A1", string=figure.kind.title)
        sheet.write_string(row, 1, value(figure, figure.now), styles["text"])
        sheet.write_string(row, 2, value(figure, figure.before), styles["text"])
        sheet.write_string(row, 3, figure.kind.definition, styles["quiet"])
    sheet.freeze_panes(4, 1)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)


def _sheet(book: Any, styles: dict[str, Any], figure: Figure) -> None:
    name = sheet_name(figure.kind.title)
    sheet = book.add_worksheet(name)
    sheet.set_column(0, 7, 13)
    sheet.write_string(0, 0, figure.kind.title, styles["title"])
    sheet.merge_range(1, 0, 1, 7, figure.kind.definition, styles["quiet"])
    sheet.set_row(1, 48)
    for column, head in enumerate(HEADS):
        sheet.write_string(3, column, head, styles["head"])
    for row, point in enumerate(figure.points, 4):
        _line(sheet, styles, row, point)
    last = 3 + len(figure.points)
    sheet.freeze_panes(4, 1)
    chart = _native_chart(book, figure, name, last)
    sheet.insert_chart(last + 2, 0, chart, {"description": _alt(figure)})
    for row, (part, count) in enumerate(figure.parts, 4):
        sheet.write_string(row, 9, part, styles["text"])
        sheet.write_number(row, 10, count)
    if figure.parts:
        sheet.set_column(9, 9, 22)
        sheet.write_string(3, 9, "Today", styles["head"])
        sheet.write_string(3, 10, "Count", styles["head"])


def _alt(figure: Figure) -> str:
    said = "; ".join(f"{point.title} {value(figure, point)}" for point in figure.points)
    return f"{figure.kind.title} by quarter: {said}."


def _line(sheet: Any, styles: dict[str, Any], row: int, point: Point) -> None:
    sheet.write_string(row, 0, point.title + (" so far" if point.partial else ""), styles["text"])
    sheet.write_number(row, 1, point.counted)
    sheet.write_number(row, 2, point.things)
    if point.rate:
        for column, share in enumerate((point.rate.share, point.rate.low, point.rate.high), 3):
            sheet.write_number(row, column, share, styles["percent"])
    for column, found in ((6, point.median), (7, point.p90)):
        if found is not None:
            sheet.write_number(row, column, found, styles["number"])


def _native_chart(book: Any, figure: Figure, name: str, last: int) -> Any:
    """A chart of the cells above it: shares with their intervals, days, or counts."""
    unit = figure.kind.unit
    chart = book.add_chart({"type": "line" if unit is Unit.days else "column"})
    chosen = {Unit.share: (3,), Unit.days: (6, 7), Unit.number: (2,)}[unit]
    for place, column in enumerate(chosen):
        series: dict[str, Any] = {
            "name": [name, 3, column], "categories": [name, 4, 0, last, 0],
            "values": [name, 4, column, last, column],
            "fill": {"color": ACCENT}, "line": {"color": (ACCENT, LINE)[place], "width": 2},
            "marker": {"type": "circle"} if unit is Unit.days else None,
        }  # fmt: skip
        if unit is Unit.share:
            series["y_error_bars"] = _error_bars(figure)
        chart.add_series({key: one for key, one in series.items() if one is not None})
    chart.set_title({"name": f"{figure.kind.title} by quarter", "name_font": {"size": 12}})
    percent = {"num_format": "0 %", "min": 0, "max": 1} if unit is Unit.share else {"min": 0}
    chart.set_y_axis(
        {**percent, "major_gridlines": {"visible": True, "line": {"color": "#DCD8D0"}}}
    )
    chart.set_legend({"none": True} if unit is not Unit.days else {"position": "bottom"})
    chart.set_size({"width": 720, "height": 300})
    return chart


def _error_bars(figure: Figure) -> dict[str, Any]:
    rates = [point.rate for point in figure.points]
    return {
        "type": "custom",
        "plus_values": [rate.high - rate.share if rate else 0 for rate in rates],
        "minus_values": [rate.share - rate.low if rate else 0 for rate in rates],
        "line": {"color": LINE},
    }
