"""The postings of the index as Whoosh keeps them, with each block as three runs of bytes.

Whoosh pickles a block as tuples of numbers and of one piece of bytes for each posting: the first
use of a word that half of 100,000 documents hold takes 100 ms then, nearly all of it making those
objects. As runs of numbers that NumPy reads in place it takes a few, and the index is smaller.
Everything else is Whoosh's own codec.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray
from whoosh.codec.whoosh3 import W3Codec, W3LeafMatcher, W3PostingsWriter

Ids = NDArray[np.int32]
Weights = NDArray[np.float32]

# Postings of a block: all that stands in one is read at once.
BLOCK = 8_192
# Bytes of one place of a word (`search/schema.Places`), and of the frequency it has there.
_PLACE = 4


class Codec(W3Codec):  # type: ignore[misc]  # Whoosh ships no types
    """Whoosh's third codec with blocks of bytes; for fields whose format is `Places`."""

    def __init__(self, block: int = BLOCK) -> None:
        # Without zlib: unpacking was a third of the first use of a word.
        super().__init__(blocklimit=block, compression=0, inlinelimit=0)

    def postings_writer(self, dbfile: Any, byteids: bool = False) -> "PostingsWriter":
        """Where the postings of a field are written."""
        assert not byteids
        return PostingsWriter(dbfile, self._blocklimit, compression=0, inlinelimit=0)

    def postings_reader(
        self, dbfile: Any, terminfo: Any, format_: Any, term: Any = None, scorer: Any = None
    ) -> "Matcher":
        """The postings of one word."""
        return Matcher(dbfile, *terminfo.extent(), format_, term=term, scorer=scorer)


class PostingsWriter(W3PostingsWriter):  # type: ignore[misc]  # the same
    """Writes the rows, frequencies and places of a block one after another."""

    def _mini_ids(self) -> bytes:
        return np.array(self._ids, np.int32).tobytes()

    def _mini_weights(self) -> bytes:
        return np.array(self._weights, np.float32).tobytes()

    def _mini_values(self) -> bytes:
        return b"".join(self._values)


class Matcher(W3LeafMatcher):  # type: ignore[misc]  # the same
    """Reads what `PostingsWriter` wrote, posting by posting as Whoosh asks, or block by block."""

    def blocks(self) -> Iterator[tuple[Ids, Weights]]:
        """The rows that hold the word, in order, and how often each does, from here to the end."""
        while self.is_active():
            self._read_data()
            rows, often, _ = self._data
            yield np.frombuffer(rows, np.int32), np.frombuffer(often, np.float32)
            self._next_block()

    def _read_ids(self) -> None:
        self._ids = self._run(0, np.int32).tolist()

    def _read_weights(self) -> None:
        self._weights = self._run(1, np.float32).tolist()

    def _read_values(self) -> None:
        # As many places as the word is frequent.
        ends = np.cumsum(self._run(1, np.float32).astype(np.int64) * _PLACE).tolist()
        places = self._data[2]
        self._values = [places[first:end] for first, end in zip([0, *ends[:-1]], ends, strict=True)]

    def _run(self, which: int, kind: Any) -> NDArray[Any]:
        if self._data is None:
            self._read_data()
        return np.frombuffer(self._data[which], kind)
