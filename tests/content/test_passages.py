"""The words inside stored files: read once, bounded, and part of the right documents only."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import event, select

from content import attachments, findable, library, passages
from content.models import Confidentiality, FilePassage, Lesson, StoredFile, Template
from content.types import SYSTEM, Document, Kind, Passage
from portal.cli import Context
from portal.cli.index import rebuild_command
from portal.runtime import Runtime
from portal.worker.handlers import read_missing, read_words
from portal.worker.loop import drain
from tests.builders import NOW, Builders
from tests.content.documents.hostile import docx_bytes, pptx_bytes, xlsx_bytes

RISKS = (("Id", "Risk"), (1, "zebrawood"))


def attach(make: Builders, lesson: Lesson, data: bytes, name: str) -> int:
    """Attach a file as an upload does; answers the id of the stored file."""
    file = make.file(data, format=name.rsplit(".", 1)[1])
    with make.portal.database.writing() as session:
        row, held = session.get_one(Lesson, lesson.id), session.get_one(StoredFile, file.id)
        attachments.add(session, row, held, name, by=SYSTEM, at=NOW)
    return file.id


def documents(make: Builders, kind: Kind, *ids: int) -> list[Document]:
    with make.portal.database.reading() as session:
        return findable.changed(session, [(kind, number) for number in ids])


def rows(make: Builders) -> list[tuple[int, int, str, str]]:
    with make.portal.database.reading() as session:
        found = session.scalars(
            select(FilePassage).order_by(FilePassage.file_id, FilePassage.number)
        )
        return [(row.file_id, row.number, row.place, row.text) for row in found]


def count_reads(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files that are opened from now on, in order."""
    real, opened = passages.extract, []

    def extract(path: Path, format_: str) -> tuple[Passage, ...]:
        opened.append(path)
        return real(path, format_)

    monkeypatch.setattr(passages, "extract", extract)
    return opened


# Reading --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "data", "place", "word"),
    [
        ("a.xlsx", xlsx_bytes(RISKS), "Sheet Risks", "zebrawood"),
        ("a.docx", docx_bytes("zebrawood"), "Page text", "zebrawood"),
        ("a.pptx", pptx_bytes("zebrawood"), "Slide 1", "All is well"),
        ("a.txt", b"zebrawood", "Page text", "zebrawood"),
    ],
)
def test_each_format_has_its_words_and_places(
    make: Builders, name: str, data: bytes, place: str, word: str
) -> None:
    lesson = make.lesson()
    attach(make, lesson, data, name)
    assert documents(make, Kind.lesson, lesson.id)[0].passages == ()
    drain(make.portal)
    (document,) = documents(make, Kind.lesson, lesson.id)
    assert document.passages[0].place == f"{name}, {place}"
    assert word in document.passages[0].text


