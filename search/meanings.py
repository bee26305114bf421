"""What documents mean, as vectors beside their words; there with the extra `semantic` alone."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from search.codec import Weights
from search.columns import Array
from search.segment import Segment


class Meanings:
    """The vectors of the documents of some segments, by row."""

    def __init__(self, segments: Sequence[Segment], bases: Array) -> None:
        self.segments, self.bases = segments, bases
        self.size = int(bases[-1])

    @cached_property
    def _parts(self) -> list[Array] | None:
        found = [segment.columns.meanings for segment in self.segments]
        whole = [part for part in found if part is not None]
        return whole if whole and len(whole) == len(found) else None

    @cached_property
    def _common(self) -> Array:
        """The mean of all vectors: what every text here speaks of."""
        assert self._parts is not None
        sums = [part.sum(axis=0, dtype=np.float64) for part in self._parts]
        return (np.sum(sums, axis=0) / max(1, self.size)).astype(np.float32)  # type: ignore[no-any-return]

    def nearness(self, rows: NDArray[np.int64], vector: Array) -> Weights | None:
        """The cosine of each row with `vector`, without what is common to all; None without."""
        if self._parts is None:
            return None
        edges = np.searchsorted(rows, self.bases)
        found = np.concatenate(
            [
                part[rows[edges[place] : edges[place + 1]] - self.bases[place]]
                for place, part in enumerate(self._parts)
            ]
        ).astype(np.float32)
        found -= self._common
        asked = vector - self._common
        lengths = np.linalg.norm(found, axis=1) * np.linalg.norm(asked)
        return (found @ asked) / np.maximum(lengths, 1e-9)  # type: ignore[no-any-return]
