"""Files on lessons: attached, found by their words, and not there for whoever may not read them."""

import subprocess
import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from docx import Document as Docx
from flask.testing import FlaskClient
from openpyxl import Workbook
from pypdf import PdfWriter
from sqlalchemy import select

from content import activity, findable, passages
from content.access import scope_of
from content.documents import pdftext
from content.models import (
    Confidentiality,
    FilePassage,
    Lesson,
    LessonFile,
    LessonState,
    Person,
    StoredFile,
)
from content.starter.source import STARTER
from content.types import Kind
from portal.worker.handlers import rebuild
from portal.worker.loop import drain
from search.engine import SearchRequest
from tests.builders import NOW, Builders
from tests.conftest import csrf_of
from tests.content.documents.hostile import (
    changed,
    docx_bytes,
    pdf_bytes,
    with_relation,
    xlsx_bytes,
)

Clients = Callable[..., FlaskClient]


def workbook(*rows: str, sheet: str = "Risks") -> BytesIO:
    book = Workbook()
    book.active.title = sheet
    for row in rows:
        book.active.append([row])
    out = BytesIO()
    book.save(out)
    out.seek(0)
    return out


def attach(browser: FlaskClient, lesson: Lesson, *files: tuple[BytesIO, str]) -> str:
    answer = browser.post(
        f"/lessons/{lesson.id}/files/",
        data={"csrf_token": csrf_of(browser), "files": list(files)},
        content_type="multipart/form-data",
        follow_redirects=True,
    )
    return answer.get_data(as_text=True)


def found(make: Builders, text: str, who: Person) -> list[int]:
    drain(make.portal)
    hits = make.portal.search.search(SearchRequest(text), scope_of(who.as_actor())).findings
    return [hit.id for hit in hits if hit.kind is Kind.lesson]


@pytest.fixture
def author(make: Builders) -> Person:
    return make.person()


def test_the_words_of_a_file_are_found_with_their_place(
    make: Builders, client_of: Clients, author: Person
) -> None:
    lesson = make.lesson(LessonState.draft, by=author)
    rebuild(make.portal)
    browser = client_of(author)
    page = attach(browser, lesson, (workbook("The zebrawood crate was heavy"), "Weights.xlsx"))
    assert "Attached Weights.xlsx" in page
    assert found(make, "zebrawood", author) == [lesson.id]
    page = browser.get("/search?q=zebrawood").get_data(as_text=True)
    assert "Weights.xlsx, Sheet Risks" in page
    assert "<mark>zebrawood</mark>" in page


def test_taken_off_and_put_back(make: Builders, client_of: Clients, author: Person) -> None:
    lesson = make.lesson(LessonState.draft, by=author)
    rebuild(make.portal)
    browser = client_of(author)
    attach(browser, lesson, (workbook("zebrawood"), "Weights.xlsx"))
    data = {"csrf_token": csrf_of(browser)}
    page = browser.post(f"/lessons/{lesson.id}/files/1/remove", data=data, follow_redirects=True)
    assert found(make, "zebrawood", author) == []
    undo = page.get_data(as_text=True).split(f'action="/lessons/{lesson.id}/files/back')[1]
    undo = undo.split('"')[0].replace("&amp;", "&")
    browser.post(f"/lessons/{lesson.id}/files/back{undo}", data=data)
    assert found(make, "zebrawood", author) == [lesson.id]
    with make.portal.database.reading() as session:
        verbs = [row.verb for row in activity.of(session, "lesson", lesson.id)]
    assert verbs[:3] == ["attach", "detach", "attach"]


def test_a_file_that_was_never_there_cannot_be_put_back(
    make: Builders, client_of: Clients, author: Person
) -> None:
    secret = make.lesson(LessonState.draft)
    mine = make.lesson(LessonState.draft, by=author)
    attach(client_of("reviewer"), secret, (workbook("secret"), "S.xlsx"))
    browser = client_of(author)
    data = {"csrf_token": csrf_of(browser)}
    answer = browser.post(f"/lessons/{mine.id}/files/back?file=1&name=x", data=data)
    assert answer.status_code == 404


def test_a_refused_file_says_why_and_keeps_the_others(
    make: Builders, client_of: Clients, author: Person
) -> None:
    lesson = make.lesson(LessonState.draft, by=author)
    page = attach(
        client_of(author),
        lesson,
        (BytesIO(b"MZ\x90\x00 a program"), "plan.xlsx"),
        (workbook("fine"), "Fine.xlsx"),
    )
    assert "plan.xlsx:" in page
    assert "Attached Fine.xlsx" in page


