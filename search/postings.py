"""An open generation of the index as arrays: all segments joined, one row for each document.

Everything here is read-only after it is made, so threads share it; the cache of impacts is bounded
and guarded by a lock.
"""

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from threading import Lock

import numpy as np
from whoosh import index as whoosh_index

from content.types import Kind
from search.codec import Ids, Weights
from search.columns import KINDS, PLAIN, VARIANTS, joined
from search.facets import Facet, rows_of
from search.kept import Kept
from search.meanings import Meanings
from search.schema import FACETS, FIELDS, PARTS, WEIGHTS
from search.segment import Segment
from search.vectors import Vectors

# The usual start values (Robertson & Zaragoza 2009, section 3.5); not tuned on any judged set.
K1, B = 1.6, 0.75
# Impacts kept, as numbers in arrays: 12 million are 96 MB.
CACHE_NUMBERS = 12_000_000


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
        self.vectors = Vectors(self.segments, self.bases, self.live, deleted)
        self.meanings = Meanings(self.segments, self.bases)
        self._columns()
        self._impacts = Kept(CACHE_NUMBERS)
        self._lock = Lock()

    def _columns(self) -> None:
        parts = [segment.columns for segment in self.segments]
        plain = {name: joined([c.plain[name] for c in parts]) for name in PLAIN}
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
            return known
        found = self._impacts_of(stem, fields)
        with self._lock:
            self._impacts.put(wanted, found)
        return found

    def _impacts_of(self, stem: str, fields: tuple[str, ...]) -> tuple[Ids, Weights]:
        rows, weighted = [], []
        for name in fields:
            ids, often = self.postings(name, stem)
            if not len(ids):
                continue
            rows.append(ids)
            weighted.append(np.float32(WEIGHTS[name]) * often / self._norms[name].take(ids))
        if not rows:
            return np.empty(0, np.int32), np.empty(0, np.float32)
        ids, sums = _added(rows, weighted)
        rarity = np.log1p((self.documents - len(ids) + 0.5) / (len(ids) + 0.5))
        return ids, (rarity * (K1 + 1) * sums / (K1 + sums)).astype(np.float32)

    @cached_property
    def _norms(self) -> dict[str, Weights]:
        """For each field, by how much its length makes less of a word in each document."""
        averages = np.maximum(self.averages, 1e-6)[:, None]
        norms = ((1 - B) + (B / averages) * self.lengths).astype(np.float32)
        return dict(zip(FIELDS, norms, strict=True))

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


def _added(rows: Sequence[Ids], weights: Sequence[Weights]) -> tuple[Ids, Weights]:
    """Sums by row of several ordered lists, in order."""
    if len(rows) == 1:
        return rows[0], weights[0]
    ids = np.concatenate(rows)
    # Timsort finds the lists that are in order already: twice as quick as `np.unique` here.
    order = np.argsort(ids, kind="stable")
    ids = ids[order]
    first = np.flatnonzero(np.diff(ids, prepend=-1))
    sums = np.add.reduceat(np.concatenate(weights)[order], first, dtype=np.float64)
    return ids[first], sums.astype(np.float32)
