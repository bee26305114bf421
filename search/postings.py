"""An open index as arrays: one row of each column a document, postings decoded once a term.

Everything here is read-only after it is made, so threads share it; the cache of postings is
bounded and guarded by a lock.
"""

from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray
from whoosh import index as whoosh_index

from content.types import Kind
from search.schema import FACETS, FIELDS

Ids = NDArray[np.int32]
Weights = NDArray[np.float32]

# Postings kept decoded, as numbers in arrays: 20 million are 160 MB.
CACHE_NUMBERS = 20_000_000


class Snapshot:
    """One generation of the index, opened."""

    def __init__(self, folder: Path) -> None:
        self.reader = whoosh_index.open_dir(str(folder)).reader()
        self.size: int = self.reader.doc_count_all()
        self._columns()
        self._cache: OrderedDict[tuple[str, str], tuple[Ids, Weights]] = OrderedDict()
        self._cached = 0
        self._lock = Lock()

    def _columns(self) -> None:
        size = self.size
        self.keys = [""] * size
        self.kinds: list[Kind | None] = [None] * size
        self.ids = np.zeros(size, np.int64)
        self.external_ids = [""] * size
        self.variants = [""] * size
        self.days = np.zeros(size, np.int32)
        self.live = np.zeros(size, bool)
        self.lengths = np.zeros((len(FIELDS), size), np.float32)
        facets: dict[str, list[tuple[int, str]]] = {name: [] for name in FACETS}
        audience: dict[str, list[int]] = {}
        hidden: dict[str, list[int]] = {}
        for number in self.reader.all_doc_ids():
            about = self.reader.stored_fields(number)["about"]
            self._row(number, about, facets, audience, hidden)
        self.audience = {token: np.array(rows, np.int32) for token, rows in audience.items()}
        self.hidden = {token: np.array(rows, np.int32) for token, rows in hidden.items()}
        self.facets = {name: Facet(pairs, size) for name, pairs in facets.items()}
        self.averages = np.array(
            [float(row[self.live].mean()) if self.live.any() else 1.0 for row in self.lengths],
            np.float32,
        )
        # The order of keys, so that equal scores always come out in the same order.
        self.order = np.argsort(np.argsort(np.array(self.keys, dtype=object), kind="stable"))

    def _row(
        self,
        number: int,
        about: Sequence[Any],
        facets: dict[str, list[tuple[int, str]]],
        audience: dict[str, list[int]],
        hidden: dict[str, list[int]],
    ) -> None:
        key, kind, object_id, external_id, variant, day, seen_by, hidden_from, values, lengths = (
            about
        )
        self.live[number] = True
        self.keys[number], self.kinds[number] = key, Kind(kind)
        self.ids[number], self.external_ids[number] = object_id, external_id
        self.variants[number], self.days[number] = variant, day
        self.lengths[:, number] = lengths
        for token in seen_by:
            audience.setdefault(token, []).append(number)
        for token in hidden_from:
            hidden.setdefault(token, []).append(number)
        for name, found in values.items():
            if name in facets:
                facets[name].extend((number, value) for value in found)

    def postings(self, field: str, stem: str) -> tuple[Ids, Weights]:
        """The documents that hold `stem` in `field`, in order, and how often."""
        wanted = (field, stem)
        with self._lock:
            if wanted in self._cache:
                self._cache.move_to_end(wanted)
                return self._cache[wanted]
        found = self._decode(field, stem)
        with self._lock:
            self._cache[wanted] = found
            self._cached += len(found[0])
            while self._cached > CACHE_NUMBERS and len(self._cache) > 1:
                _, (ids, _) = self._cache.popitem(last=False)
                self._cached -= len(ids)
        return found

    def _decode(self, field: str, stem: str) -> tuple[Ids, Weights]:
        if (field, stem) not in self.reader:
            return np.empty(0, np.int32), np.empty(0, np.float32)
        matcher = self.reader.postings(field, stem)
        ids, weights = [], []
        while matcher.is_active():
            ids.append(matcher.id())
            weights.append(matcher.weight())
            matcher.next()
        return np.array(ids, np.int32), np.array(weights, np.float32)

    def positions(self, field: str, stem: str) -> dict[int, frozenset[int]]:
        """Where `stem` stands in each document's `field`; for phrases only."""
        if (field, stem) not in self.reader:
            return {}
        matcher = self.reader.postings(field, stem)
        found = {}
        while matcher.is_active():
            found[matcher.id()] = frozenset(matcher.value_as("positions"))
            matcher.next()
        return found

    def close(self) -> None:
        """Close the files."""
        self.reader.close()


class Facet:
    """One facet as columns: pairs of document and value, the values by number."""

    def __init__(self, pairs: Sequence[tuple[int, str]], size: int) -> None:
        self.values = sorted({value for _, value in pairs})
        self.lowered = {value.lower(): number for number, value in enumerate(self.values)}
        self.rows = np.array([row for row, _ in pairs], np.int32)
        number = {value: place for place, value in enumerate(self.values)}
        self.codes = np.array([number[value] for _, value in pairs], np.int32)
        self._size = size

    def mask(self, values: Sequence[str]) -> NDArray[np.bool_]:
        """The documents that have one of the values."""
        wanted = [self.lowered[v.lower()] for v in values if v.lower() in self.lowered]
        found = np.zeros(self._size, bool)
        if wanted:
            found[self.rows[np.isin(self.codes, wanted)]] = True
        return found

    def counts(self, mask: NDArray[np.bool_]) -> NDArray[np.int64]:
        """How many documents of `mask` have each value."""
        return np.bincount(self.codes[mask[self.rows]], minlength=len(self.values))
