"""What narrows a search beside its words: chosen facets and time, and the counts of facets."""

import numpy as np

from search.facets import Mask
from search.postings import Snapshot
from search.query import Query
from search.results import FacetCount, SearchRequest


def narrowings(index: Snapshot, request: SearchRequest, query: Query) -> dict[str, Mask]:
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
    if request.since is not None:
        found[" since"] = index.since > int(request.since.timestamp())
    return found


def _chosen(request: SearchRequest, query: Query) -> dict[str, tuple[str, ...]]:
    chosen = {name: tuple(values) for name, values in request.filters.items() if values}
    if request.kinds:
        chosen["kind"] = tuple(kind.value for kind in request.kinds)
    for name, value in query.filters:
        chosen[name] = (*chosen.get(name, ()), value)
    return chosen


def counts_of(
    index: Snapshot,
    name: str,
    request: SearchRequest,
    query: Query,
    base: Mask,
    mask: Mask,
    narrowed: dict[str, Mask],
) -> tuple[FacetCount, ...]:
    """The counts of one facet, without its own choice, so that several values can be picked."""
    if name in narrowed:
        mask = base
        for other, part in narrowed.items():
            if other != name:
                mask = mask & part
    facet = index.facets[name]
    chosen = {value.lower(): value for value in _chosen(request, query).get(name, ())}
    counts = facet.counts(np.flatnonzero(mask), mask)
    rows = [
        FacetCount(value, int(counts[place]), value.lower() in chosen)
        for place in np.flatnonzero(counts).tolist()
        for value in (facet.values[place],)
    ]
    # What was chosen and is on nothing visible stands there as it was typed, known or not: whether
    # something out of sight has it must not show.
    present = {row.value.lower() for row in rows}
    rows += [FacetCount(text, 0, True) for low, text in chosen.items() if low not in present]
    return tuple(sorted(rows, key=lambda row: (-row.count, row.value)))
