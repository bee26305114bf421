"""What administrators keep, as lists."""

from collections.abc import Iterator, Mapping

from flask import request

from content import people
from content.access import Action
from content.exports import Column
from portal.listings.listing import Asking, Listing, Row


def _people(asking: Asking) -> Iterator[Row]:
    text = request.args.get("text", "").strip()
    for row in people.listing(asking.session, by=asking.by, text=text):
        yield {
            "name": row.name, "email": row.email, "role": row.role, "active": row.active,
            "department": row.department.name if row.department else None,
        }  # fmt: skip


LISTINGS: Mapping[str, Listing] = {
    "people": Listing(
        "People", Action.people_manage,
        (Column("name", "name"), Column("email", "email"), Column("role", "role"),
         Column("department", "department"), Column("active", "active", "mark")),
        _people, ("name", "email", "role", "department", "active"),
    ),
}  # fmt: skip