@pytest.mark.parametrize(
    ("confidentiality", "sanitised", "reads"),
    [
        (Confidentiality.open, "", True),
        (Confidentiality.restricted, "", False),
        (Confidentiality.restricted, "What everybody may know.", False),
        (Confidentiality.department, "", False),
    ],
)
def test_files_are_for_those_who_read_the_lesson_whole(
    make: Builders,
    client_of: Clients,
    confidentiality: Confidentiality,
    sanitised: str,
    reads: bool,
) -> None:
    lesson = make.lesson(
        LessonState.published,
        confidentiality=confidentiality,
        sanitised=sanitised,
        department_id=make.department().id,
    )
    rebuild(make.portal)
    attach(client_of("reviewer"), lesson, (workbook("zebrawood"), "Weights.xlsx"))
    member = make.person()
    browser = client_of(member)
    assert browser.get(f"/lessons/{lesson.id}/files/1").status_code == (200 if reads else 404)
    assert found(make, "zebrawood", member) == ([lesson.id] if reads else [])
    page = browser.get(f"/lessons/{lesson.id}").get_data(as_text=True)
    assert ("Weights.xlsx" in page) is reads


def test_a_reader_cannot_change_the_files(make: Builders, client_of: Clients) -> None:
    lesson = make.lesson(LessonState.published)
    attach(client_of("reviewer"), lesson, (workbook("a"), "A.xlsx"))
    browser = client_of("member")
    data = {"csrf_token": csrf_of(browser)}
    assert browser.post(f"/lessons/{lesson.id}/files/", data=data).status_code == 403
    assert browser.post(f"/lessons/{lesson.id}/files/1/remove", data=data).status_code == 403


def test_a_download_is_kept_and_never_shown(make: Builders, client_of: Clients) -> None:
    lesson = make.lesson(LessonState.published)
    browser = client_of("reviewer")
    attach(browser, lesson, (workbook("a"), "Zeichnung <b> ü.xlsx"))
    answer = browser.get(f"/lessons/{lesson.id}/files/1")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_templates_words_come_with_its_sheet(make: Builders) -> None:
    path = Path(str(STARTER / "library" / "risk-register.xlsx"))
    parts = passages.extract(path, "xlsx")
    assert any(part.place.startswith("Sheet") and part.text for part in parts)


def test_an_old_database_is_read_at_the_next_start(make: Builders, client_of: Clients) -> None:
    lesson = make.lesson(LessonState.published)
    attach(client_of("reviewer"), lesson, (workbook("zebrawood"), "W.xlsx"))
    drain(make.portal)
    with make.portal.database.writing() as session:
        for row in session.scalars(select(FilePassage)):
            session.delete(row)
    with make.portal.database.writing() as session:
        assert passages.ask_for_missing(session, at=lesson.created_at) == 1
        assert passages.ask_for_missing(session, at=lesson.created_at) == 0
    drain(make.portal)
    with make.portal.database.reading() as session:
        (document,) = findable.changed(session, [(Kind.lesson, lesson.id)])
    assert [part.place for part in document.passages] == ["W.xlsx, Sheet Risks"]


def test_a_file_without_words_is_read_once(make: Builders) -> None:
    with make.portal.database.writing() as session:
        row = StoredFile(
            sha256="a" * 64, size=1, format="txt", media_type="text/plain", created_at=NOW
        )
        session.add(row)
        session.flush()
        passages.store(session, row.id, ())
        assert passages.of_files(session, [row.id]) == {}
        assert session.scalars(select(FilePassage.file_id)).all() == [row.id]


def test_a_word_file_and_a_broken_one(tmp_path: Path) -> None:
    docx = Docx()
    docx.add_paragraph("zebrawood in a paragraph")
    docx.save(str(tmp_path / "a.docx"))
    assert "zebrawood" in passages.extract(tmp_path / "a.docx", "docx")[0].text
    (tmp_path / "b.docx").write_bytes(b"PK\x03\x04 broken")
    assert passages.extract(tmp_path / "b.docx", "docx") == ()
    assert passages.extract(tmp_path / "gone.docx", "docx") == ()


