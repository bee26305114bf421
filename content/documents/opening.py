"""Really opening a file with its library, as the last proof that it is whole.

Only for what the look at the archive let through. The libraries are imported when a file is
opened: together they take half a second, which every start of the portal would pay.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import fromstring

from content.documents.archive import Archive, open_archive
from content.errors import Refused

if TYPE_CHECKING:
    from docx.document import Document
    from openpyxl.workbook.workbook import Workbook
    from pptx.presentation import Presentation

# Sheets or slides; more are not named.
MAX_PARTS = 1_000
# Characters of a title that a file gives itself.
MAX_TITLE = 200

_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_DRAW = "{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}"
_DC_TITLE = "{http://purl.org/dc/elements/1.1/}title"


def opened(content: bytes, format_: str) -> tuple[str, tuple[str, ...]]:
    """Return the file's own title and the names of its sheets or slides."""
    with reading():
        title, parts = _OPEN.get(format_, _nothing)(content)
    return " ".join(title.split())[:MAX_TITLE], parts[:MAX_PARTS]


@contextmanager
def reading() -> Iterator[None]:
    """Turn whatever a library stumbles over into `Refused`, and keep its warnings to ourselves."""
    try:
        with warnings.catch_warnings():
            # openpyxl tells of parts that it would drop on saving; nothing is saved here.
            warnings.simplefilter("ignore")
            yield
    except Refused:
        raise
    # These libraries answer damaged files with anything from KeyError to their parser's errors.
    except Exception as error:
        raise Refused(
            f"The file cannot be opened ({type(error).__name__}: {str(error)[:120]}). Open it in "
            "your office program, save it anew and upload that."
        ) from error


def open_docx(content: bytes) -> Document:
    """Open a Word document."""
    import docx

    return docx.Document(io.BytesIO(content))


def open_xlsx(content: bytes) -> Workbook:
    """Open a workbook for reading values row by row."""
    import openpyxl

    return openpyxl.load_workbook(
        io.BytesIO(content), read_only=True, data_only=True, keep_links=False
    )


def open_pptx(content: bytes) -> Presentation:
    """Open a presentation."""
    import pptx

    return pptx.Presentation(io.BytesIO(content))


def _docx(content: bytes) -> tuple[str, tuple[str, ...]]:
    document = open_docx(content)
    for paragraph in document.paragraphs[:1]:
        _ = paragraph.text
    return document.core_properties.title or "", ()


def _xlsx(content: bytes) -> tuple[str, tuple[str, ...]]:
    workbook = open_xlsx(content)
    for sheet in workbook.worksheets:
        next(sheet.iter_rows(max_row=1, max_col=10), None)
    return workbook.properties.title or "", tuple(workbook.sheetnames)


def _pptx(content: bytes) -> tuple[str, tuple[str, ...]]:
    presentation = open_pptx(content)
    names = tuple(
        slide_name(number, slide.shapes.title.text_frame.text if slide.shapes.title else "")
        for number, slide in enumerate(presentation.slides, start=1)
    )
    return presentation.core_properties.title or "", names


def slide_name(number: int, title: str) -> str:
    """Return how a slide is called: by number, and by title when it has one."""
    shown = " ".join(title.split())[:MAX_TITLE]
    return f"Slide {number}: {shown}" if shown else f"Slide {number}"


def _odf(content: bytes) -> tuple[str, tuple[str, ...]]:
    archive = open_archive(content)
    tree = odf_content(archive)
    names = [item.get(_TABLE + "name", "") for item in tree.iter(_TABLE + "table")]
    if not names or any(True for _ in tree.iter(_DRAW + "page")):
        names = [item.get(_DRAW + "name", "") for item in tree.iter(_DRAW + "page")]
    meta = archive.read("meta.xml")
    title = fromstring(meta).findtext(f".//{_DC_TITLE}") if meta else ""
    return title or "", tuple(names)


def odf_content(archive: Archive) -> Element:
    """Return the body of an OpenDocument file."""
    tree: Element = fromstring(archive.read("content.xml"), forbid_dtd=True)
    return tree


def _nothing(_: bytes) -> tuple[str, tuple[str, ...]]:
    return "", ()


_OPEN = {
    "docx": _docx,
    "xlsx": _xlsx,
    "pptx": _pptx,
    "odt": lambda content: (_odf(content)[0], ()),
    "ods": _odf,
    "odp": _odf,
    "odg": _odf,
}
