"""Postings that were read once, kept while they are asked for and not too much is kept."""

from collections import OrderedDict
from collections.abc import Hashable

from search.codec import Ids, Weights

# What keeping one word costs beside its numbers, in numbers: many words stand nowhere.
ENTRY = 40


class Kept:
    """Arrays by what they are of, the last asked for first to stay; whoever shares it locks it.

    `most` numbers are kept, and of what is larger than that one alone.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self._held: OrderedDict[Hashable, tuple[Ids, Weights]] = OrderedDict()
        self._numbers = 0

    def get(self, wanted: Hashable) -> tuple[Ids, Weights] | None:
        """What is kept, or None."""
        found = self._held.get(wanted)
        if found is not None:
            self._held.move_to_end(wanted)
        return found

    def put(self, wanted: Hashable, found: tuple[Ids, Weights]) -> None:
        """Keep it; what was not asked for the longest time goes."""
        if wanted not in self._held:
            self._numbers += len(found[0]) + ENTRY
        self._held[wanted] = found
        while self._numbers > self.most and len(self._held) > 1:
            _, (ids, _) = self._held.popitem(last=False)
            self._numbers -= len(ids) + ENTRY
