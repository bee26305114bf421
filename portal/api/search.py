"""Search: the findings of the one box, with facets and what it corrected."""

from typing import Annotated, Any, Literal

from pydantic import Field
from werkzeug.datastructures import MultiDict

from content.access import Action, scope_of
from content.tokens import TokenScope
from content.types import Kind
from portal import findings, searching
from portal.api import paging
from portal.api.operations import Reply, operation
from portal.api.schemas import Day, Facts, Flag, Line, Link, Shown, Text, link
from portal.auth import actor
from portal.db import reading, runtime
from portal.findings import Finding
from search.results import SearchResults

TAG = "Search"
# Findings of which pages are made: nobody reads further, and ranking is not a list.
FINDINGS_MOST = 1_000
Chosen = Annotated[
    list[Annotated[Line, Field(max_length=200)]], Field(max_length=searching.CHOSEN_MOST)
]


class SearchQuery(paging.Paged):
    """A search as its page takes it; a facet that is given several times takes any of them."""

    q: Annotated[
        Text,
        Field(
            max_length=1_000,
            description="Words, “quoted phrases”, -not, OR, field:word; empty lists the newest.",
            examples=["late supplier"],
        ),
    ] = ""
    page: Annotated[int, Field(ge=1, le=FINDINGS_MOST), paging.NUMBER] = 1
    kind: list[Kind] = Field(default=[], max_length=5)
    sort: Literal["relevance", "newest", "oldest", "applied", "published"] = "relevance"
    after: Annotated[Day, Field(description="Happened on this day or later.")] | None = None
    before: Annotated[Day, Field(description="Happened before this day.")] | None = None
    exact: Annotated[
        Flag, Field(description="Take the words as they are: correct nothing, try no others.")
    ] = False
    year: list[Annotated[str, Field(pattern="^[0-9]{4}$")]] = Field(
        default=[], max_length=searching.CHOSEN_MOST
    )
    phase: Chosen = []
    category: Chosen = []
    department: Chosen = []
    project_type: Chosen = []
    size: Chosen = []
    method: Chosen = []
    priority: Chosen = []
    outcome: Chosen = []
    lesson_kind: Chosen = []
    topic: Chosen = []
    state: Annotated[Chosen, Field(description="For reviewers; others find what is in use.")] = []


class FindingShown(Shown):
    """One hit, of any kind."""

    kind: Kind
    external_id: str
    title: str
    text: str
    """The passage that fits best."""
    place: str
    """Where in a file the passage stands; empty for the text itself."""
    recommendation: str
    facts: list[str]
    date: Day | None
    applied: int
    link: Link


class FacetValue(Shown):
    """One value of a facet."""

    value: str
    count: int
    chosen: bool


class CorrectionShown(Shown):
    """A word as it was typed, and the word that is there."""

    typed: str
    meant: str


class FindingPage(Facts):
    """One page of findings; `problem` says in words why a query finds nothing."""

    items: list[FindingShown]
    facets: dict[str, list[FacetValue]]
    corrected: list[CorrectionShown]
    offered: str
    """A query to try, because little holds some word."""
    dropped: list[str]
    """Words that nothing holds and that are like none."""
    problem: str


@operation(
    "GET", "/search", tag=TAG, scope=TokenScope.search, action=Action.search, query=SearchQuery,
    answer=FindingPage, paged=True,
)  # fmt: skip
def search(query: SearchQuery) -> Reply:
    """Search lessons, issues, playbook pages, templates and projects.

    Finds what the token's person finds in the portal. Other kinds than the token's scopes name
    are found too: this scope is the whole search.
    """
    by = actor()
    wanted = searching.request_of(_args(query), by, offset=query.offset, limit=query.limit)
    found = runtime().search.search(wanted, scope_of(by))
    rows = findings.of_hits(reading(), found.findings, found.query, by=by)
    page = FindingPage(
        items=[_finding(row) for row in rows], total=found.total, page=query.page,
        limit=query.limit, facets=_facets(found),
        corrected=[CorrectionShown(typed=c.typed, meant=c.meant) for c in found.corrected],
        offered=found.offered, dropped=list(found.dropped), problem=found.problem,
    )  # fmt: skip
    return Reply(page, headers=paging.links(query, found.total))


def _args(query: SearchQuery) -> MultiDict[str, str]:
    """The query as the address of the page has it."""
    args: MultiDict[str, str] = MultiDict()
    for name, value in query.model_dump(mode="json", exclude={"page", "limit"}).items():
        for one in value if isinstance(value, list) else [value]:
            if one not in (None, "", False):
                args.add(name, "1" if one is True else str(one))
    return args


def _finding(row: Finding) -> FindingShown:
    return FindingShown(
        kind=row.kind, external_id=row.number, title=_plain(row.title), text=_plain(row.text),
        place=row.place, recommendation=_plain(row.recommendation), facts=list(row.facts),
        date=row.day, applied=row.applied, link=link(row.url),
    )  # fmt: skip


def _plain(segments: Any) -> str:
    return "".join(segment.text for segment in segments)


def _facets(found: SearchResults) -> dict[str, list[FacetValue]]:
    return {
        name: [FacetValue(value=c.value, count=c.count, chosen=c.chosen) for c in counts]
        for name, counts in found.facets.items()
    }
