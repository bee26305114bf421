"""Findings of a search, what people asked for, and the thesaurus, as lists."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from flask import request, url_for

from content import requests
from content import thesaurus as synonyms
from content.access import Action, scope_of
from content.exports import Column
from portal import searching
from portal.findings import of_hits
from portal.listings.listing import CHUNK, Asking, Listing, Piece, Row, pages
from search.query import Query

# Findings of a search that are exported: nobody reads further, and ranking is not a list.
FINDINGS_MOST = 1_000


def _findings(asking: Asking) -> Iterator[Row]:
    mine = searching.own_projects(asking.session, asking.by)
    wanted = searching.request_of(request.args, asking.by, mine=mine, limit=FINDINGS_MOST)
    found = asking.runtime.search.search(wanted, scope_of(asking.by)).findings
    for start in range(0, len(found), CHUNK):
        part = found[start : start + CHUNK]
        for number, row in enumerate(
            of_hits(asking.session, part, Query(), by=asking.by), start + 1
        ):
            yield {
                "rank": number, "kind": row.kind, "external_id": row.number,
                "title": "".join(part.text for part in row.title),
                "text": "".join(part.text for part in row.text),
                "recommendation": "".join(part.text for part in row.recommendation),
                "facts": row.facts, "date": row.day, "applied": row.applied,
                "link": asking.link(row.url),
            }  # fmt: skip


def _requests(asking: Asking) -> Iterator[Row]:
    asked = request.args.get("which", "")
    which = requests.Which(asked) if asked in set(requests.Which) else requests.Which.open
    text = request.args.get("text", "").strip()

    def read(piece: Piece) -> tuple[Sequence[Any], int]:
        return requests.listing(asking.session, which, text, by=asking.by, **piece)

    for rows in pages(asking, read):
        for row in rows:
            yield {
                "title": row.title, "note": row.note, "state": row.state,
                "owner": row.owner.name if row.owner else None, "due_on": row.due_on,
                "asked_on": row.created_at.date(), "answer": row.answer,
                "link": asking.link(url_for("requests.page", request_id=row.id)),
            }  # fmt: skip


def _thesaurus(asking: Asking) -> Iterator[Row]:
    from portal.views.thesaurus import asked_for

    filters = asked_for()

    def read(piece: Piece) -> tuple[Sequence[Any], int]:
        return synonyms.listing(
            asking.session, filters, by=asking.by, offset=piece["offset"], limit=piece["limit"]
        )

    for rows in pages(asking, read):
        for row in rows:
            yield {
                "terms": row.terms, "direction": row.direction, "note": row.note,
                "active": row.active, "shipped": row.shipped,
            }  # fmt: skip


LISTINGS: Mapping[str, Listing] = {
    "findings": Listing(
        "Findings", Action.search,
        (Column("rank", "rank", "number"), Column("kind", "kind"),
         Column("external_id", "external_id"), Column("title", "title", "long"),
         Column("text", "text", "long"), Column("recommendation", "recommendation", "long"),
         Column("facts", "facts"), Column("date", "date", "date"),
         Column("applied", "applied", "number"), Column("link", "link", "link")),
        _findings, ("rank", "kind", "external_id", "title", "text", "date"),
    ),
    "requests": Listing(
        "Content requests", Action.request_create,
        (Column("title", "title", "long"), Column("note", "note", "long"),
         Column("state", "state"), Column("owner", "owner"), Column("asked_on", "asked_on", "date"),
         Column("due_on", "due_on", "date"), Column("answer", "answer", "long"),
         Column("link", "link", "link")),
        _requests, ("title", "state", "owner", "asked_on", "due_on"),
    ),
    "thesaurus": Listing(
        "Thesaurus", Action.thesaurus_write,
        (Column("terms", "terms", "long"), Column("direction", "direction"),
         Column("note", "note", "long"), Column("active", "active", "mark"),
         Column("shipped", "shipped", "mark")),
        _thesaurus, ("terms", "direction", "note", "active"),
    ),
}  # fmt: skip
