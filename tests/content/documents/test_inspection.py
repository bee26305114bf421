"""The door for files: every ordinary template comes in, every hostile one is told why not."""

import io
import zipfile
import zlib
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from content.documents import FORMATS, inspect
from content.documents.ooxml import MAX_EMBEDDED_DEPTH
from content.errors import Refused
from tests.content.documents.hostile import (
    changed,
    docx_bytes,
    member,
    odt_bytes,
    pdf_bytes,
    pptx_bytes,
    with_relation,
    xlsx_bytes,
)

DOCUMENT_RELS = "word/_rels/document.xml.rels"
# The link to a workbook on somebody's cloud drive, which Word fetches on opening.
LINKED = "Status Report.docx"
HARMLESS = {
    "documentProtection_forms_no_password.docx": "docx",
    "documentProtection_trackedChanges_no_password.docx": "docx",
    "sheetProtection_allLocked.xlsx": "xlsx",
    "workbookProtection_workbook_structure_protected.xlsx": "xlsx",
}
REASONS = {
    "bug53475-password-is-pass.docx": "password",
    "poc-xmlbomb.xlsx": "document type",
    "truncated62886.docx": "damaged",
    "xlsx-corrupted.xlsx": "damaged",
}


def refusal(content: bytes, name: str, **limits: int) -> str:
    with pytest.raises(Refused) as caught:
        inspect(content, name, **limits)
    return caught.value.message


def test_ordinary_files_come_in_with_their_facts():
    found = inspect(docx_bytes("Text", title="Charter"), "Charter.DOCX")
    assert (found.format, found.title, found.parts) == ("docx", "Charter", ())
    assert found.media_type == FORMATS["docx"].media_type
    assert inspect(xlsx_bytes(), "a.xlsx").parts == ("Risks",)
    assert inspect(pptx_bytes(), "a.pptx").parts == ("Slide 1: Status",)
    assert inspect(odt_bytes(), "a.odt").format == "odt"
    assert inspect(pdf_bytes(), "a.pdf").format == "pdf"
    assert inspect(b"# Title\n", "a.md").format == "md"
    assert inspect("a;b\nü;2\n".encode("cp1252"), "a.csv").format == "csv"


def test_a_file_on_disk_is_read(tmp_path):
    path = tmp_path / "upload.bin"
    path.write_bytes(xlsx_bytes())
    assert inspect(path, "Register.xlsx").size == path.stat().st_size


@pytest.mark.parametrize(
    ("content", "name", "reason"),
    [
        (docx_bytes(), "a.xlsx", "content is Word document"),
        (xlsx_bytes(), "a.docx", "content is Excel workbook"),
        (docx_bytes(), "a", "right name"),
        (b"plain words", "a.docx", "plain text or damaged"),
        (b"MZ\x90\x00\x03\x00\x00", "a.docx", "not known"),
        (b"plain", "a.exe", "not taken"),
        (b"", "a.md", "empty"),
        (pdf_bytes(), "a.docx", "content is PDF"),
        (docx_bytes(), "a.docx.exe", "right name"),
    ],
)
def test_a_name_that_lies(content, name, reason):
    assert reason in refusal(content, name)


@pytest.mark.parametrize(
    "members",
    [
        {"word/vbaProject.bin": b"x"},
        {"word/VBAPROJECT.BIN": b"x"},
        {"word/activeX/activeX1.xml": b"<a/>"},
        {"xl/macrosheets/sheet1.xml": b"<a/>"},
    ],
)
def test_macros_by_member(members):
    assert "macros" in refusal(changed(docx_bytes(), members), "a.docx")


def test_macros_by_type_under_an_innocent_name():
    types = member(docx_bytes(), "[Content_Types].xml").decode()
    types = types.replace(
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
        "application/vnd.ms-word.document.macroEnabled.main+xml",
    )
    content = changed(docx_bytes(), {"[Content_Types].xml": types.encode()})
    assert "macros" in refusal(content, "a.docx")


def test_macros_by_relation():
    content = with_relation(docx_bytes(), DOCUMENT_RELS, "vbaProject", "innocent.bin", "Internal")
    assert "macros" in refusal(content, "a.docx")


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("attachedTemplate", "template"),
        ("oleObject", "linked object"),
        ("image", "picture"),
        ("frame", "frame"),
        ("somethingNew", "somethingNew"),
    ],
)
def test_what_is_fetched_from_outside(kind, reason):
    content = with_relation(docx_bytes(), DOCUMENT_RELS, kind, "https://example.org/x.dotm")
    message = refusal(content, "a.docx")
    assert reason in message
    assert "https://example.org/x.dotm" in message


