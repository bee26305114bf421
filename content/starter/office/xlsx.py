"""Sources of kind `xlsx`: registers with drop-downs and formulas, summaries, matrices, charts."""

import io
from collections.abc import Mapping
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.header_footer import HeaderFooterItem, _HeaderFooterPart
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from content.starter.office import palette
from content.starter.office.register import build_register
from content.starter.office.source import Source
from content.starter.office.summary import build_matrix, build_summary

LISTS = "Lists"
HOW_TO = "How to use"


def build(source: Source) -> bytes:
    """The file of a source."""
    book = Workbook()
    first = book.active
    assert first is not None
    book.remove(first)
    _properties(book, source)
    builders = {"register": build_register, "summary": build_summary, "matrix": build_matrix}
    for sheet in source["sheet"]:
        page = book.create_sheet(sheet["name"])
        heading(page, sheet.get("title", source["title"]), sheet.get("intro", ""))
        builders[sheet.get("kind", "register")](page, sheet)
        _print_setup(page, source)
    _how_to(book.create_sheet(HOW_TO), source)
    _lists(book, source.get("lists", {}))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def heading(page: Worksheet, title: str, intro: str) -> None:
    """The two lines above every sheet."""
    page.sheet_view.showGridLines = False
    page["A1"] = title
    page["A1"].font = Font(palette.FONT, size=18, bold=True, color=palette.ACCENT)
    page["A2"] = intro
    page["A2"].font = Font(palette.FONT, size=10, italic=True, color=palette.SOFT)
    page.row_dimensions[1].height = 28


def _properties(book: Workbook, source: Source) -> None:
    properties = book.properties
    properties.title, properties.subject = source["title"], source["summary"]
    properties.creator = properties.lastModifiedBy = palette.ORGANISATION
    properties.language, properties.version = "en-GB", str(source["version"])


def _print_setup(page: Worksheet, source: Source) -> None:
    page.page_setup.paperSize = page.PAPERSIZE_A4
    page.page_setup.orientation = "landscape"
    page.page_setup.fitToWidth, page.page_setup.fitToHeight = 1, 0
    page.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    page.oddHeader = HeaderFooterItem(
        left=_HeaderFooterPart(f"{palette.ORGANISATION} - {source['title']}")
    )
    page.oddFooter = HeaderFooterItem(
        left=_HeaderFooterPart(f"{source['slug']} {source['version']}"),
        right=_HeaderFooterPart("Page &P of &N"),
    )


def _how_to(page: Worksheet, source: Source) -> None:
    heading(page, "How to use this workbook", source["summary"])
    page.column_dimensions["A"].width = 22
    page.column_dimensions["B"].width = 100
    control = [("Template", f"{source['slug']} {source['version']}"), ("Project", ""),
               ("Owner", ""), ("Approved by", ""), ("Date", "")]  # fmt: skip
    rows = [*control, *(("", line) for line in source["how_to"])]
    for number, (name, value) in enumerate(rows, 4):
        page.cell(number, 1, name).font = Font(palette.FONT, bold=True, color=palette.ACCENT)
        cell = page.cell(number, 2, value)
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        cell.font = Font(palette.FONT, color=palette.INK)
        if name:
            cell.border = Border(bottom=Side("thin", color=palette.LINE))
    _print_setup(page, source)


def _lists(book: Workbook, lists: Mapping[str, Any]) -> None:
    """The values of the drop-downs, each column under a name that validations refer to."""
    if not lists:
        return
    page = book.create_sheet(LISTS)
    for column, (name, values) in enumerate(lists.items(), 1):
        head = page.cell(1, column, name)
        head.font = Font(palette.FONT, bold=True, color=palette.WHITE)
        head.fill = PatternFill("solid", start_color=palette.ACCENT)
        for row, value in enumerate(values, 2):
            page.cell(row, column, value).font = Font(palette.FONT, color=palette.INK)
        letter = get_column_letter(column)
        page.column_dimensions[letter].width = max(14, *(len(str(v)) + 2 for v in (name, *values)))
        reference = f"'{LISTS}'!${letter}$2:${letter}${len(values) + 1}"
        book.defined_names[f"list_{name}"] = DefinedName(f"list_{name}", attr_text=reference)
