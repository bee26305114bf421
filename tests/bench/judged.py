"""Judged collections and real lessons for the benches, out of ../shared/data.

Nothing of them is shipped; where one is absent the benches say so and go on.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from content.types import Document, Kind
from search.evaluate import Qrels, read_qrels, read_topics

DATA = Path(__file__).parents[3] / "shared" / "data"
# A collection in the common form of test collections: corpus, queries, judgements.
FORMAL = ("cranfield", "med")
NAMES = (*FORMAL, "llis")


@dataclass(frozen=True, slots=True)
class Collection:
    """Documents, topics, and which documents fit which topic."""

    name: str
    documents: list[Document]
    topics: Mapping[str, str]
    qrels: Qrels

    @property
    def external_ids(self) -> dict[int, str]:
        """The name that judgements use, by the number of a document."""
        return {document.id: document.external_id for document in self.documents}


def collections() -> list[Collection]:
    """Those that are there."""
    found = []
    for name in NAMES:
        folder = DATA / "relevance" / name if name in FORMAL else DATA / name
        if folder.is_dir():
            found.append(_formal(folder) if name in FORMAL else _lessons(folder))
        else:
            print(f"{name} is left out: {folder} is not there")
    return found


def _formal(folder: Path) -> Collection:
    documents = [
        Document(Kind.lesson, number, row["_id"], row["title"], {"body": row["text"]})
        for number, row in enumerate(rows(folder / "corpus.jsonl"), 1)
    ]
    topics = {row["_id"]: row["text"] for row in rows(folder / "queries.jsonl")}
    return Collection(folder.name, documents, topics, read_qrels(folder / "qrels.trec"))


def _lessons(folder: Path) -> Collection:
    """NASA lessons, in the fields in which the portal keeps its own."""
    documents = [
        Document(
            Kind.lesson,
            number,
            str(row["lesson_id"]),
            row["title"] or "",
            {
                "summary": row["abstract"] or "",
                "event": row["driving_event"] or "",
                "lesson": row["lessons"] or "",
                "recommendation": row["recommendations"] or "",
                "body": row["evidence"] or "",
            },
            keywords=tuple(row["topics"] or ()),
        )
        for number, row in enumerate(rows(folder / "llis_dev.jsonl"), 1)
    ]
    return Collection(
        folder.name, documents, read_topics(folder / "topics.tsv"), read_qrels(folder / "qrels.txt")
    )


def rows(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a JSON Lines file."""
    with path.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)