def test_plain_hyperlinks_are_fine_and_running_ones_are_not():
    fine = with_relation(docx_bytes(), DOCUMENT_RELS, "hyperlink", "https://example.org/")
    assert inspect(fine, "a.docx").format == "docx"
    for target in ("javascript:alert(1)", "ms-msdt:/id", "search-ms:query=x"):
        running = with_relation(docx_bytes(), DOCUMENT_RELS, "hyperlink", target)
        assert "runs a program" in refusal(running, "a.docx")


@pytest.mark.parametrize(
    "field",
    [
        "<w:instrText>DDEAUTO c:\\\\cmd.exe</w:instrText>",
        "<w:instrText>DDE</w:instrText></w:r><w:r>"
        "<w:instrText xml:space='preserve'>AUTO x</w:instrText>",
        '<w:fldSimple w:instr="DDEAUTO x"/>',
    ],
)
def test_a_field_that_starts_a_program(field):
    body = member(docx_bytes(), "word/document.xml").decode()
    body = body.replace("<w:body>", f"<w:body><w:p><w:r>{field}</w:r></w:p>")
    content = changed(docx_bytes(), {"word/document.xml": body.encode()})
    assert "DDE" in refusal(content, "a.docx")


def test_a_linked_workbook():
    content = changed(xlsx_bytes(), {"xl/externalLinks/externalLink1.xml": b"<a><ddeLink/></a>"})
    assert "DDE" in refusal(content, "a.xlsx")


def test_a_bomb_by_ratio_by_size_and_by_count():
    bomb = changed(docx_bytes(), {"word/media/a.bin": b"\0" * 40_000_000})
    assert "unpack" in refusal(bomb, "a.docx")
    many = changed(docx_bytes(), {f"word/media/{n}": b"" for n in range(5_100)})
    assert "parts" in refusal(many, "a.docx")


def test_an_archive_that_lies_about_its_sizes():
    content = bytearray(changed(docx_bytes(), {"word/media/a.bin": b"\0" * 100_000}))
    with zipfile.ZipFile(io.BytesIO(bytes(content))) as archive:
        info = archive.getinfo("word/media/a.bin")
    packed = info.file_size.to_bytes(4, "little")
    content = content.replace(packed, (10).to_bytes(4, "little"))
    assert "damaged" in refusal(bytes(content), "a.docx")


def test_archives_within_archives():
    plain = io.BytesIO()
    with zipfile.ZipFile(plain, "w") as made:
        made.writestr("a.exe", b"MZ")
    content = changed(docx_bytes(), {"word/embeddings/a.bin": plain.getvalue()})
    assert "another archive" in refusal(content, "a.docx")
    nested = xlsx_bytes()
    for _ in range(MAX_EMBEDDED_DEPTH + 1):
        nested = changed(xlsx_bytes(), {"xl/embeddings/inner.xlsx": nested})
    assert "within archives" in refusal(nested, "a.xlsx")


def test_a_workbook_within_a_presentation_is_looked_at():
    fine = changed(pptx_bytes(), {"ppt/embeddings/chart.xlsx": xlsx_bytes()})
    assert inspect(fine, "a.pptx").format == "pptx"
    evil = changed(xlsx_bytes(), {"xl/vbaProject.bin": b"x"})
    content = changed(pptx_bytes(), {"ppt/embeddings/chart.xlsx": evil})
    assert "macros" in refusal(content, "a.pptx")


@pytest.mark.parametrize(
    "name", ["../evil.xml", "/etc/passwd", "word/../../x", "C:\\x", "word\\evil.xml"]
)
def test_a_member_that_climbs_out(name):
    target = io.BytesIO(docx_bytes())
    with zipfile.ZipFile(target, "a") as archive:
        info = zipfile.ZipInfo("placeholder")
        info.filename = name
        archive.writestr(info, b"x")
    assert "unsafe name" in refusal(target.getvalue(), "a.docx")


def test_two_members_of_one_name():
    target = io.BytesIO(docx_bytes())
    with zipfile.ZipFile(target, "a") as archive:
        archive.writestr("WORD/document.xml", b"<a/>")
    assert "two parts" in refusal(target.getvalue(), "a.docx")


@pytest.mark.parametrize(
    "xml",
    [
        b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>',
        b'<?xml version="1.0"?><!DOCTYPE a SYSTEM "http://example.org/a.dtd"><a/>',
        '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a [<!ENTITY x "y">]><a>&x;</a>'.encode(
            "utf-16"
        ),
    ],
)
def test_entities(xml):
    assert "document type" in refusal(changed(docx_bytes(), {"word/extra.xml": xml}), "a.docx")


