"""The fields of the index and their weights, and a document as Whoosh takes it.

The texts of a document stand one after the other in one field, so that a word in several of them
is one posting; `PARTS` keeps where each begins, for queries such as ``cause:weather``.
"""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from whoosh.fields import FieldType, Schema
from whoosh.formats import Format

from content.types import Document
from search.analysis import Token, tokens

# Raised when fields, analysis or codec change, so that an index of an older portal is built anew.
VERSION = 6

# Weights of BM25F: a word in the headline says three times as much as one in the text, and one in
# an attached file half as much, because a file speaks of many things.
WEIGHTS: dict[str, float] = {"title": 3.0, "keywords": 2.0, "text": 1.0, "files": 0.5}
FIELDS = tuple(WEIGHTS)
# Where whole documents are compared, a word of the headline counts this often. Linked duplicates
# among issues of Hadoop: 0.82 of them are among the ten most alike with 1, 0.85 with 2, 3 or 5.
TITLE_TIMES = 2
# A frequency above this is kept as this; the logarithm makes them equal anyway.
FREQUENCY_MOST = 255
# The texts of a document, in the order in which they stand in the field `text`.
PARTS = ("summary", "event", "cause", "effect", "lesson", "recommendation", "body")
# What a person may name before a colon to look for a word there.
SEARCHABLE = ("title", "keywords", *PARTS, "files")
# Places left empty between two parts, so that no phrase reaches across.
PART_GAP = 8
# What a person may name before a colon, beside the text fields.
FACETS = (
    "kind", "phase", "category", "department", "project", "project_type", "size", "method",
    "year", "state", "priority", "outcome", "topic", "lesson_kind", "playbook", "format",
)  # fmt: skip

# Term, how often, weight, places: what Whoosh's field types give for each term of a value.
Posting = tuple[bytes, int, float, bytes]


class Places(Format):  # type: ignore[misc]  # Whoosh ships no types
    """Postings with the places of a word as an array of 32-bit numbers.

    Whoosh's own format pickles a list for each posting; this one takes half the time.
    """

    def __init__(self) -> None:
        super().__init__(field_boost=1.0)

    def supports(self, name: str) -> bool:
        """Whether a posting can be read as `name`."""
        return name in ("frequency", "positions")

    def decode_positions(self, value: bytes) -> list[int]:
        """The places of a word in one document."""
        return array("I", value).tolist()

    def decode_frequency(self, value: bytes) -> int:
        """How often the word stands in the document."""
        return len(value) // 4


class Analysed(FieldType):  # type: ignore[misc]  # the same
    """A field that takes words already found, so that a text is read once for all uses."""

    def __init__(self) -> None:
        self.analyzer = None
        self.format = Places()
        self.scorable = False
        self.stored = False
        self.unique = False
        self.vector = None
        self.column_type = None
        self.indexed = True
        self.spelling = False

    def index(self, value: list[Token], **_options: Any) -> Iterator[Posting]:
        """One posting for each stem."""
        places: dict[str, array[int]] = {}
        for _, stem, position in value:
            found = places.get(stem)
            if found is None:
                places[stem] = array("I", (position,))
            else:
                found.append(position)
        for stem, found in places.items():
            yield stem.encode(), len(found), float(len(found)), found.tobytes()


def schema() -> Schema:
    """A fresh schema; texts are indexed with places and never stored."""
    return Schema(**{name: Analysed() for name in FIELDS})


@dataclass(slots=True)
class Read:
    """A document's words, field by field, and where each part of its text begins."""

    fields: dict[str, list[Token]] = field(default_factory=dict)
    starts: list[int] = field(default_factory=list)


def read(document: Document) -> Read:
    """Find the words of a document, once."""
    found = Read()
    found.fields["title"] = tokens(document.title)[0]
    found.fields["keywords"] = tokens(" ".join(document.keywords))[0]
    text: list[Token] = []
    position = 0
    for name in PARTS:
        found.starts.append(position)
        part, after = tokens(document.texts.get(name) or "", position)
        text += part
        position = after + PART_GAP if part else position
    found.fields["text"] = text
    files: list[Token] = []
    position = 0
    for passage in document.passages:
        part, position = tokens(passage.text, position)
        files += part
        position += PART_GAP
    found.fields["files"] = files
    return found
