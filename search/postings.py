"""An open generation of the index as arrays: all segments joined, one row for each document.

Everything here is read-only after it is made, so threads share it; the cache of impacts is bounded
and guarded by a lock.
"""

import math
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from threading import Lock, local

import numpy as np
from numpy.typing import NDArray
from whoosh import index as whoosh_index

from content.types import Kind
from search.codec import Ids, Weights
from search.columns import KINDS, PLAIN, VARIANTS, Array, hashes_of
from search.facets import Facet, Mask, rows_of
from search.schema import FACETS, FIELDS, FREQUENCY_MOST, PARTS, WEIGHTS
from search.segment import Segment

# The usual start values (Robertson & Zaragoza 2009, section 3.5); not tuned on any judged set.
K1, B = 1.6, 0.75
# Impacts kept, as numbers in arrays: 12 million are 96 MB.
CACHE_NUMBERS = 12_000_000
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


class Snapshot:
    """One generation of the index; `known` segments of an earlier one are taken over."""

    def __init__(self, folder: Path, known: Mapping[str, Segment] | None = None) -> None:
        opened = whoosh_index.open_dir(str(folder)).reader()
        self.segments: list[Segment] = []
        deleted: list[list[int]] = []
        for leaf, _ in opened.leaf_readers():
            if not leaf.doc_count_all():
                leaf.close()
                continue
            name = leaf.segment().segment_id()
            found = (known or {}).get(name)
            if found is None:
                found = Segment(leaf, folder)
            else:
                leaf.close()
            self.segments.append(found)
            deleted.append(sorted(leaf.segment().deleted_docs()))
        self.bases = np.cumsum([0, *(segment.size for segment in self.segments)])
        self.size = int(self.bases[-1])
        self.live = np.ones(self.size, bool)
        for base, rows in zip(self.bases, deleted, strict=False):
            self.live[base + np.array(rows, np.int64)] = False
        self.documents = int(np.count_nonzero(self.live))
        self._deleted = deleted
        self._columns()
        self._impacts: OrderedDict[tuple[str, tuple[str, ...]], tuple[Ids, Weights]] = OrderedDict()
        self._cached = 0
        self._norms = np.zeros(self.size, np.float32)
        self._own = local()
        self._lock = Lock()

    def _columns(self) -> None:
        parts = [segment.columns for segment in self.segments]
        plain = {name: _joined([c.plain[name] for c in parts]) for name in PLAIN}
        self.kinds, self.variants, self.ids = plain["kind"], plain["variant"], plain["id"]
        self.days, self.since, self.applied = plain["day"], plain["since"], plain["applied"]
        # Equal scores come out in the same order whatever segment a document stands in.
        self.order = (
            (self.kinds.astype(np.int64) << 56) | (self.ids.astype(np.int64) << 2) | self.variants
        )
        lengths = [c.lengths for c in parts]
        self.lengths = np.concatenate(lengths, axis=1) if parts else np.zeros((len(FIELDS), 0))
        totals = self.lengths[:, self.live].sum(axis=1, dtype=np.int64)
        self.averages = totals / max(1, self.documents)
        bases = self.bases.tolist()
        self.facets = {
            name: Facet([c.facets[name] for c in parts], bases, self.size) for name in FACETS
        }
        self.audience = rows_of([c.audience for c in parts], bases)
        self.hidden = rows_of([c.hidden for c in parts], bases)

    def of(self, row: int) -> tuple[Segment, int]:
        """The segment of a row, and the row in it."""
        place = int(np.searchsorted(self.bases, row, side="right")) - 1
        return self.segments[place], row - int(self.bases[place])

    def external_id(self, row: int) -> str:
        """The number that people quote."""
        segment, inner = self.of(row)
        return segment.columns.external_ids[inner]

    def key(self, row: int) -> str:
        """The document's name, as `Document.key`."""
        base = f"{self.kind(row)}:{self.ids[row]}"
        variant = VARIANTS[self.variants[row]]
        return f"{base}:{variant}" if variant else base

    def kind(self, row: int) -> Kind:
        """What kind of thing the document is."""
        return KINDS[int(self.kinds[row])]

    def variant(self, row: int) -> str:
        """Which form of the object the document is."""
        return VARIANTS[self.variants[row]]

    def postings(self, field: str, stem: str) -> tuple[Ids, Weights]:
        """The live rows that hold `stem` in `field`, in order, and how often."""
        ids, weights = [], []
        for base, segment in zip(self.bases.tolist(), self.segments, strict=False):
            found, often = segment.postings(field, stem)
            if len(found):
                ids.append(found + np.int32(base))
                weights.append(often)
        if not ids:
            return np.empty(0, np.int32), np.empty(0, np.float32)
        rows = ids[0] if len(ids) == 1 else np.concatenate(ids)
        often = weights[0] if len(ids) == 1 else np.concatenate(weights)
        if self.documents == self.size:
            return rows, often
        alive = self.live[rows]
        return rows[alive], often[alive]

    def impacts(self, stem: str, fields: tuple[str, ...] = FIELDS) -> tuple[Ids, Weights]:
        """The rows that hold `stem` in one of `fields`, and what it adds to their score (BM25F).

        The rarity of a word is taken over the whole index, also over documents that the person may
        not see: it changes how words weigh against each other and shows no document or count.
        """
        wanted = (stem, fields)
        with self._lock:
            known = self._impacts.get(wanted)
            if known is not None:
                self._impacts.move_to_end(wanted)
                return known
        found = self._impacts_of(stem, fields)
        with self._lock:
            if wanted not in self._impacts:
                self._cached += len(found[0])
            self._impacts[wanted] = found
            while self._cached > CACHE_NUMBERS and len(self._impacts) > 1:
                _, (ids, _) = self._impacts.popitem(last=False)
                self._cached -= len(ids)
        return found

    def _impacts_of(self, stem: str, fields: tuple[str, ...]) -> tuple[Ids, Weights]:
        rows, weighted = [], []
        for name in fields:
            ids, often = self.postings(name, stem)
            if not len(ids):
                continue
            place = FIELDS.index(name)
            average = max(float(self.averages[place]), 1e-6)
            norm = (1 - B) + (B / average) * self.lengths[place, ids]
            rows.append(ids)
            weighted.append((WEIGHTS[name] * often / norm).astype(np.float32))
        if not rows:
            return np.empty(0, np.int32), np.empty(0, np.float32)
        ids, sums = _added(rows, weighted)
        rarity = np.log1p((self.documents - len(ids) + 0.5) / (len(ids) + 0.5))
        return ids, (rarity * (K1 + 1) * sums / (K1 + sums)).astype(np.float32)

    def places(self, field: str, stem: str) -> dict[int, list[int]]:
        """Where `stem` stands in each live row's `field`."""
        found = {}
        for base, segment in zip(self.bases.tolist(), self.segments, strict=False):
            for row, places in segment.places(field, stem).items():
                if self.live[base + row]:
                    found[base + row] = places
        return found

    def part_of(self, row: int, part: str) -> tuple[int, float]:
        """Where a part of the text begins in a row's field `text`, and where the next does."""
        segment, inner = self.of(row)
        starts = segment.columns.starts[inner]
        place = PARTS.index(part)
        end = starts[place + 1] if place + 1 < len(PARTS) else float("inf")
        return int(starts[place]), end

    # The second stage ------------------------------------------------------------------------

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
        for (columns, numbers), gone in zip(pairs, self._deleted, strict=True):
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
        starts = np.concatenate([[0], np.cumsum(_joined(many))])
        return starts, _joined(numbers), _joined(often)

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
        known, first = np.unique(_joined([hashes for hashes, _ in pairs]), return_index=True)
        return known, _joined([numbers for _, numbers in pairs])[first]

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

    @cached_property
    def _meanings(self) -> list[Array] | None:
        found = [segment.columns.meanings for segment in self.segments]
        whole = [part for part in found if part is not None]
        return whole if whole and len(whole) == len(found) else None

    @cached_property
    def _common(self) -> Array:
        """The mean of all vectors: what every text here speaks of."""
        assert self._meanings is not None
        sums = [part.sum(axis=0, dtype=np.float64) for part in self._meanings]
        return (np.sum(sums, axis=0) / max(1, self.size)).astype(np.float32)  # type: ignore[no-any-return]

    def nearness(self, rows: NDArray[np.int64], vector: Array) -> Weights | None:
        """The cosine of each row with `vector`, without what is common to all; None without."""
        if self._meanings is None:
            return None
        edges = np.searchsorted(rows, self.bases)
        found = np.concatenate(
            [
                part[rows[edges[place] : edges[place + 1]] - self.bases[place]]
                for place, part in enumerate(self._meanings)
            ]
        ).astype(np.float32)
        found -= self._common
        asked = vector - self._common
        lengths = np.linalg.norm(found, axis=1) * np.linalg.norm(asked)
        return (found @ asked) / np.maximum(lengths, 1e-9)  # type: ignore[no-any-return]


