"""The fields of the index, their weights, and a document as Whoosh stores it."""

from typing import Any

from whoosh.fields import ID, STORED, TEXT, Schema

from content.types import Document
from search.analysis import StemAnalyzer, words

# Raised when fields or analysis change, so that an index of an older portal is built anew.
VERSION = 2

# Weights of BM25F: a word in the headline says three times as much as one in the body.
WEIGHTS: dict[str, float] = {
    "title": 3.0,
    "keywords": 2.0,
    "summary": 1.0,
    "event": 1.0,
    "cause": 1.0,
    "effect": 1.0,
    "lesson": 1.0,
    "recommendation": 1.0,
    "body": 1.0,
}
FIELDS = tuple(WEIGHTS)
# What a person may name before a colon, beside the text fields.
FACETS = (
    "kind", "phase", "category", "department", "project", "project_type", "size", "method",
    "year", "state", "priority", "outcome", "topic", "lesson_kind", "playbook", "format",
)  # fmt: skip


def schema() -> Schema:
    """A fresh schema; texts are indexed with positions and never stored."""
    analyzer = StemAnalyzer()
    texts = {name: TEXT(analyzer=analyzer, phrase=True, stored=False) for name in FIELDS}
    return Schema(key=ID(unique=False), object=ID(), about=STORED, **texts)


def fields_of(document: Document) -> dict[str, Any]:
    """A document as Whoosh takes it; `about` holds what the engine keeps in arrays."""
    texts = {"title": document.title, "keywords": " ".join(document.keywords), **document.texts}
    kept = {name: texts.get(name) or "" for name in FIELDS}
    facets = {**document.facets, "kind": (document.kind.value,)}
    about = (
        document.key,
        document.kind.value,
        document.id,
        document.external_id,
        document.variant,
        document.day.toordinal() if document.day else 0,
        tuple(document.audience),
        tuple(document.hidden_from),
        {name: tuple(values) for name, values in facets.items()},
        tuple(sum(1 for _ in words(kept[name])) for name in FIELDS),
    )
    found: dict[str, Any] = {name: text for name, text in kept.items() if text}
    found.update(key=document.key, object=f"{document.kind.value}:{document.id}", about=about)
    return found
