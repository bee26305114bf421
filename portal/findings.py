"""From hits of the index to what a page shows: rows are read again, and access is asked again.

The index may be a second behind the database; whatever is gone, or no longer open to the person
who looks, is left out here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import quote

from sqlalchemy.orm import Session

from content import findable
from content.access import scope_of
from content.types import Actor, Document, Kind
from search.engine import Hit
from search.highlight import Segment, mark, opening, snippet
from search.matching import Match, match
from search.query import Query

# What each kind is called on the page, in the order of the tabs.
KIND_LABELS = {
    Kind.lesson: "Lessons",
    Kind.issue: "Issues",
    Kind.page: "Playbook pages",
    Kind.template: "Templates",
    Kind.project: "Projects",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One hit as the page shows it; `place` says where in a file the text stands."""

    kind: Kind
    number: str
    url: str
    title: tuple[Segment, ...]
    text: tuple[Segment, ...]
    recommendation: tuple[Segment, ...]
    facts: tuple[str, ...]
    day: date | None
    applied: int
    match: Match
    place: str = ""


def url_of(document: Document) -> str:
    """Where a document is read."""
    path = quote(document.path)
    return {
        Kind.lesson: f"/lessons/{document.id}",
        Kind.issue: f"/issues/{document.id}",
        Kind.page: f"/playbooks/{path}",
        Kind.template: f"/library/{path}",
        Kind.project: f"/projects/{path}",
    }[document.kind]


def of_hits(session: Session, hits: Sequence[Hit], query: Query, *, by: Actor) -> list[Finding]:
    """The findings of `hits`, in their order, as far as they are still there for `by`."""
    tokens = scope_of(by).tokens
    documents = {
        document.key: document
        for document in findable.changed(session, [(hit.kind, hit.id) for hit in hits])
        if tokens & set(document.audience) and not tokens & set(document.hidden_from)
    }
    return [_finding(documents[hit.key], query) for hit in hits if hit.key in documents]


def _finding(document: Document, query: Query) -> Finding:
    is_lesson = document.kind is Kind.lesson
    texts = [
        text
        for name, text in document.texts.items()
        if text and not (is_lesson and name == "recommendation")
    ]
    found = match(document, query)
    text, place = snippet(texts, query), ""
    # The words may stand in a file only: then its passage is shown, and where it is.
    if found.passage is not None and not any(part.hit for part in text):
        text, place = snippet([found.passage.text], query), found.passage.place
    advice = document.texts.get("recommendation", "") if is_lesson else ""
    return Finding(
        kind=document.kind,
        number=document.external_id,
        url=url_of(document),
        title=mark(document.title, query),
        text=text,
        recommendation=opening(advice, query) if advice else (),
        facts=_facts(document),
        day=document.day,
        applied=document.applied,
        match=found,
        place=place,
    )


def _facts(document: Document) -> tuple[str, ...]:
    names = {
        Kind.lesson: ("project", "phase", "category", "department"),
        Kind.issue: ("project", "state", "category"),
        Kind.page: ("playbook", "phase"),
        Kind.template: ("format", "phase"),
        Kind.project: ("state", "project_type", "size", "department", "outcome"),
    }[document.kind]
    return tuple(document.facets[name][0] for name in names if document.facets.get(name))
