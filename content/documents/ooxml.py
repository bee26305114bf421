"""DOCX, XLSX and PPTX: which one it is, and that nothing in it runs or fetches."""

import re
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import fromstring

from content.documents.archive import Archive, open_archive
from content.documents.legacy import OLE_MAGIC, check_embedded
from content.documents.relations import check_external, relations
from content.errors import Refused

_MAIN = {
    "wordprocessingml.document.main": "docx",
    "spreadsheetml.sheet.main": "xlsx",
    "presentationml.presentation.main": "pptx",
    "presentationml.slideshow.main": "pptx",
}
_TEMPLATES = {
    "wordprocessingml.template.main": "DOCX",
    "spreadsheetml.template.main": "XLSX",
    "presentationml.template.main": "PPTX",
}
_MACROS = re.compile(
    r"(^|/)(vbaProject\.bin|vbaData\.xml|macrosheets/|dialogsheets/|activeX/|attachedToolbars)",
    re.IGNORECASE,
)
_MACRO_TYPES = re.compile(r"macroEnabled|vbaProject|macrosheet|activeX", re.IGNORECASE)
_FIELD = re.compile(
    r"<w:instrText[^>]*>([^<]*)</w:instrText>|<w:fldSimple [^>]*?w:instr=\"([^\"]*)"
)
_DDE = re.compile(r"\bDDE(AUTO)?\b")
# Files within files: a chart's workbook in a presentation is one level.
MAX_EMBEDDED_DEPTH = 2


def format_of(archive: Archive) -> str:
    """Return docx, xlsx or pptx by the type of the package's main part."""
    root: Element = fromstring(archive.read("[Content_Types].xml"), forbid_dtd=True)
    types = [item.get("ContentType", "") for item in root]
    if any(_MACRO_TYPES.search(kind) for kind in types):
        raise Refused(_WITH_MACROS)
    for kind in types:
        for mark, format_ in _MAIN.items():
            if mark in kind:
                return format_
        for mark, better in _TEMPLATES.items():
            if mark in kind:
                raise Refused(f"This is an office template file. Save it as {better} and upload.")
        if "ms-excel.sheet.binary" in kind:
            raise Refused("This is a binary workbook (XLSB). Save it as XLSX and upload that.")
    raise Refused("The archive is not a Word, Excel or PowerPoint file.")


_WITH_MACROS = (
    "The file contains macros or active controls, which run on the computer of whoever opens it. "
    "Save it without macros (DOCX, XLSX or PPTX) and upload that."
)


def check_ooxml(archive: Archive, depth: int = 0) -> None:
    """Raise `Refused` when something in the package runs or fetches."""
    if any(_MACROS.search(name) for name in archive.names):
        raise Refused(_WITH_MACROS)
    for relation in relations(archive):
        if relation.kind in {"vbaProject", "xlMacrosheet", "xlIntlMacrosheet"}:
            raise Refused(_WITH_MACROS)
        check_external(relation)
    for name in archive.names:
        if name.startswith("word/") and name.endswith(".xml"):
            _check_fields(archive.read(name).decode("utf-8", "replace"))
        elif name.startswith("xl/externalLinks/") and b"ddeLink" in archive.read(name):
            raise Refused("The workbook starts another program to get its values (DDE).")
        elif not name.endswith((".xml", ".rels", "/")):
            _check_embedded(archive.read(name), name, depth)


def _check_fields(part: str) -> None:
    # A field's instruction may be cut over several runs, so they are looked at joined.
    code = "".join(first or second for first, second in _FIELD.findall(part))
    if _DDE.search(code):
        raise Refused("The document starts another program to get its values (DDE field).")


def _check_embedded(content: bytes, name: str, depth: int) -> None:
    if content.startswith(OLE_MAGIC):
        check_embedded(content, name)
    if not content.startswith(b"PK\x03\x04"):
        return
    if depth >= MAX_EMBEDDED_DEPTH:
        raise Refused(f"The file holds archives within archives ({name}).")
    inner = open_archive(content)
    if "[Content_Types].xml" not in inner.names:
        raise Refused(f"The file holds another archive ({name}). Remove it and upload again.")
    format_of(inner)
    check_ooxml(inner, depth + 1)