_LOGARITHM = np.concatenate([[0.0], 1 + np.log(np.arange(1, 256))]).astype(np.float32)


def _rarities(counts: NDArray[np.int64], documents: int) -> Weights:
    rarity = np.log1p((documents - counts + 0.5) / (counts + 0.5))
    return np.maximum(rarity, 0).astype(np.float32)


def _lengths(weights: Weights, starts: Array) -> Weights:
    """The lengths of vectors that stand one after another."""
    lengths: Weights = np.maximum(np.sqrt(sums_of(weights * weights, starts)), 1e-9)
    return lengths


def _joined(parts: Sequence[Array]) -> Array:
    if len(parts) == 1:
        return parts[0]
    return np.concatenate(parts) if parts else np.zeros(0, np.int64)


def _added(rows: Sequence[Ids], weights: Sequence[Weights]) -> tuple[Ids, Weights]:
    """Sums by row of several ordered lists, in order."""
    if len(rows) == 1:
        return rows[0], weights[0]
    ids, place = np.unique(np.concatenate(rows), return_inverse=True)
    sums = np.bincount(place, weights=np.concatenate(weights))
    return ids.astype(np.int32), sums.astype(np.float32)


def sums_of(weights: Weights, starts: Array) -> Weights:
    """The sum of each stretch that begins at `starts[i]` and ends at `starts[i + 1]`."""
    sums = np.add.reduceat(np.append(weights, np.float32(0)), starts[:-1])
    sums[starts[:-1] == starts[1:]] = 0  # reduceat takes one number where there is none
    return sums
