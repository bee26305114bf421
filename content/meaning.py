"""Meaning, as an optional extra: texts as vectors, so that other words for the same come nearer.

`pip install pmo-portal[semantic]` brings WordLlama (MIT licence, code and weights): static word
vectors of 256 numbers, averaged over a text. Its two files are read out of the installed package,
nothing is fetched, and the package's own code is not run. Without the extra everything works.
"""

from collections.abc import Sequence
from functools import lru_cache
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
# Characters of a text that are read: the mean of the first pages is the mean of all.
READ_MOST = 20_000
# Texts that are taken apart at once: what the tokenizer says of one is as large as ten of it.
AT_ONCE = 500


class Encoder(Protocol):
    """What turns texts into vectors."""

    name: str
    width: int

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One vector of length 1 for each text; zeros for a text without known words."""
        ...


class StaticEncoder:
    """The mean of static word vectors."""

    name = "wordllama-l2-supercat-256"

    def __init__(self, folder: Path) -> None:
        from safetensors.numpy import load_file
        from tokenizers import Tokenizer

        # The files are named as the package names them; the one tensor among the weights is taken.
        weights = next((folder / "weights").glob("*_256.safetensors"))
        words = next((folder / "tokenizers").glob("*tokenizer_config.json"))
        self._table: NDArray[Any] = next(iter(load_file(weights).values()))
        self._tokenizer = Tokenizer.from_file(str(words))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self.width = int(self._table.shape[1])

    def encode(self, texts: Sequence[str]) -> Vectors:
        """As `Encoder.encode`; a word counts by the logarithm of its frequency."""
        found = np.zeros((len(texts), self.width), np.float32)
        for start in range(0, len(texts), AT_ONCE):
            part = [text[:READ_MOST] for text in texts[start : start + AT_ONCE]]
            found[start : start + AT_ONCE] = self._means(part)
        return found

    def _means(self, texts: Sequence[str]) -> Vectors:
        encoded = self._tokenizer.encode_batch_fast(texts, add_special_tokens=False)
        words = [np.array(one.ids, np.int64) for one in encoded]
        rows = np.repeat(np.arange(len(words)), [len(one) for one in words])
        # The pairs of a text and a word in it, each as one number.
        pairs, often = np.unique(
            rows * len(self._table) + np.concatenate(words), return_counts=True
        )
        known, place = np.unique(pairs % len(self._table), return_inverse=True)
        table = self._table[known].astype(np.float32)
        weights = (1 + np.log(often)).astype(np.float32)
        edges = np.searchsorted(pairs, np.arange(len(words) + 1) * len(self._table))
        means = np.array([
            weights[start:end] @ table[place[start:end]] for start, end in pairwise(edges.tolist())
        ])  # fmt: skip
        lengths = np.linalg.norm(means, axis=1, keepdims=True)
        found: Vectors = means / np.maximum(lengths, np.float32(1e-9))
        return found


@lru_cache(maxsize=1)
def installed() -> Encoder | None:
    """The encoder of the extra, or None when it is not installed or its files are missing."""
    spec = find_spec("wordllama")
    if spec is None or not spec.submodule_search_locations:
        return None
    try:
        return StaticEncoder(Path(spec.submodule_search_locations[0]))
    except (ImportError, OSError, StopIteration):
        return None
