"""What is written into blocks of postings comes back, block by block and one by one."""

import tempfile
from collections import defaultdict

from hypothesis import given, settings
from hypothesis import strategies as st
from whoosh import index as whoosh_index

from content.types import Document, Kind
from search.codec import Codec
from search.schema import read, schema

Held = dict[str, list[tuple[int, list[int]]]]
# Words that are their own stems.
WORDS = ("pump", "road", "delay", "permit")
texts = st.lists(st.lists(st.sampled_from(WORDS), max_size=9), min_size=1, max_size=12)


def add(folder: whoosh_index.FileIndex, some: list[list[str]], block: int, **how: bool) -> None:
    writer = folder.writer(codec=Codec(block))
    for words in some:
        found = read(Document(Kind.page, 1, "1", "", {"body": " ".join(words)}))
        writer.add_document(**{name: value for name, value in found.fields.items() if value})
    writer.commit(**how)


def places(some: list[list[str]]) -> Held:
    held: Held = defaultdict(list)
    for row, words in enumerate(some):
        for word in sorted(set(words)):
            held[word].append((row, [place for place, own in enumerate(words) if own == word]))
    return held


@settings(deadline=None, max_examples=40)
@given(texts, texts, st.integers(1, 5), st.booleans())
def test_rows_frequencies_and_places_come_back(
    first: list[list[str]], second: list[list[str]], block: int, joined: bool
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        opened = whoosh_index.create_in(folder, schema())
        add(opened, first, block)
        if joined:  # merged documents follow the new ones
            add(opened, second, block, optimize=True)
            first = second + first
        (leaf, _), *none = opened.refresh().reader().leaf_readers()
        assert none == []
        held = places(first)
        for word in WORDS:
            if word not in held:
                assert ("text", word.encode()) not in leaf
                continue
            matcher = leaf._terms.matcher("text", word.encode(), leaf.schema["text"].format)
            blocks = [(r.tolist(), often.tolist()) for r, often in matcher.blocks()]
            assert all(len(rows) <= block for rows, _ in blocks)
            rows = [row for rows, _ in blocks for row in rows]
            often = [many for _, some in blocks for many in some]
            assert [(row, len(own)) for row, own in held[word]] == list(
                zip(rows, often, strict=True)
            )
            matcher = leaf.postings("text", word.encode())
            one_by_one = []
            while matcher.is_active():
                one_by_one.append((matcher.id(), matcher.value_as("positions")))
                matcher.next()
            assert one_by_one == held[word]
        leaf.close()