def test_a_file_is_read_once_for_all_that_hold_it(
    make: Builders, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = count_reads(monkeypatch)
    first, second = make.lesson(), make.lesson()
    file_id = attach(make, first, xlsx_bytes(RISKS), "One.xlsx")
    drain(make.portal)
    kept = rows(make)
    attach(make, second, make.portal.files.read(sha256(make, file_id)), "Two.xlsx")
    drain(make.portal)
    assert len(opened) == 1
    assert rows(make) == kept
    places = [doc.passages[0].place for doc in documents(make, Kind.lesson, first.id, second.id)]
    assert places == ["One.xlsx, Sheet Risks", "Two.xlsx, Sheet Risks"]


def test_reading_again_leaves_the_same_rows(make: Builders) -> None:
    file_id = attach(make, make.lesson(), xlsx_bytes(RISKS), "a.xlsx")
    assert read_words(make.portal, file_id) == 1
    kept = rows(make)
    assert read_words(make.portal, file_id) == 1
    assert rows(make) == kept


@pytest.mark.parametrize("data", [b"   ", b"PK\x03\x04 broken"])
def test_a_file_without_words_is_noted_and_not_opened_again(
    make: Builders, monkeypatch: pytest.MonkeyPatch, data: bytes
) -> None:
    opened = count_reads(monkeypatch)
    lesson = make.lesson()
    file_id = attach(make, lesson, data, "a.txt" if data.isspace() else "a.docx")
    drain(make.portal)
    assert rows(make) == [(file_id, 0, "", "")]
    assert documents(make, Kind.lesson, lesson.id)[0].passages == ()
    assert read_missing(make.portal) == 0
    with make.portal.database.writing() as session:
        assert passages.ask_for_missing(session, at=NOW) == 0
    assert len(opened) == 1


def test_a_file_that_a_backup_brings_back_is_read_then(make: Builders) -> None:
    file_id = attach(make, make.lesson(), xlsx_bytes(RISKS), "a.xlsx")
    path = make.portal.files.path(sha256(make, file_id))
    data = path.read_bytes()
    path.unlink()
    drain(make.portal)
    assert rows(make) == []
    path.write_bytes(data)
    assert read_missing(make.portal) == 1
    assert [row[2] for row in rows(make)] == ["Sheet Risks"]


def test_a_file_is_parsed_while_nobody_is_kept_from_writing(
    make: Builders, monkeypatch: pytest.MonkeyPatch
) -> None:
    file_id = attach(make, make.lesson(), xlsx_bytes(RISKS), "a.xlsx")
    real = passages.extract

    def extract(path: Path, format_: str) -> tuple[Passage, ...]:
        lock = make.portal.database._thread_lock
        assert lock.acquire(blocking=False), "the file is parsed within a writing unit"
        lock.release()
        return real(path, format_)

    monkeypatch.setattr(passages, "extract", extract)
    assert read_words(make.portal, file_id) == 1


def sha256(make: Builders, file_id: int) -> str:
    with make.portal.database.reading() as session:
        return session.get_one(StoredFile, file_id).sha256


# Documents ------------------------------------------------------------------------------------


def test_the_sanitised_text_never_carries_the_words_of_files(make: Builders) -> None:
    lesson = make.lesson(confidentiality=Confidentiality.restricted, sanitised="For everybody.")
    attach(make, lesson, xlsx_bytes(RISKS), "a.xlsx")
    drain(make.portal)
    whole, part = documents(make, Kind.lesson, lesson.id)
    assert [place.text for place in whole.passages] == ["Id Risk\n1 zebrawood"]
    assert "all" not in whole.audience
    assert part.variant == "sanitised"
    assert part.passages == ()
    assert "zebrawood" not in repr(part)


def test_all_files_of_a_lesson_together_are_bounded(
    make: Builders, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passages, "TEXT_MOST", 100)
    lesson, other = make.lesson(), make.lesson()
    for number in range(4):
        attach(make, lesson, f"{number}{'a' * 39}".encode(), f"{number}.txt")
    attach(make, other, b"b" * 300, "b.txt")
    drain(make.portal)
    first, second = documents(make, Kind.lesson, lesson.id, other.id)
    assert [(part.place, len(part.text)) for part in first.passages] == [
        ("0.txt, Page text", 40),
        ("1.txt, Page text", 40),
        ("2.txt, Page text", 20),
    ]
    assert [len(part.text) for part in second.passages] == [100]


def test_a_template_shows_the_words_of_its_newest_version(make: Builders) -> None:
    old, new = (
        make.file(xlsx_bytes(((word,),), sheet=word), format="xlsx").id for word in ("Old", "New")
    )
    with make.portal.database.writing() as session:
        about = {"title": "Risk register", "summary": "S."}
        held = session.get_one(StoredFile, old)
        number = library.create(session, about, held, by=SYSTEM, at=NOW).id
    drain(make.portal)
    assert documents(make, Kind.template, number)[0].passages == (Passage("Sheet Old", "Old"),)
    with make.portal.database.writing() as session:
        library.publish(
            session,
            session.get_one(Template, number),
            session.get_one(StoredFile, new),
            change_note="Anew.",
            by=SYSTEM,
            at=NOW,
        )
    drain(make.portal)
    assert documents(make, Kind.template, number)[0].passages == (Passage("Sheet New", "New"),)


def test_more_lessons_take_no_more_queries(make: Builders) -> None:
    ids = []
    for number in range(6):
        lesson = make.lesson()
        attach(make, lesson, f"words {number}".encode(), f"{number}.txt")
        ids.append(lesson.id)
    drain(make.portal)
    few, many = queries(make, ids[:1]), queries(make, ids)
    assert few == many > 0


def queries(make: Builders, ids: list[int]) -> int:
    """How many statements it takes to make the documents of some lessons."""
    said: list[str] = []

    def listen(_connection, _cursor, statement, *_rest):
        said.append(statement)

    engine = make.portal.database.engine
    event.listen(engine, "before_cursor_execute", listen)
    try:
        assert all(document.passages for document in documents(make, Kind.lesson, *ids))
    finally:
        event.remove(engine, "before_cursor_execute", listen)
    return len(said)


# Older databases and the sample ---------------------------------------------------------------


def test_the_command_that_rebuilds_the_index_reads_what_is_missing(make: Builders) -> None:
    lesson = make.lesson()
    attach(make, lesson, xlsx_bytes(RISKS), "a.xlsx")
    assert rows(make) == []
    context = Context(make.portal.settings)
    done = CliRunner().invoke(rebuild_command, obj=context, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert [row[2] for row in rows(make)] == ["Sheet Risks"]
    assert documents(make, Kind.lesson, lesson.id)[0].passages


def test_a_file_that_nobody_holds_is_not_read(make: Builders) -> None:
    make.file(b"an import that was taken back")
    assert read_missing(make.portal) == 0
    assert rows(make) == []


def test_the_templates_of_the_sample_have_their_words_at_once(sample: Runtime) -> None:
    with sample.database.reading() as session:
        assert passages.missing(session) == []
        found = list(findable.of_kind(session, Kind.template))
    assert found
    without = [doc.path for doc in found if not doc.passages and "pdf" not in doc.keywords]
    assert without == []
    assert all(sum(len(part.text) for part in doc.passages) <= 100_000 for doc in found)
