"""Sheets that count what a register holds: figures with their formulas, matrices, a chart."""

from collections.abc import Mapping, Sequence
from typing import Any

from openpyxl.chart import BarChart, Reference
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from content.starter.office import palette
from content.starter.office.register import BOX, FORMATS, HEAD, TONES


def build_summary(page: Worksheet, sheet: Mapping[str, Any]) -> None:
    """Figures: a name, a formula, and how to read it; then the chart if there is one."""
    page.column_dimensions["A"].width = 34
    page.column_dimensions["B"].width = 14
    page.column_dimensions["C"].width = 60
    _heads(page, ("Figure", "Value", "How to read it"))
    for row, figure in enumerate(sheet["figure"], HEAD + 1):
        values = (figure["name"], figure["formula"], figure.get("note", ""))
        for column, value in enumerate(values, 1):
            cell = page.cell(row, column, value)
            cell.border, cell.alignment = BOX, Alignment(wrap_text=True, vertical="top")
            cell.font = Font(palette.FONT, color=palette.SOFT if column == 3 else palette.INK)
        page.cell(row, 2).number_format = FORMATS.get(figure.get("kind", ""), "General")
    if "chart" in sheet:
        _chart(page, sheet["chart"], HEAD + len(sheet["figure"]))


def _heads(page: Worksheet, names: Sequence[str]) -> None:
    for column, name in enumerate(names, 1):
        cell = page.cell(HEAD, column, name)
        cell.font = Font(palette.FONT, bold=True, color=palette.WHITE)
        cell.fill = PatternFill("solid", start_color=palette.ACCENT)
        cell.border = BOX


def _chart(page: Worksheet, spec: Mapping[str, Any], last: int) -> None:
    chart = BarChart()
    chart.type, chart.style, chart.legend = "bar", 10, None
    chart.title, chart.height, chart.width = spec["title"], 8, 16
    first = HEAD + spec.get("from", 1)
    chart.add_data(Reference(page, min_col=2, min_row=first, max_row=last))
    chart.set_categories(Reference(page, min_col=1, min_row=first, max_row=last))
    chart.series[0].graphicalProperties.solidFill = palette.ACCENT
    page.add_chart(chart, f"A{last + 3}")


def build_matrix(page: Worksheet, sheet: Mapping[str, Any]) -> None:
    """A heat map: rows and columns of values, each cell a formula over ``{row}`` and ``{column}``.

    A cell's colour comes from the product of its values, by the bands of the source.
    """
    rows, columns = sheet["rows_of"], sheet["columns_of"]
    page.column_dimensions["A"].width = 20
    corner = page.cell(HEAD, 1, f"{sheet['row_name']} ↓   {sheet['column_name']} →")
    corner.font = Font(palette.FONT, bold=True, color=palette.SOFT)
    for place, value in enumerate(columns, 2):
        page.column_dimensions[get_column_letter(place)].width = 12
        _centred(page.cell(HEAD, place, value), palette.ACCENT, palette.WHITE)
    for row, value in enumerate(rows, HEAD + 1):
        page.row_dimensions[row].height = 34
        _centred(page.cell(row, 1, value), palette.ACCENT, palette.WHITE)
        for place, other in enumerate(columns, 2):
            formula = sheet["formula"].replace("{row}", f"$A{row}")
            formula = formula.replace("{column}", f"{get_column_letter(place)}${HEAD}")
            fill, ink = TONES[_band(value * other, sheet["bands"])]
            _centred(page.cell(row, place, formula), fill, ink)


def _band(score: int, bands: Sequence[Mapping[str, Any]]) -> str:
    return next(str(band["tone"]) for band in bands if score >= band["from"])


def _centred(cell: Any, fill: str, ink: str) -> None:
    cell.fill = PatternFill("solid", start_color=fill)
    cell.font = Font(palette.FONT, bold=True, color=ink)
    cell.alignment = Alignment(horizontal="center", vertical="center")
    cell.border = BOX
