"""What we rely on in Whoosh, so that another distribution can be tried against it."""

from pathlib import Path

import numpy as np
import pytest
from whoosh import index as whoosh_index

from content.types import Document, Kind
from search.codec import Codec
from search.collecting import ColumnsWriter
from search.columns import Columns
from search.schema import read, schema
from search.segment import Segment


def made(folder: Path, *texts: str, block: int = 128) -> whoosh_index.FileIndex:
    folder.mkdir()
    found = whoosh_index.create_in(str(folder), schema())
    writer = found.writer(codec=Codec(block))
    for number, text in enumerate(texts):
        words = read(Document(Kind.page, number, str(number), "", {"body": text}))
        writer.add_document(**{name: value for name, value in words.fields.items() if value})
    writer.commit()
    return found


def test_postings_give_documents_in_order_with_frequencies(tmp_path: Path) -> None:
    reader = made(tmp_path / "i", "pump pump", "valve", "pump").reader()
    matcher = reader.postings("text", "pump")
    found = []
    while matcher.is_active():
        found.append((matcher.id(), matcher.weight(), matcher.value_as("positions")))
        matcher.next()
    assert found == [(0, 2.0, [0, 1]), (2, 1.0, [0])]


@pytest.mark.parametrize("block", [1, 3, 128])
def test_blocks_decoded_at_once_equal_postings_one_by_one(tmp_path: Path, block: int) -> None:
    texts = ["pump " * (1 + n % 3) if n % 4 else "valve" for n in range(40)]
    opened = made(tmp_path / "i", *texts, block=block)
    leaf = opened.reader().leaf_readers()[0][0]
    columns = ColumnsWriter()
    for number, text in enumerate(texts):
        document = Document(Kind.page, number, str(number), "", {"body": text})
        columns.add(document, read(document))
    columns.save(tmp_path / "i" / f"columns-{leaf.segment().segment_id()}")
    segment = Segment(leaf, tmp_path / "i")
    ids, often = segment.postings("text", "pump")
    matcher = leaf.postings("text", "pump")
    one_by_one = []
    while matcher.is_active():
        one_by_one.append((matcher.id(), matcher.weight()))
        matcher.next()
    assert list(zip(ids.tolist(), often.tolist(), strict=True)) == one_by_one


def test_a_deleted_document_is_known_to_its_segment(tmp_path: Path) -> None:
    found = made(tmp_path / "i", "pump", "pump")
    writer = found.writer()
    writer.delete_document(0)
    writer.commit(merge=False)
    (segment,) = found.refresh()._segments()
    assert set(segment.deleted_docs()) == {0}
    assert (segment.doc_count(), segment.doc_count_all()) == (1, 2)


def test_merged_documents_follow_the_new_ones_in_their_order(tmp_path: Path) -> None:
    """The columns of a merged segment are put together on this."""
    found = made(tmp_path / "i", "one", "two", "three")
    writer = found.writer()
    writer.delete_document(1)
    words = read(Document(Kind.page, 9, "9", "", {"body": "nine"}))
    writer.add_document(text=words.fields["text"])
    writer.commit(optimize=True)
    reader = found.refresh().reader()
    order = {term: reader.postings("text", term).id() for term in ("nine", "one", "three")}
    assert order == {"nine": 0, "one": 1, "three": 2}


def test_nothing_is_stored(tmp_path: Path) -> None:
    assert made(tmp_path / "i", "pump").reader().stored_fields(0) == {}


def test_an_index_without_documents_opens(tmp_path: Path) -> None:
    assert made(tmp_path / "i").reader().doc_count() == 0


def test_columns_come_back_as_they_were_written(tmp_path: Path) -> None:
    writer = ColumnsWriter()
    for number in (3, 5):
        document = Document(
            Kind.lesson, number, f"L-{number}", "Late pump", {"cause": "Ordered late, very late"}
        )
        writer.add(document, read(document))
    writer.save(tmp_path / "c")
    columns = Columns(tmp_path / "c")
    assert columns.plain["id"].tolist() == [3, 5]
    assert columns.external_ids == ["L-3", "L-5"]
    assert dict(zip(columns.stem_names, columns.stem_documents.tolist(), strict=True)) == {
        "late": 2,
        "pump": 2,
        "order": 2,
    }
    assert np.asarray(columns.frequency).tolist() == [4, 2, 1, 4, 2, 1]
