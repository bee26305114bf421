"""Documents as TF-IDF vectors of their stems: what the second stage compares.

The stems of each document stand in the columns of its segment. Everything here is read-only after
it is made, apart from lengths that are computed once and numbers that each thread has of its own.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from threading import local

import numpy as np
from numpy.typing import NDArray

from search.codec import Weights
from search.columns import Array, hashes_of, joined
from search.facets import Mask
from search.schema import FREQUENCY_MOST
from search.segment import Segment

# Documents whose stems are unfolded at once: some 10 MB.
ROWS_AT_ONCE = 10_000


@dataclass(frozen=True, slots=True)
class Among:
    """Some of the documents, and how rare each stem is among them."""

    mask: Mask
    documents: int
    rarities: Weights

    def rarity(self, held: int) -> float:
        """The weight of a stem that so many of them hold."""
        return rarity_of(held, self.documents)


def rarity_of(held: int, documents: int) -> float:
    """The weight of a stem that `held` of the documents hold."""
    return math.log1p((documents - held + 0.5) / (held + 0.5))


class Vectors:
    """The vectors of all live documents of some segments, by row; `gone` are the deleted rows."""

    def __init__(
        self, segments: Sequence[Segment], bases: Array, live: Mask, gone: Sequence[Sequence[int]]
    ) -> None:
        self.segments, self.bases, self.live = segments, bases, live
        self.documents = int(np.count_nonzero(live))
        self._gone = gone
        self._norms = np.zeros(len(live), np.float32)
        self._own = local()

    @cached_property
    def stem_numbers(self) -> list[NDArray[np.int32] | None]:
        """For each segment, the number that each of its stems has in the whole snapshot.

        The first segment, as a rule the largest, gives the numbers its own stems have: None.
        """
        names = [segment.columns.stem_hashes for segment in self.segments]
        if len(names) < 2:
            return [None] * len(names)
        # Within a segment no stem comes twice; NumPy need not look for that again.
        others = names[1] if len(names) == 2 else np.unique(np.concatenate(names[1:]))
        more = np.setdiff1d(others, names[0], assume_unique=True)
        known = np.concatenate([names[0], more])
        order = np.argsort(known)
        sorted_ = known[order]
        return [
            None,
            *(order[np.searchsorted(sorted_, found)].astype(np.int32) for found in names[1:]),
        ]

    @cached_property
    def _counts(self) -> NDArray[np.int64]:
        """How many live documents hold each stem."""
        pairs = [
            (segment.columns, self._numbered(place, np.arange(len(segment.columns.stem_hashes))))
            for place, segment in enumerate(self.segments)
        ]
        size = max((int(numbers.max()) + 1 for _, numbers in pairs if len(numbers)), default=0)
        counts = np.zeros(size, np.int64)
        for (columns, numbers), gone in zip(pairs, self._gone, strict=True):
            counts[numbers] += columns.stem_documents
            for row in gone:
                part = slice(columns.stem_starts[row], columns.stem_starts[row + 1])
                counts[numbers[columns.stems[part]]] -= 1
        return counts

    @cached_property
    def rarities(self) -> Weights:
        """The weight of each stem: how rare it is among live documents."""
        return _rarities(self._counts, self.documents)

    def among(self, mask: Mask) -> "Among":
        """What the documents of `mask` tell, as if there were no others."""
        rows, others = np.flatnonzero(mask), np.flatnonzero(self.live & ~mask)
        if not len(others):
            return Among(mask, len(rows), self.rarities)
        counts = (
            self._counts_of(rows)
            if len(rows) < len(others)
            else self._counts - self._counts_of(others)
        )
        return Among(mask, len(rows), _rarities(counts, len(rows)))

    def _counts_of(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """How many of `rows` (in order) hold each stem."""
        counts = np.zeros(len(self._counts), np.int64)
        for first in range(0, len(rows), ROWS_AT_ONCE):
            numbers = self._stems_of(rows[first : first + ROWS_AT_ONCE])[1]
            counts += np.bincount(numbers, minlength=len(counts))
        return counts

    def _numbered(self, place: int, stems: Array) -> Array:
        """Stems of one segment by their numbers in the whole snapshot."""
        numbers = self.stem_numbers[place]
        return stems if numbers is None else numbers.take(stems)

    @cached_property
    def _squared_rarities(self) -> Weights:
        return self.rarities * self.rarities

    def _stems_of(self, rows: NDArray[np.int64]) -> tuple[Array, Array, Weights]:
        """What `rows` (in order) hold: where each begins, stem numbers, damped frequencies."""
        edges = np.searchsorted(rows, self.bases)
        numbers, often, many = [], [], []
        for place, segment in enumerate(self.segments):
            inner = rows[edges[place] : edges[place + 1]] - self.bases[place]
            if not len(inner):
                continue
            columns = segment.columns
            first = columns.stem_starts[inner]
            counts = columns.stem_starts[inner + 1] - first
            ends = np.cumsum(counts)
            flat = np.arange(ends[-1])
            flat += np.repeat(first - ends + counts, counts)
            # `take` goes through small integers three times as quickly as brackets do.
            numbers.append(self._numbered(place, columns.stems.take(flat)))
            often.append(_LOGARITHM.take(columns.frequency.take(flat)))
            many.append(counts)
        starts = np.concatenate([[0], np.cumsum(joined(many))])
        return starts, joined(numbers), joined(often)

    def _lengths_of(self, rows: NDArray[np.int64]) -> Weights:
        """The lengths of the TF-IDF vectors of `rows` (in order), computed once a row."""
        missing = rows[self._norms[rows] == 0]
        if len(missing):
            starts, stems, often = self._stems_of(missing)
            self._norms[missing] = _lengths(often * self.rarities.take(stems), starts)
        return self._norms[rows]

    def likeness(self, rows: NDArray[np.int64], weights: Weights) -> Weights:
        """For each of `rows` (in order) the sum over all of them of weight times cosine.

        The cosine is that of TF-IDF vectors; the sum is one product with the weighted centroid.
        """
        lengths = self._lengths_of(rows)
        leading = np.flatnonzero(weights)
        starts, led, often = self._stems_of(rows[leading])
        share = np.repeat(weights[leading] / lengths[leading], np.diff(starts))
        centre = self._zeros()
        np.add.at(centre, led, share * often * self._squared_rarities.take(led))
        starts, stems, often = self._stems_of(rows)
        often *= centre.take(stems)
        centre[led] = 0
        found: Weights = sums_of(often, starts) / lengths
        return found

    @cached_property
    def _stem_order(self) -> tuple[Array, Array]:
        """The hashes of all stems in order, and the number of each in the whole snapshot."""
        pairs = [
            (segment.columns.stem_hashes, self._numbered(place, np.arange(len(hashes))))
            for place, segment in enumerate(self.segments)
            for hashes in [segment.columns.stem_hashes]
        ]
        known, first = np.unique(joined([hashes for hashes, _ in pairs]), return_index=True)
        return known, joined([numbers for _, numbers in pairs])[first]

    def cosines(
        self, rows: NDArray[np.int64], counts: Mapping[str, int], told: "Among | None" = None
    ) -> Weights:
        """The cosine of each of `rows` (in order) with a text of these stems, as TF-IDF vectors.

        How rare words are is taken over all documents, or over those of `told`.
        """
        rarity = self.rarities if told is None else told.rarities
        known, numbers = self._stem_order
        hashes = hashes_of(list(counts))
        places = np.searchsorted(known, hashes).clip(max=max(len(known) - 1, 0))
        here = known[places] == hashes if len(known) else np.zeros(len(hashes), bool)
        if not len(rows):
            return np.zeros(0, np.float32)
        asked = numbers[places[here]]
        often = np.minimum(np.fromiter(counts.values(), np.int64, len(counts)), FREQUENCY_MOST)
        weights = _LOGARITHM.take(often[here]) * rarity.take(asked)
        squared = float((weights * weights).sum())
        if told is not None:
            # Words that nothing holds weigh as those do that only others hold: no difference tells.
            squared += float((_LOGARITHM.take(often[~here]) ** 2).sum()) * told.rarity(0) ** 2
        length = max(math.sqrt(squared), 1e-9)
        centre = self._zeros()
        centre[asked] = weights / length * rarity.take(asked)
        starts, stems, frequencies = self._stems_of(rows)
        lengths = (
            self._lengths_of(rows)
            if rarity is self.rarities
            else _lengths(frequencies * rarity.take(stems), starts)
        )
        frequencies *= centre.take(stems)
        centre[asked] = 0
        found: Weights = sums_of(frequencies, starts) / lengths
        return found

    def _zeros(self) -> Weights:
        """A number for each stem, all 0, of this thread; whoever changes it puts the zeros back."""
        known: Weights | None = getattr(self._own, "zeros", None)
        if known is None:
            known = self._own.zeros = np.zeros(len(self.rarities), np.float32)
        return known


_LOGARITHM = np.concatenate([[0.0], 1 + np.log(np.arange(1, 256))]).astype(np.float32)


def _rarities(counts: NDArray[np.int64], documents: int) -> Weights:
    rarity = np.log1p((documents - counts + 0.5) / (counts + 0.5))
    return np.maximum(rarity, 0).astype(np.float32)


def _lengths(weights: Weights, starts: Array) -> Weights:
    """The lengths of vectors that stand one after another."""
    lengths: Weights = np.maximum(np.sqrt(sums_of(weights * weights, starts)), 1e-9)
    return lengths


def sums_of(weights: Weights, starts: Array) -> Weights:
    """The sum of each stretch that begins at `starts[i]` and ends at `starts[i + 1]`."""
    sums = np.add.reduceat(np.append(weights, np.float32(0)), starts[:-1])
    sums[starts[:-1] == starts[1:]] = 0  # reduceat takes one number where there is none
    return sums
