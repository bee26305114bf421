"""What is asked of the engine and what it answers, as frozen values."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from content.types import Kind
from search.query import PERSON, Limits, Query


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """A query with everything that narrows and orders it; an empty text lists, newest first."""

    text: str = ""
    kinds: tuple[Kind, ...] = ()
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sort: str = "relevance"
    offset: int = 0
    limit: int = 20
    facets: tuple[str, ...] = ()
    after: date | None = None
    before: date | None = None
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
class SearchResults:
    """The answer; `problem` says in words why there is none."""

    total: int = 0
    findings: tuple[Hit, ...] = ()
    facets: Mapping[str, tuple[FacetCount, ...]] = field(default_factory=dict)
    query: Query = field(default_factory=Query)
    took_ms: float = 0.0
    problem: str = ""
