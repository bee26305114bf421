"""What administrators keep, as lists."""

from collections.abc import Iterator, Mapping, Sequence

from flask import request

from content import activity, people
from content.access import Action
from content.exports import Column
from content.models import Activity
from portal import recorded
from portal.listings.listing import Asking, Listing, Piece, Row, pages


def _people(asking: Asking) -> Iterator[Row]:
    text = request.args.get("text", "").strip()
    for row in people.listing(asking.session, by=asking.by, text=text):
        yield {
            "name": row.name, "email": row.email, "role": row.role, "active": row.active,
            "department": row.department.name if row.department else None,
        }  # fmt: skip


def _activity(asking: Asking) -> Iterator[Row]:
    from portal.views.activity import asked_for

    wanted = asked_for()

    def read(piece: Piece) -> tuple[Sequence[Activity], int]:
        return activity.listing(asking.session, wanted, by=asking.by, **piece)

    for rows in pages(asking, read):
        for line in recorded.lines(asking.session, rows):
            row = line.row
            yield {
                "at": row.at.strftime("%Y-%m-%d %H:%M:%S"),
                "who": row.actor.name if row.actor else None,
                "email": row.actor.email if row.actor else None, "what": row.verb,
                "from_state": row.from_state, "to_state": row.to_state, "kind": row.object_kind,
                "number": row.object_id, "thing": line.title, "why": row.reason,
                "noted": line.detail, "link": asking.link(line.url) if line.url else None,
            }  # fmt: skip


LISTINGS: Mapping[str, Listing] = {
    "people": Listing(
        "People", Action.people_manage,
        (Column("name", "name"), Column("email", "email"), Column("role", "role"),
         Column("department", "department"), Column("active", "active", "mark")),
        _people, ("name", "email", "role", "department", "active"),
    ),
    "activity": Listing(
        "Activity log", Action.system_manage,
        (Column("at", "at"), Column("who", "who"), Column("email", "email"),
         Column("what", "what"), Column("from_state", "from_state"),
         Column("to_state", "to_state"), Column("kind", "kind"),
         Column("number", "number", "number"), Column("thing", "thing", "long"),
         Column("why", "why", "long"), Column("noted", "noted", "long"),
         Column("link", "link", "link")),
        _activity, ("at", "who", "what", "to_state", "kind", "thing", "why"),
    ),
}  # fmt: skip
