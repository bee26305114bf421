"""A register: one row an entry, typed columns, drop-downs, formulas, highlights, a Gantt chart."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from content.starter.office import palette

HEAD = 4  # the row of the column names, below title, introduction and a blank line
FORMATS = {
    "text": "@",
    "date": "yyyy-mm-dd",
    "money": "#,##0",
    "percent": "0%",
    "number": "0.##",
    "whole": "0",
}
TONES = {
    "red": (palette.RED_SOFT, palette.RED),
    "amber": (palette.AMBER_SOFT, palette.AMBER),
    "green": (palette.GREEN_SOFT, palette.GREEN),
    "accent": (palette.ACCENT_SOFT, palette.ACCENT),
}
LINE = Side("thin", color=palette.LINE)
BOX = Border(left=LINE, right=LINE, top=LINE, bottom=LINE)
_COLUMN = re.compile(r"\{([^{}]+)\}")


def build_register(page: Worksheet, sheet: Mapping[str, Any]) -> None:
    """Fill `page` with the register that `sheet` describes."""
    columns: Sequence[Mapping[str, Any]] = sheet["column"]
    letters = {column["name"]: get_column_letter(n) for n, column in enumerate(columns, 1)}
    last = HEAD + sheet.get("rows", 60)
    examples = sheet.get("examples", [])
    if any(len(example) != len(columns) for example in examples):
        raise ValueError(f"{sheet['name']}: an example has not {len(columns)} values")
    for number, column in enumerate(columns, 1):
        _head(page, number, column)
        for row in range(HEAD + 1, last + 1):
            place = row - HEAD - 1
            example = examples[place][number - 1] if place < len(examples) else None
            _cell(page, row, number, column, letters, example)
        if "choices" in column:
            _drop_down(page, get_column_letter(number), column, last)
    for rule in sheet.get("highlight", []):
        _highlight(page, rule, letters, last)
    if "gantt" in sheet:
        _gantt(page, sheet["gantt"], letters, len(columns), last)
    page.freeze_panes = f"{get_column_letter(sheet.get('freeze', 2))}{HEAD + 1}"
    page.auto_filter.ref = f"A{HEAD}:{get_column_letter(len(columns))}{last}"
    page.print_title_rows = f"{HEAD}:{HEAD}"
    width = len(columns) + sheet.get("gantt", {}).get("weeks", 0)
    page.print_area = f"A1:{get_column_letter(width)}{last}"


def reference(formula: str, letters: Mapping[str, str], row: int) -> str:
    """A formula with ``{Column}`` replaced by the cell of that column in `row`.

    Raises:
        KeyError: it names a column that is not there.
    """
    return _COLUMN.sub(lambda found: f"${letters[found[1]]}{row}", formula)


def _head(page: Worksheet, number: int, column: Mapping[str, Any]) -> None:
    cell = page.cell(HEAD, number, column["name"])
    cell.font = Font(palette.FONT, bold=True, color=palette.WHITE)
    cell.fill = PatternFill("solid", start_color=palette.ACCENT)
    cell.alignment = Alignment(wrap_text=True, vertical="center")
    cell.border = BOX
    page.row_dimensions[HEAD].height = 32
    page.column_dimensions[get_column_letter(number)].width = column.get("width", 14)


def _cell(
    page: Worksheet,
    row: int,
    number: int,
    column: Mapping[str, Any],
    letters: Mapping[str, str],
    example: Any,
) -> None:
    cell = page.cell(row, number)
    if "formula" in column:
        cell.value = reference(column["formula"], letters, row)
    elif example not in (None, ""):
        cell.value = example
    cell.number_format = FORMATS.get(column.get("kind", ""), "General")
    cell.font = Font(
        palette.FONT,
        italic=example not in (None, "") and "formula" not in column,
        color=palette.SOFT if example not in (None, "") else palette.INK,
    )
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    cell.border = BOX
    if "formula" in column:
        cell.fill = PatternFill("solid", start_color=palette.SHADE)


def _drop_down(page: Worksheet, letter: str, column: Mapping[str, Any], last: int) -> None:
    rule = DataValidation("list", formula1=f"=list_{column['choices']}", allow_blank=True)
    rule.error = f"Choose a value of the list for {column['name']}."
    rule.errorTitle, rule.showErrorMessage = column["name"], True
    page.add_data_validation(rule)
    rule.add(f"{letter}{HEAD + 1}:{letter}{last}")


def _rule(formula: str, fill: str, font: Font | None = None) -> Any:
    """A conditional format: the cell takes `fill` where the formula holds."""
    pattern = PatternFill("solid", start_color=fill, end_color=fill)
    return FormulaRule(  # type: ignore[no-untyped-call]  # openpyxl leaves this one untyped
        formula=[formula], fill=pattern, font=font
    )


def _highlight(
    page: Worksheet, rule: Mapping[str, str], letters: Mapping[str, str], last: int
) -> None:
    first = HEAD + 1
    fill, ink = TONES[rule["tone"]]
    area = letters[rule["column"]]
    page.conditional_formatting.add(
        f"{area}{first}:{area}{last}",
        _rule(reference(rule["when"], letters, first), fill, Font(color=ink, bold=True)),
    )


def _gantt(
    page: Worksheet, spec: Mapping[str, Any], letters: Mapping[str, str], columns: int, last: int
) -> None:
    """One narrow column a week from the first start on; a bar is a coloured cell."""
    first = HEAD + 1
    starts = f"{letters[spec['start']]}{first}:{letters[spec['start']]}{last}"
    for week in range(spec["weeks"]):
        cell = page.cell(HEAD, columns + 1 + week)
        before = get_column_letter(columns + week)
        cell.value = (
            f'=IF(COUNT({starts})=0,"",MIN({starts})-WEEKDAY(MIN({starts}),3))'
            if week == 0
            else f'=IF({before}{HEAD}="","",{before}{HEAD}+7)'
        )
        cell.number_format = "d mmm"
        cell.font = Font(palette.FONT, size=8, color=palette.SOFT)
        cell.alignment = Alignment(text_rotation=90)
        page.column_dimensions[get_column_letter(columns + 1 + week)].width = 3.2
    begin, end = get_column_letter(columns + 1), get_column_letter(columns + spec["weeks"])
    date, start, finish = (
        f"{begin}${HEAD}",
        f"${letters[spec['start']]}{first}",
        (f"${letters[spec['finish']]}{first}"),
    )
    page.conditional_formatting.add(
        f"{begin}{first}:{end}{last}",
        _rule(
            f'AND({date}<>"",{start}<>"",{finish}<>"",{start}<{date}+7,{finish}>={date})',
            palette.ACCENT,
        ),
    )
