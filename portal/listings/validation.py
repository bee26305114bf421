"""What waits for a reviewer, as a list."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from flask import request, url_for

from content import review_queue
from content.access import Action, shows_author
from content.db import now
from content.exports import Column
from content.review_queue import Item
from portal.listings.listing import Asking, Listing, Piece, Row, pages


def _queue(asking: Asking) -> Iterator[Row]:
    from portal.views.queue import wanted

    filters, at = wanted(request.args), now()

    def read(piece: Piece) -> tuple[Sequence[Item], int]:
        return review_queue.listing(asking.session, filters, by=asking.by, at=at, **piece)

    for items in pages(asking, read):
        for item in items:
            yield _item(asking, item, at)


def _item(asking: Asking, item: Item, at: datetime) -> Row:
    lesson, change = item.lesson, item.change
    page = (
        url_for("changes.page", lesson_id=lesson.id, change_id=change.id)
        if change
        else url_for("validation.page", lesson_id=lesson.id)
    )
    held = lesson.reviewer is not None and lesson.reviewer.active
    return {
        "what": _KINDS[item.kind], "external_id": lesson.number, "headline": lesson.headline,
        "note": change.note if change else "",
        "project": lesson.project.name if lesson.project else None,
        "project_code": lesson.project.code if lesson.project else None,
        "category": lesson.category, "author": _author(asking, item),
        "with": lesson.reviewer.name if held and lesson.reviewer else None,
        "since": item.since, "days": item.days(at), "link": asking.link(page),
    }  # fmt: skip


def _author(asking: Asking, item: Item) -> str | None:
    """Who wrote it, unless it is the author of a lesson without a name."""
    writer = item.change.by if item.change else item.lesson.author
    hidden = writer is not None and writer.id == item.lesson.author_id
    if writer is None or (hidden and not shows_author(asking.by, item.lesson)):
        return None
    return writer.name


_KINDS = {
    review_queue.ItemKind.lesson: "lesson",
    review_queue.ItemKind.change: "change",
    review_queue.ItemKind.answer: "answer to a rejection",
}

LISTINGS: Mapping[str, Listing] = {
    "queue": Listing(
        "Review queue", Action.queue_read,
        (Column("what", "what"), Column("external_id", "external_id"),
         Column("headline", "headline", "long"), Column("note", "note", "long"),
         Column("project", "project"), Column("project_code", "project_code"),
         Column("category", "category"), Column("author", "author"), Column("with", "with"),
         Column("since", "since", "date"), Column("days", "days", "number"),
         Column("link", "link", "link")),
        _queue, ("what", "headline", "project_code", "author", "with", "since", "days"),
    ),
}  # fmt: skip
