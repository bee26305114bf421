"""What we rely on in Whoosh, so that another distribution can be tried against it."""

from pathlib import Path

from whoosh import index as whoosh_index
from whoosh.query import Term

from content.types import Document, Kind
from search.schema import FIELDS, fields_of, schema


def made(folder: Path, *texts: str) -> whoosh_index.FileIndex:
    folder.mkdir()
    found = whoosh_index.create_in(str(folder), schema())
    writer = found.writer()
    for number, text in enumerate(texts):
        document = Document(Kind.page, number, str(number), "", {"body": text})
        writer.add_document(**fields_of(document))
    writer.commit()
    return found


def test_postings_give_documents_in_order_with_frequencies(tmp_path: Path) -> None:
    reader = made(tmp_path / "i", "pump pump", "valve", "pump").reader()
    matcher = reader.postings("body", "pump")
    found = []
    while matcher.is_active():
        found.append((matcher.id(), matcher.weight(), list(matcher.value_as("positions"))))
        matcher.next()
    assert found == [(0, 2.0, [0, 1]), (2, 1.0, [0])]


def test_deleted_documents_leave_postings_and_ids(tmp_path: Path) -> None:
    found = made(tmp_path / "i", "pump", "pump")
    writer = found.writer()
    writer.delete_by_query(Term("object", "page:0"))
    writer.commit(merge=False)
    reader = found.refresh().reader()
    matcher = reader.postings("body", "pump")
    assert matcher.id() == 1
    assert list(reader.all_doc_ids()) == [1]
    assert reader.doc_count() == 1


def test_texts_are_not_stored_and_columns_are(tmp_path: Path) -> None:
    stored = made(tmp_path / "i", "pump").reader().stored_fields(0)
    assert set(stored) == {"about"}
    assert len(stored["about"][-1]) == len(FIELDS)


def test_an_index_without_documents_opens(tmp_path: Path) -> None:
    assert made(tmp_path / "i").reader().doc_count() == 0
