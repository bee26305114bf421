"""What is asked of the engine and what it answers, as frozen values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from content.types import Kind
from search.query import PERSON, Limits, Query

SORTS = ("relevance", "newest", "oldest", "applied", "published")


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """A query with everything that narrows and orders it; an empty text lists, newest first.

    `since` keeps what others could find only later than that. `exact` takes the words as they are:
    nothing is corrected and no other words are tried.
    """

    text: str = ""
    kinds: tuple[Kind, ...] = ()
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sort: str = "relevance"
    offset: int = 0
    limit: int = 20
    facets: tuple[str, ...] = ()
    after: date | None = None
    before: date | None = None
    since: datetime | None = None
    exact: bool = False
    limits: Limits = PERSON


@dataclass(frozen=True, slots=True)
class Hit:
    """One document that fits."""

    kind: Kind
    id: int
    external_id: str
    key: str
    variant: str
    score: float


@dataclass(frozen=True, slots=True)
class FacetCount:
    """One value of a facet: how many documents have it, and whether it is chosen."""

    value: str
    count: int
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Correction:
    """A word as it was typed, and the word that is there."""

    typed: str
    meant: str


@dataclass(frozen=True, slots=True)
class SearchResults:
    """The answer; `problem` says in words why there is none.

    `query` is what was looked for in the end. `corrected` names the words that were replaced
    because nothing holds them, `offered` is a text to try because little holds some word, and
    `dropped` are words that nothing holds and that have no like.
    """

    total: int = 0
    findings: tuple[Hit, ...] = ()
    facets: Mapping[str, tuple[FacetCount, ...]] = field(default_factory=dict)
    query: Query = field(default_factory=Query)
    took_ms: float = 0.0
    problem: str = ""
    corrected: tuple[Correction, ...] = ()
    offered: str = ""
    dropped: tuple[str, ...] = ()
