"""The engine: opens the index in force, answers requests, notices by itself when it changed.

Visibility is a mask before ranking and counting: what a person may not see is in no total, no
facet and no rank.
"""

import time
from pathlib import Path
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from content.types import Scope
from search import index as index_files
from search.postings import Snapshot
from search.query import Query, parse
from search.ranking import Scores, best, score
from search.results import FacetCount, Hit, SearchRequest, SearchResults

__all__ = ["FacetCount", "Hit", "SearchEngine", "SearchRequest", "SearchResults"]

Mask = NDArray[np.bool_]
# Masks of visibility kept for a snapshot, one for each set of tokens.
MASKS = 64


class SearchEngine:
    """Answers for one index folder; threads may share it."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._lock = Lock()
        self._snapshot: Snapshot | None = None
        self._stamp = -1
        self._problem = ""
        self._masks: dict[Scope, Mask] = {}

    def search(self, request: SearchRequest, scope: Scope) -> SearchResults:
        """The documents that `scope` may see and that fit; never raises for what was typed."""
        began = time.perf_counter()
        query = parse(request.text, request.limits)
        index = self._open()
        if index is None:
            return SearchResults(query=query, problem=self._problem)
        visible = self._visible(index, scope)
        scores, fits = _scored(index, query)
        narrowed = _narrowings(index, request, query)
        mask = visible & fits
        for part in narrowed.values():
            mask &= part
        rows = _ordered(index, request, query, scores, mask)
        hits = tuple(_hit(index, row, scores) for row in rows)
        facets = {
            name: _counts(index, name, request, query, visible & fits, narrowed)
            for name in request.facets
            if name in index.facets
        }
        took = (time.perf_counter() - began) * 1000
        return SearchResults(int(np.count_nonzero(mask)), hits, facets, query, took)

    def _open(self) -> Snapshot | None:
        stamp = index_files.stamp(self.directory)
        with self._lock:
            if stamp == self._stamp:
                return self._snapshot
            folder = index_files.current(self.directory)
            found = index_files.status(self.directory)
            self._problem = found.problem
            # The old snapshot is not closed: another thread may read it still; it goes with its
            # last reader.
            self._snapshot = Snapshot(folder) if folder and not found.problem else None
            self._masks = {}
            self._stamp = stamp
            return self._snapshot

    def _visible(self, index: Snapshot, scope: Scope) -> Mask:
        with self._lock:
            known = self._masks.get(scope)
            if known is not None and len(known) == index.size:
                return known
        mask = visible_mask(index, scope)
        with self._lock:
            if len(self._masks) >= MASKS:
                self._masks.clear()
            self._masks[scope] = mask
        return mask


def visible_mask(index: Snapshot, scope: Scope) -> Mask:
    """The documents that a scope may see: some token of the audience, none it is hidden from."""
    if scope.everything:
        whole = np.array([variant == "" for variant in index.variants], bool)
        everything: Mask = index.live & whole
        return everything
    seen = np.zeros(index.size, bool)
    for token in scope.tokens & index.audience.keys():
        seen[index.audience[token]] = True
    for token in scope.tokens & index.hidden.keys():
        seen[index.hidden[token]] = False
    mask: Mask = seen & index.live
    return mask


def _scored(index: Snapshot, query: Query) -> tuple[Scores, Mask]:
    scores = np.zeros(index.size, np.float32)
    fits = np.ones(index.size, bool)
    for clause in query.must:
        found = score(index, clause)
        scores += found
        fits &= found > 0
    if query.should:
        optional = np.zeros(index.size, np.float32)
        for clause in query.should:
            optional += score(index, clause)
        scores += optional
        if not query.must:
            fits &= optional > 0
    for clause in query.must_not:
        fits &= score(index, clause) <= 0
    return scores, fits


def _narrowings(index: Snapshot, request: SearchRequest, query: Query) -> dict[str, Mask]:
    """One mask for each facet that is chosen, and one for the time."""
    chosen = _chosen(request, query)
    found = {
        name: index.facets[name].mask(values)
        if name in index.facets
        else np.zeros(index.size, bool)
        for name, values in chosen.items()
    }
    after = max(filter(None, (request.after, query.after)), default=None)
    before = min(filter(None, (request.before, query.before)), default=None)
    if after is not None:
        found[" after"] = index.days >= after.toordinal()
    if before is not None:
        found[" before"] = (index.days < before.toordinal()) & (index.days > 0)
    return found


def _chosen(request: SearchRequest, query: Query) -> dict[str, tuple[str, ...]]:
    chosen = {name: tuple(values) for name, values in request.filters.items() if values}
    if request.kinds:
        chosen["kind"] = tuple(kind.value for kind in request.kinds)
    for name, value in query.filters:
        chosen[name] = (*chosen.get(name, ()), value)
    return chosen


def _ordered(
    index: Snapshot, request: SearchRequest, query: Query, scores: Scores, mask: Mask
) -> list[int]:
    many = request.offset + request.limit
    sort = request.sort
    if sort == "relevance" and query.is_empty:
        sort = "newest"
    if sort == "relevance":
        return best(scores, index.order, mask, many)[request.offset :]
    rows = np.flatnonzero(mask)
    days = index.days[rows].astype(np.int64)
    # What has no date comes last in either direction.
    keyed = -days if sort == "newest" else np.where(days == 0, np.iinfo(np.int64).max, days)
    ranked = rows[np.lexsort((index.order[rows], keyed))]
    return [int(row) for row in ranked[request.offset : many]]


def _hit(index: Snapshot, row: int, scores: Scores) -> Hit:
    kind = index.kinds[row]
    assert kind is not None
    return Hit(
        kind, int(index.ids[row]), index.external_ids[row], index.keys[row],
        index.variants[row], float(scores[row]),
    )  # fmt: skip


def _counts(
    index: Snapshot,
    name: str,
    request: SearchRequest,
    query: Query,
    base: Mask,
    narrowed: dict[str, Mask],
) -> tuple[FacetCount, ...]:
    """The counts of one facet, without its own choice, so that several values can be picked."""
    mask = base.copy()
    for other, part in narrowed.items():
        if other != name:
            mask &= part
    facet = index.facets[name]
    chosen = {value.lower() for value in _chosen(request, query).get(name, ())}
    rows = (
        FacetCount(value, int(count), value.lower() in chosen)
        for value, count in zip(facet.values, facet.counts(mask), strict=True)
        if count or value.lower() in chosen
    )
    return tuple(sorted(rows, key=lambda row: (-row.count, row.value)))