def test_xml_nested_without_end_and_xml_that_is_none():
    deep = b"<a>" * 5_000 + b"</a>" * 5_000
    assert "nested" in refusal(changed(docx_bytes(), {"word/x.xml": deep}), "a.docx")
    assert "well-formed" in refusal(changed(docx_bytes(), {"word/x.xml": b"<a><b>"}), "a.docx")


def test_a_member_under_a_password():
    content = bytearray(docx_bytes())
    at = content.rfind(b"PK\x01\x02")
    content[at + 8] |= 1
    assert "password" in refusal(bytes(content), "a.docx")


def test_too_large_is_not_read(tmp_path):
    path = tmp_path / "a.md"
    path.write_bytes(b"x" * 2_000_000)
    assert "at most 1 MB" in refusal(path, "a.md", max_bytes=1024**2)


def test_open_document_dangers():
    macro = odt_bytes(extra={"Basic/Standard/Module1.xml": b"<a/>"})
    assert "macros" in refusal(macro, "a.odt")
    locked = odt_bytes(extra={"META-INF/manifest.xml": b"<a><encryption-data/></a>"})
    assert "password" in refusal(locked, "a.odt")
    outside = odt_bytes('<draw:image xlink:href="https://example.org/x.png"/>')
    assert "outside" in refusal(outside, "a.odt")
    runs = odt_bytes('<script:event-listener script:language="x"/>')
    assert "runs" in refusal(runs, "a.odt")
    link = odt_bytes('<text:p><text:a xlink:href="https://example.org/">x</text:a></text:p>')
    assert inspect(link, "a.odt").format == "odt"
    vnd = odt_bytes('<text:a xlink:href="vnd.sun.star.script:x">x</text:a>')
    assert "runs" in refusal(vnd, "a.odt")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (pdf_bytes(b"/OpenAction << /S /JavaScript /JS (x) >>"), "scripts"),
        (pdf_bytes(b"/OpenAction << /S /J#61vaScript >>"), "scripts"),
        (pdf_bytes(b"/A << /S /Launch >>"), "program"),
        (pdf_bytes(b"/Names << /EmbeddedFiles 3 0 R >>"), "other files"),
        (pdf_bytes(b"/Encrypt 2 0 R"), "password"),
        (pdf_bytes(tail=b""), "cut short"),
        (
            pdf_bytes(
                b"/Type /ObjStm /Filter /FlateDecode >>\nstream\n"
                + zlib.compress(b"<< /S /JavaScript >>")
                + b"\nendstream\n"
            ),
            "scripts",
        ),
    ],
)
def test_pdf_dangers(content, reason):
    assert reason in refusal(content, "a.pdf")


def test_words_within_a_pdf_are_no_danger():
    stream = b">>\nstream\n(How to use /JavaScript and /Launch)\nendstream\n"
    assert inspect(pdf_bytes(stream), "a.pdf").format == "pdf"


def test_the_real_templates(shared_data):
    refused: dict[str, str] = {}
    for path in sorted((shared_data / "templates").rglob("*")):
        if not path.is_file():
            continue
        try:
            found = inspect(path, path.name)
        except Refused as error:
            refused[path.name] = error.message
            continue
        assert found.format == path.suffix[1:]
        assert "hostile" not in path.parent.name or HARMLESS.get(path.name) == found.format
    assert "https://d.docs.live.net" in refused.pop(LINKED)
    assert len(refused) == 8
    for name, reason in REASONS.items():
        assert reason in refused[name]


@cache
def sound_files() -> list[bytes]:
    """One of each, made once: the libraries write the time of day into a file."""
    return [docx_bytes(), xlsx_bytes(), pptx_bytes()]


@settings(max_examples=60)
@given(st.data())
def test_a_damaged_file_is_refused_or_whole(data):
    """Cut or changed anywhere, a file is taken or refused, and never anything else."""
    content = bytearray(data.draw(st.sampled_from(sound_files())))
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at] = data.draw(st.integers(0, 255))
    content = content[: data.draw(st.integers(len(content) // 2, len(content)))]
    for name in ("a.docx", "a.xlsx", "a.pptx"):
        try:
            inspect(bytes(content), name)
        except Refused:
            continue


@settings(max_examples=100)
@given(st.binary(max_size=300), st.sampled_from(["a.docx", "a.pdf", "a.csv", "a", "..", "a.odt"]))
def test_any_bytes_are_refused_or_text(content, name):
    try:
        found = inspect(content, name)
    except Refused:
        return
    assert found.format in {"csv", "pdf"}


def test_no_path_is_needed():
    assert inspect(b"a,b\n", str(Path("C:\\fakepath\\list.csv"))).format == "csv"
