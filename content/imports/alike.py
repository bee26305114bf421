"""Rows of one file that say nearly the same, found while the rows go by.

MinHash signatures of the words of each row, in bands (Broder 1997; Leskovec, Rajaraman and Ullman,
Mining of Massive Datasets, section 3.4): rows that share a band are compared by their signatures.
Memory grows by about 2 kB a row, not by its text.
"""

import re
import zlib
from collections.abc import Iterable

import numpy as np

# 16 bands of 3 find 99 of 100 pairs that share 7 of 10 words.
_BANDS, _DEPTH = 16, 3
# Share of words from which two rows say nearly the same.
ALIKE = 0.7
# Different words that a row needs to be compared; fewer are alike by chance.
_FEWEST = 5
_WORD = re.compile(r"[^\W_]{3,}")
# Multipliers and offsets of the hash functions, the same in every run.
_random = np.random.default_rng(20)
_TIMES = _random.integers(1, 2**63, _BANDS * _DEPTH, dtype=np.uint64) | np.uint64(1)
_PLUS = _random.integers(0, 2**63, _BANDS * _DEPTH, dtype=np.uint64)


class SeenRows:
    """Rows that have gone by, and which of them a further one nearly repeats."""

    def __init__(self) -> None:
        self._rows: list[int] = []
        self._signatures: list[np.ndarray[tuple[int], np.dtype[np.uint32]]] = []
        self._bands: dict[tuple[int, bytes], list[int]] = {}

    def add(self, row: int, texts: Iterable[str]) -> tuple[int, float] | None:
        """Remember a row; answers the earlier row most like it and the share of equal words."""
        words = {word for text in texts for word in _WORD.findall(text.casefold())}
        if len(words) < _FEWEST:
            return None
        hashed = np.array([zlib.crc32(word.encode()) for word in words], dtype=np.uint64)
        mixed = (hashed[:, None] * _TIMES + _PLUS) >> np.uint64(32)
        signature = mixed.min(axis=0).astype(np.uint32)
        bands = [
            (band, signature[band * _DEPTH : (band + 1) * _DEPTH].tobytes())
            for band in range(_BANDS)
        ]
        best = self._best(signature, bands)
        for band in bands:
            # The first few are enough: of many alike, each is like one of those.
            self._bands.setdefault(band, []).append(len(self._rows))
            del self._bands[band][8:]
        self._rows.append(row)
        self._signatures.append(signature)
        return best

    def _best(
        self,
        signature: np.ndarray[tuple[int], np.dtype[np.uint32]],
        bands: list[tuple[int, bytes]],
    ) -> tuple[int, float] | None:
        places = {place for band in bands for place in self._bands.get(band, ())}
        shares = {
            place: float(np.count_nonzero(self._signatures[place] == signature)) / (_BANDS * _DEPTH)
            for place in places
        }
        place = min(shares, key=lambda place: (-shares[place], place), default=None)
        if place is None or shares[place] < ALIKE:
            return None
        return self._rows[place], shares[place]
