"""What ranking and counting need of a segment beside its postings, as arrays in files.

One folder for each segment of the Whoosh index, written once with it and mapped into memory by
readers: a row for each document, the values of facets, who may see it, and the stems it holds with
their frequency (the second stage compares documents by them). Whoosh's stored fields would have to
be unpickled one by one: 100,000 of them take five seconds, these arrays a tenth of one.

Only the counts of plain words change later: they are of what everybody may read, for corrections
and completions, and follow when a document goes.
"""

import json
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from content.types import Kind
from search.schema import FACETS

Array = NDArray[Any]
KINDS = tuple(Kind)
VARIANTS = ("", "sanitised")
# One number for each document.
PLAIN = ("kind", "variant", "id", "day", "since", "applied")


class Columns:
    """The columns of one segment, mapped into memory."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        names = json.loads((folder / "names.json").read_text(encoding="utf-8"))
        self.external_ids: list[str] = names["external"]
        self.plain = {name: self._array(name) for name in PLAIN}
        self.size = len(self.plain["id"])
        self.lengths = self._array("lengths")
        self.starts = self._array("starts")
        self.facets = {name: self._pairs(f"facet.{name}", names) for name in FACETS}
        self.audience = self._pairs("audience", names)
        self.hidden = self._pairs("hidden", names)
        self.stem_starts, self.stems = self._array("stem_starts"), self._array("stems")
        self.frequency = self._array("frequency")
        self.stem_documents = self._array("stem_documents")
        self.stem_hashes = self._array("stem_hashes")
        self.delete_keys = self._array("delete_keys")
        self.delete_words = self._array("delete_words")
        self.word_documents = self._array("word_documents")
        # A vector for each document; None when the segment was written without the extra.
        self.meanings = self._array("meanings") if (folder / "meanings.npy").exists() else None
        # Read when they are asked for, and mapped now: a merge may delete the folder meanwhile,
        # and whoever has it open goes on with what it held.
        self._stem_text, self._word_text = _mapped("stems", folder), _mapped("words", folder)

    def _array(self, name: str) -> Array:
        mapped = np.load(self.folder / f"{name}.npy", mmap_mode="r")
        # A plain view: slicing a memmap object costs ten times as much.
        return mapped.view(np.ndarray)  # type: ignore[no-any-return]

    def _pairs(self, name: str, names: dict[str, list[str]]) -> tuple[list[str], Array, Array]:
        rows, codes = np.load(self.folder / f"{name}.npy")
        return names[name], rows, codes

    @property
    def stem_names(self) -> list[str]:
        """The stems by number."""
        return _lines(self._stem_text)

    @property
    def word_names(self) -> list[str]:
        """The plain words by number."""
        return _lines(self._word_text)

    @property
    def word_starts(self) -> Array:
        """Where the words of each document begin; only the writer asks."""
        return self._array("word_starts")

    @property
    def words(self) -> Array:
        """The numbers of each document's words; only the writer asks."""
        return self._array("words")

    def forget(self, rows: Sequence[int]) -> None:
        """Count the words of deleted documents no more."""
        path = self.folder / "word_documents.npy"
        counts = np.load(path)
        for row in rows:
            counts[self.words[self.word_starts[row] : self.word_starts[row + 1]]] -= 1
        new = path.with_suffix(".new.npy")
        np.save(new, counts)
        new.replace(path)


def _mapped(name: str, folder: Path) -> Array:
    path = folder / f"{name}.txt"
    if not path.stat().st_size:
        return np.empty(0, np.uint8)  # an empty file cannot be mapped
    return np.memmap(path, np.uint8, mode="r")


def _lines(text: Array) -> list[str]:
    return text.tobytes().decode("utf-8").split("\n") if len(text) else []


def hashes_of(stems: Sequence[str]) -> Array:
    """Each stem as a number of 64 bits, so that segments are joined without comparing text."""
    encoded = [stem.encode() for stem in stems]
    high = np.fromiter((zlib.crc32(stem) for stem in encoded), np.uint64, len(encoded))
    low = np.fromiter((zlib.adler32(stem) for stem in encoded), np.uint64, len(encoded))
    found: Array = (high << np.uint64(32)) | low
    return found


def joined(parts: Sequence[Array]) -> Array:
    """Several arrays as one; of one the array itself."""
    if len(parts) == 1:
        return parts[0]
    return np.concatenate(parts) if parts else np.zeros(0, np.int64)
