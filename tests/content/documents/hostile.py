"""Office files made to be harmless or hostile in one respect, from real ones."""

import io
import zipfile
from collections.abc import Mapping

import docx
import openpyxl
import pptx

RELATIONSHIPS = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def docx_bytes(*paragraphs: str, title: str = "") -> bytes:
    document = docx.Document()
    document.add_heading("Purpose", level=1)
    for text in paragraphs:
        document.add_paragraph(text)
    table = document.add_table(rows=2, cols=2)
    table.rows[0].cells[0].text, table.rows[0].cells[1].text = "Risk", "Owner"
    document.core_properties.title = title
    return _saved(document)


def xlsx_bytes(rows=(("Id", "Risk"), (1, "Late supplier")), sheet: str = "Risks") -> bytes:
    workbook = openpyxl.Workbook()
    workbook.active.title = sheet
    for row in rows:
        workbook.active.append(row)
    return _saved(workbook)


def pptx_bytes(title: str = "Status") -> bytes:
    presentation = pptx.Presentation()
    slide = presentation.slides.add_slide(presentation.slide_layouts[1])
    slide.shapes.title.text = title
    slide.placeholders[1].text = "All is well"
    return _saved(presentation)


def _saved(document) -> bytes:
    target = io.BytesIO()
    document.save(target)
    return target.getvalue()


def changed(content: bytes, members: Mapping[str, bytes | None]) -> bytes:
    """Return the archive with members replaced, added, or (None) left out."""
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as source,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made,
    ):
        for name in source.namelist():
            if name not in members:
                made.writestr(name, source.read(name))
        for name, value in members.items():
            if value is not None:
                made.writestr(name, value)
    return target.getvalue()


def member(content: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read(name)


def with_relation(
    content: bytes, part: str, kind: str, target: str, mode: str = "External"
) -> bytes:
    relation = (
        f'<Relationship Id="rX" Type="{OFFICE}/{kind}" Target="{target}" TargetMode="{mode}"/>'
    )
    old = member(content, part).decode()
    return changed(
        content, {part: old.replace("</Relationships>", relation + "</Relationships>").encode()}
    )


def odt_bytes(
    body: str = "<text:p>Hello</text:p>", extra: Mapping[str, bytes] | None = None
) -> bytes:
    content = (
        '<?xml version="1.0"?><office:document-content '
        'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
        'xmlns:draw="urn:oasis:names:tc:opendocument:xmlns:drawing:1.0" '
        'xmlns:script="urn:oasis:names:tc:opendocument:xmlns:script:1.0" '
        'xmlns:xlink="http://www.w3.org/1999/xlink">'
        f"<office:body><office:text>{body}</office:text></office:body></office:document-content>"
    )
    members = {"content.xml": content.encode(), "META-INF/manifest.xml": b"<manifest/>"}
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as made:
        made.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        for name, value in {**members, **(extra or {})}.items():
            made.writestr(name, value)
    return target.getvalue()


def pdf_bytes(catalog: bytes = b"", tail: bytes = b"%%EOF\n") -> bytes:
    return b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog " + catalog + b" >>\nendobj\n" + tail