def pdf(path: Path, *pages: str) -> None:
    """A small PDF by hand: one line of Helvetica a page."""
    bodies = ["<< /Type /Catalog /Pages 2 0 R >>", ""]
    kids = []
    for text in pages:
        stream = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET"
        bodies.append(f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream")
        font = "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
        bodies.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {len(bodies)} 0 R "
            f"/Resources << /Font << /F1 {font} >> >> >>"
        )
        kids.append(f"{len(bodies)} 0 R")
    bodies[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(pages)} >>"
    out, places = "%PDF-1.4\n", []
    for number, body in enumerate(bodies, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n"
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    start = len(out)
    out += f"xref\n0 {len(bodies) + 1}\n0000000000 65535 f \n{table}"
    out += f"trailer\n<< /Size {len(bodies) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n"
    path.write_bytes(out.encode("latin-1"))


def test_a_pdf_is_read_page_by_page(tmp_path: Path) -> None:
    pdf(tmp_path / "a.pdf", "first zebrawood", "second crate")
    found = passages.extract(tmp_path / "a.pdf", "pdf")
    assert [(part.place, part.text) for part in found] == [
        ("Page 1", "first zebrawood"),
        ("Page 2", "second crate"),
    ]


def test_a_damaged_pdf_has_no_words_and_harms_nobody(tmp_path: Path) -> None:
    (tmp_path / "b.pdf").write_bytes(b"%PDF-1.4\n1 0 obj << /Type /Catalog /Pages 1 0 R >>\n%%EOF")
    assert passages.extract(tmp_path / "b.pdf", "pdf") == ()
    PdfWriter().write(tmp_path / "empty.pdf")
    assert passages.extract(tmp_path / "empty.pdf", "pdf") == ()


def test_a_pdf_that_takes_forever_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The limit of the reading process is real: it is ended, and what it wrote stands."""
    slow = 'import json,sys; print(json.dumps([1, "read so far"]), flush=True)\nwhile True: pass'
    real = subprocess.run

    def run(command: list[str], **options: object) -> object:
        assert command[0] == sys.executable
        return real([sys.executable, "-c", slow], **{**options, "timeout": 1})

    monkeypatch.setattr(pdftext.subprocess, "run", run)
    found = pdftext.text_of_pdf(tmp_path / "any.pdf")
    assert [part.text for part in found] in ([], ["read so far"])


HOSTILE = {
    "a program named as a plan": ("plan.xlsx", b"MZ\x90\x00 a program", "not known"),
    "a template fetched from elsewhere": (
        "plan.docx",
        with_relation(
            docx_bytes("fine"),
            "word/_rels/document.xml.rels",
            "attachedTemplate",
            "http://evil.example/x.dotm",
        ),
        "takes its template from outside itself",
    ),
    "macros": (
        "plan.xlsx",
        changed(xlsx_bytes(), {"xl/vbaProject.bin": b"\xd0\xcf\x11\xe0"}),
        "contains macros",
    ),
    "a script in a PDF": ("plan.pdf", pdf_bytes(b"/OpenAction << /S /JavaScript >>"), "scripts"),
    "a broken archive": ("plan.docx", b"PK\x03\x04 broken", "damaged"),
    "a name that lies": ("plan.docx", xlsx_bytes(), "right name"),
    "too large": ("plan.txt", b"a" * 25_000_001, "larger than 25 MB"),
    "empty": ("plan.txt", b"", "empty"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_file_is_refused_with_the_reason(
    make: Builders, client_of: Clients, author: Person, case: str
) -> None:
    name, data, reason = HOSTILE[case]
    lesson = make.lesson(LessonState.draft, by=author)
    page = attach(client_of(author), lesson, (BytesIO(data), name))
    shown = page.split(f"{name}: ")[1].split("</")[0]
    assert len(shown.split()) > 3
    assert reason in shown
    with make.portal.database.reading() as session:
        assert session.scalars(select(LessonFile)).all() == []
        assert session.scalars(select(StoredFile)).all() == []
        assert "attach" not in [row.verb for row in activity.of(session, "lesson", lesson.id)]
    assert not [path for path in make.portal.files.root.rglob("*") if path.is_file()]


def test_no_file_at_all_is_said_and_the_page_is_there(
    make: Builders, client_of: Clients, author: Person
) -> None:
    lesson = make.lesson(LessonState.draft, by=author)
    assert "Choose a file first." in attach(client_of(author), lesson)


def test_more_files_than_a_lesson_carries_are_named_as_left_out(
    make: Builders, client_of: Clients, author: Person
) -> None:
    lesson = make.lesson(LessonState.draft, by=author)
    browser = client_of(author)
    files = [(BytesIO(str(number).encode()), f"n{number}.txt") for number in range(11)]
    page = attach(browser, lesson, *files)
    assert "Only the first 10 files were taken" in page
    assert "n10.txt" not in page
    page = attach(browser, lesson, (BytesIO(b"more"), "more.txt"))
    assert "more.txt: A lesson carries up to 10 files" in page


def test_a_hidden_author_is_not_named_beside_their_file(make: Builders, client_of: Clients) -> None:
    author = make.person(name="Ottilie Hidden")
    reviewer = make.person("reviewer", name="Rae Viewer")
    lesson = make.lesson(LessonState.draft, by=author, author_hidden=True)
    attach(client_of(author), lesson, (BytesIO(b"mine"), "mine.txt"))
    attach(client_of(reviewer), lesson, (BytesIO(b"theirs"), "theirs.txt"))
    files = client_of(reviewer).get(f"/lessons/{lesson.id}").get_data(as_text=True)
    files = files.split('id="files"')[1].split("</section>")[0]
    assert "mine.txt" in files
    assert "Ottilie" not in files
    assert "Rae Viewer" in files
    mine = client_of(author).get(f"/lessons/{lesson.id}").get_data(as_text=True)
    assert "Ottilie Hidden" in mine.split('id="files"')[1].split("</section>")[0]


def test_a_member_of_the_department_reads_and_downloads(make: Builders, client_of: Clients) -> None:
    ours = make.department()
    lesson = make.lesson(confidentiality=Confidentiality.department, department_id=ours.id)
    attach(client_of("reviewer"), lesson, (BytesIO(b"for us"), "Us.txt"))
    address = f"/lessons/{lesson.id}/files/1"
    assert client_of(make.person(department=ours)).get(address).data == b"for us"
    assert client_of(make.person(department=make.department())).get(address).status_code == 404


def test_whoever_is_not_signed_in_gets_no_file(make: Builders, client: FlaskClient) -> None:
    lesson = make.lesson(LessonState.published)
    assert client.get(f"/lessons/{lesson.id}/files/1").status_code == 302
