"""Facets and audiences of a snapshot: which documents have which values, as columns."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from search.columns import Array

Mask = NDArray[np.bool_]


def rows_of(
    parts: Sequence[tuple[list[str], Array, Array]], bases: Sequence[int]
) -> dict[str, NDArray[np.int64]]:
    """The rows of each token."""
    found: dict[str, list[NDArray[np.int64]]] = {}
    for (values, rows, codes), base in zip(parts, bases, strict=False):
        order = np.argsort(codes, kind="stable")
        edges = np.searchsorted(codes[order], np.arange(len(values) + 1))
        for place, value in enumerate(values):
            mine = rows[order[edges[place] : edges[place + 1]]]
            found.setdefault(value, []).append(mine.astype(np.int64) + base)
    return {value: np.concatenate(rows) for value, rows in found.items()}


class Facet:
    """One facet as columns: a number for each document's first value, and pairs for the rest."""

    def __init__(
        self,
        parts: Sequence[tuple[list[str], Array, Array]],
        bases: Sequence[int],
        size: int,
    ) -> None:
        self.values = sorted({value for values, _, _ in parts for value in values})
        self.lowered = {value.lower(): number for number, value in enumerate(self.values)}
        number = {value: place for place, value in enumerate(self.values)}
        rows, codes = [np.empty(0, np.int32)], [np.empty(0, np.int32)]
        for (values, found, their), base in zip(parts, bases, strict=False):
            mine = np.array([number[value] for value in values], np.int32)
            rows.append(found + np.int32(base))
            codes.append(mine[their] if len(values) else their)
        all_rows, all_codes = np.concatenate(rows), np.concatenate(codes)
        # The first value of each document; 0 means that it has none.
        self.first = np.zeros(size, np.uint16 if len(self.values) < 65_535 else np.int32)
        if len(all_rows):
            is_first = np.concatenate([[True], all_rows[1:] != all_rows[:-1]])
            self.first[all_rows[is_first]] = all_codes[is_first] + 1
            self.more_rows, self.more_codes = all_rows[~is_first], all_codes[~is_first]
        else:
            self.more_rows, self.more_codes = all_rows, all_codes

    def mask(self, values: Sequence[str]) -> Mask:
        """The documents that have one of the values."""
        wanted = [self.lowered[v.lower()] for v in values if v.lower() in self.lowered]
        if not wanted:
            return np.zeros(len(self.first), bool)
        chosen = np.zeros(len(self.values) + 1, bool)
        chosen[np.array(wanted) + 1] = True
        found: Mask = chosen[self.first]
        found[self.more_rows[chosen[self.more_codes + 1]]] = True
        return found

    def counts(self, rows: NDArray[np.int64], mask: Mask) -> NDArray[np.int64]:
        """How many of `rows` (the documents of `mask`) have each value."""
        many = len(self.values)
        found = np.bincount(self.first[rows], minlength=many + 1)[1:]
        if len(self.more_rows):
            found = found + np.bincount(self.more_codes[mask[self.more_rows]], minlength=many)
        return found
