"""One box for everything: the results page, its fragment, and the palette."""

from datetime import date

from flask import Blueprint, render_template, request

from content.access import Action, can, scope_of
from content.types import Kind
from portal import findings, nav
from portal.auth import actor, allowed
from portal.db import reading, runtime
from portal.html import is_fragment
from portal.paging import Page
from search.engine import SearchRequest, SearchResults

bp = Blueprint("search", __name__)

# Facet, its title, and whether only those who oversee may use it.
FACETS = (
    ("phase", "Phase"),
    ("category", "Category"),
    ("department", "Department"),
    ("project_type", "Project type"),
    ("size", "Project size"),
    ("method", "Method"),
    ("year", "Year"),
    ("priority", "Priority"),
    ("topic", "Topic"),
    ("state", "State"),
)
SORTS = (("relevance", "best first"), ("newest", "newest first"), ("oldest", "oldest first"))
SIZE = 15
PALETTE_SIZE = 8


@bp.get("/search")
@allowed(Action.search)
def page() -> str:
    """The findings for the query in the address; the whole page, or its results for htmx."""
    asked = Page.asked(SIZE)
    request_ = _request(asked)
    found = runtime().search.search(request_, scope_of(actor()))
    rows = findings.of_hits(reading(), found.findings, found.query, by=actor())
    template = "search/_results.html" if is_fragment() else "search/page.html"
    return render_template(
        template,
        text=request_.text,
        found=found,
        rows=rows,
        page=asked.of(found.total),
        facets=_shown_facets(found),
        kinds=_kinds(found),
        chosen=_chosen(),
        sorts=SORTS,
    )


def _request(asked: Page) -> SearchRequest:
    args = request.args
    kinds = tuple(Kind(kind) for kind in args.getlist("kind") if kind in set(Kind))
    sort = args.get("sort", "relevance")
    return SearchRequest(
        text=args.get("q", "").strip(),
        kinds=kinds,
        filters={name: tuple(values) for name, values in _chosen().items()},
        sort=sort if sort in dict(SORTS) else "relevance",
        offset=asked.offset,
        limit=asked.size,
        facets=("kind", *(name for name, _ in _facets())),
        after=_day("after"),
        before=_day("before"),
    )


def _facets() -> list[tuple[str, str]]:
    oversees = can(actor(), Action.queue_read)
    return [(name, title) for name, title in FACETS if name != "state" or oversees]


def _chosen() -> dict[str, list[str]]:
    return {
        name: [value for value in request.args.getlist(name) if value][:20]
        for name, _ in _facets()
        if any(request.args.getlist(name))
    }


def _day(name: str) -> date | None:
    try:
        return date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None


def _shown_facets(found: SearchResults) -> list[tuple[str, str, list[tuple[str, int, bool]]]]:
    """Facets that tell something apart, each with its values."""
    shown = []
    for name, title in _facets():
        counts = found.facets.get(name, ())
        rows = [(c.value, c.count, c.chosen) for c in counts if c.count or c.chosen]
        if len(rows) > 1 or any(chosen for _, _, chosen in rows):
            shown.append((name, title, rows[:12]))
    return shown


def _kinds(found: SearchResults) -> list[tuple[str, str, int]]:
    counts = {c.value: c.count for c in found.facets.get("kind", ())}
    return [
        (kind.value, label, counts.get(kind.value, 0))
        for kind, label in findings.KIND_LABELS.items()
    ]


@bp.get("/palette")
@allowed(Action.search)
def palette() -> str:
    """What the palette offers for what was typed: pages of the portal first, then findings."""
    text = request.args.get("q", "").strip()[:200]
    pages = [entry for entry in nav.entries() if text.lower() in entry.label.lower()]
    rows = []
    if len(text) > 1:
        wanted = SearchRequest(text=text, limit=PALETTE_SIZE)
        found = runtime().search.search(wanted, scope_of(actor()))
        rows = findings.of_hits(reading(), found.findings, found.query, by=actor())
    return render_template("search/_palette.html", text=text, pages=pages, rows=rows)
