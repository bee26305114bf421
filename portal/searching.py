"""From an address to a search request, for every page that asks the engine: one reading of it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from urllib.parse import parse_qsl, urlencode

from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from content import project_lists
from content.access import Action, can, scope_of
from content.models import Project
from content.types import Actor, Kind
from search.engine import SearchEngine, SearchRequest, SearchResults
from search.results import SORTS as KNOWN_SORTS

# Facet and its title; the state is for those who oversee.
FACETS = (
    ("phase", "Phase"),
    ("category", "Category"),
    ("department", "Department"),
    ("project_type", "Project type"),
    ("size", "Project size"),
    ("method", "Method"),
    ("priority", "Priority"),
    ("outcome", "Outcome"),
    ("lesson_kind", "Problem or success"),
    ("topic", "Topic"),
    ("state", "State"),
)
SORTS = (
    ("relevance", "best first"),
    ("newest", "newest first"),
    ("oldest", "oldest first"),
    ("applied", "most applied first"),
    ("published", "last published first"),
)
assert {name for name, _ in SORTS} == set(KNOWN_SORTS)
YEAR = "year"
# Values of one facet that an address may name.
CHOSEN_MOST = 20
# What makes up a search; everything else in an address is not kept with it.
KEPT = ("q", "kind", "sort", "after", "before", "like", "exact", YEAR, *(n for n, _ in FACETS))

Args = MultiDict[str, str]


def facets_for(by: Actor) -> list[tuple[str, str]]:
    """The facets that `by` may use."""
    oversees = can(by, Action.queue_read)
    return [(name, title) for name, title in FACETS if name != "state" or oversees]


def chosen(args: Args, by: Actor) -> dict[str, list[str]]:
    """The values that the address picks, facet by facet."""
    names = [YEAR, *(name for name, _ in facets_for(by))]
    return {
        name: [value for value in args.getlist(name) if value][:CHOSEN_MOST]
        for name in names
        if any(args.getlist(name))
    }


def request_of(
    args: Args,
    by: Actor,
    *,
    mine: Sequence[Project] = (),
    offset: int = 0,
    limit: int = 15,
) -> SearchRequest:
    """The request that an address stands for; whatever is odd in it is left out.

    `mine` are the person's own projects: where the address says ``like=mine``, projects of their
    types and sizes are asked for.
    """
    filters = {name: tuple(values) for name, values in chosen(args, by).items()}
    if args.get("like") == "mine":
        for name, values in likeness(mine).items():
            filters.setdefault(name, values)
    sort = args.get("sort", "relevance")
    return SearchRequest(
        text=args.get("q", "").strip(),
        kinds=tuple(Kind(kind) for kind in args.getlist("kind") if kind in set(Kind)),
        filters=filters,
        sort=sort if sort in KNOWN_SORTS else "relevance",
        offset=offset,
        limit=limit,
        facets=("kind", YEAR, *(name for name, _ in facets_for(by))),
        after=_day(args, "after"),
        before=_day(args, "before"),
        exact=args.get("exact") == "1",
    )


def last_published_first(wanted: SearchRequest) -> SearchRequest:
    """The same search in the order in which others could find it, without counting.

    A lesson that is published today comes before others, however long ago it happened.
    """
    return replace(wanted, facets=(), sort="published")


def own_projects(session: Session, by: Actor) -> Sequence[Project]:
    """The open projects that `by` manages."""
    return project_lists.managed_by(session, by=by)


def likeness(mine: Sequence[Project]) -> dict[str, tuple[str, ...]]:
    """What projects like these have: their types and their sizes."""
    types = tuple(sorted({str(project.type) for project in mine if project.type}))
    sizes = tuple(sorted({str(project.size) for project in mine if project.size}))
    found = {"project_type": types, "size": sizes}
    return {name: values for name, values in found.items() if values}


def address_of(args: Args) -> str:
    """The part of an address that makes up a search, in one order whatever it came in."""
    pairs = [
        (name, value)
        for name in sorted(KEPT)
        for value in sorted(set(args.getlist(name)))
        if value and not (name == "sort" and value == "relevance")
    ]
    return urlencode(pairs)


def _day(args: Args, name: str) -> date | None:
    try:
        return date.fromisoformat(args.get(name, ""))
    except ValueError:
        return None


def described(address: str) -> str:
    """A search in words, such as ``late supplier · phase: planning · year: 2025, 2026``."""
    args: Args = MultiDict(parse_qsl(address))
    titles = {**dict(FACETS), YEAR: "Year", "kind": "Only", "after": "From", "before": "Before"}
    parts = [args["q"]] if args.get("q") else ["everything"]
    parts += [
        f"{title.lower()}: {', '.join(args.getlist(name))}"
        for name, title in titles.items()
        if args.getlist(name)
    ]
    if args.get("like") == "mine":
        parts.append("projects like mine")
    return " · ".join(parts)


def found_since(
    engine: SearchEngine,
    address: str,
    since: datetime,
    by: Actor,
    mine: Sequence[Project],
    *,
    limit: int = 1,
) -> SearchResults:
    """What a saved search finds that `by` could not find before `since`, the newest first."""
    args: Args = MultiDict(parse_qsl(address))
    wanted = request_of(args, by, mine=mine, limit=limit)
    wanted = replace(wanted, since=since, facets=(), sort="newest")
    return engine.search(wanted, scope_of(by))
