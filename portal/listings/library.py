"""Playbook pages and templates as lists."""

from collections.abc import Iterator, Mapping

from flask import url_for

from content import library as templates
from content import playbooks
from content.access import Action
from content.exports import Column
from portal.listings.listing import Asking, Listing, Row


def _pages_of_playbooks(asking: Asking) -> Iterator[Row]:
    published = playbooks.published_pages(asking.session)
    for book in playbooks.listing(asking.session, by=asking.by):
        for page in book.pages:
            if page.id in published:
                yield {
                    "playbook": book.title, "title": page.title, "review_by": page.review_by,
                    "owner": book.owner.name if book.owner else None,
                    "link": asking.link(f"/playbooks/{book.slug}/{page.slug}"),
                }  # fmt: skip


def _templates(asking: Asking) -> Iterator[Row]:
    from portal.views.library import asked_for

    for row in templates.listing(asking.session, asked_for(), by=asking.by):
        newest = templates.version(row)
        yield {
            "title": row.title, "summary": row.summary, "kind": row.kind, "phase": row.phase,
            "format": newest.file.format, "version": newest.number,
            "link": asking.link(url_for("library.page", slug=row.slug)),
        }  # fmt: skip


LISTINGS: Mapping[str, Listing] = {
    "pages": Listing(
        "Playbook pages", Action.playbook_read,
        (Column("playbook", "playbook"), Column("title", "title", "long"),
         Column("owner", "owner"), Column("review_by", "review_by", "date"),
         Column("link", "link", "link")),
        _pages_of_playbooks, ("playbook", "title", "owner", "review_by"),
    ),
    "templates": Listing(
        "Templates", Action.template_read,
        (Column("title", "title", "long"), Column("summary", "summary", "long"),
         Column("kind", "kind"), Column("phase", "phase"), Column("format", "format"),
         Column("version", "version", "number"), Column("link", "link", "link")),
        _templates, ("title", "summary", "phase", "format", "version"),
    ),
}  # fmt: skip
