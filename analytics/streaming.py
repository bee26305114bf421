"""Themes of more texts than fit into memory: learned on a sample, the rest placed by centroid.

The sample is drawn by a hash of the ids, so that neither the order of the texts nor the run decides
who is in it. On four labelled sets the half that a model of the other half places agrees with its
labels as well as when all are clustered together (V-measure 0.32, 0.56, 0.89, 0.48 against 0.33,
0.57, 0.87, 0.47).
"""

import heapq
from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from analytics import corpus
from analytics.themes import ThemeModel
from content.types import ThemeText

# Texts that a model learns on; beyond that its neighbours would take the square of the time.
SAMPLE_MOST = 20_000
# Texts that are placed at once.
BATCH = 2_000


def sample(texts: Iterable[ThemeText], most: int = SAMPLE_MOST) -> tuple[list[ThemeText], int]:
    """At most `most` of the texts, by id, and how many there are in all; reads them once."""
    drawn: list[tuple[int, str, ThemeText]] = []
    count = 0
    for count, text in enumerate(texts, 1):  # noqa: B007  (the last number is the answer)
        # The heap keeps the smallest hashes, with the greatest of them on top.
        item = (-int.from_bytes(corpus.place_of(text.id)), text.id, text)
        if len(drawn) < most:
            heapq.heappush(drawn, item)
        elif item[0] > drawn[0][0]:
            heapq.heapreplace(drawn, item)
    return corpus.ordered(text for _, _, text in drawn), count


class Placed:
    """Themes and scores of many texts, held as arrays; comes out in the order of the ids."""

    def __init__(self) -> None:
        self.ids: list[str] = []
        self._themes = array("i")
        self._scores = array("f")

    def add(self, ids: Sequence[str], themes: Iterable[int], scores: Iterable[float]) -> None:
        """Note a batch."""
        self.ids.extend(ids)
        self._themes.extend(themes)
        self._scores.extend(scores)

    def sizes(self, many: int) -> NDArray[np.int64]:
        """How many texts each of the themes 0 to `many` - 1 has."""
        themes = np.frombuffer(self._themes, np.int32)
        return np.bincount(themes[themes >= 0], minlength=many)

    def __iter__(self) -> Iterator[tuple[str, int, float]]:
        for place in sorted(range(len(self.ids)), key=self.ids.__getitem__):
            yield self.ids[place], self._themes[place], self._scores[place]


def place(model: ThemeModel, learned: Sequence[ThemeText], texts: Iterable[ThemeText]) -> Placed:
    """Every text with its theme: what the model learned as it learned it, the others placed.

    `model` was fitted on `learned`, in this order; `texts` are all of them, these among them.
    """
    placed = Placed()
    own = [text.id for text in learned]
    placed.add(own, model.labels_.tolist(), model.scores_.tolist())
    known = set(own)
    others = (text for text in texts if text.id not in known)
    while batch := list(islice(others, BATCH)):
        labels, scores = model.predict([text.text for text in batch])
        placed.add([text.id for text in batch], labels.tolist(), scores.tolist())
    return placed
