"""One segment of the Whoosh index: its postings, read block by block into arrays, and columns.

A segment never changes, apart from documents that are marked deleted, so what is read of it
serves every later generation of the index that still has it.
"""

from pathlib import Path
from threading import Lock
from typing import Any
from weakref import finalize

import numpy as np
from whoosh.reading import TermNotFound

from search.codec import Ids, Matcher, Weights
from search.columns import Columns
from search.kept import Kept

NOTHING: tuple[Ids, Weights] = (np.empty(0, np.int32), np.empty(0, np.float32))

# Postings kept for each segment, as numbers: 6 million are 48 MB.
CACHE_NUMBERS = 6_000_000
# Of segments of so many documents all words are held: most words asked for are not in them, and to
# find that out in the file costs ten microseconds each time.
SMALL_MOST = 1_000


class Segment:
    """Postings and columns of one segment; threads may share it."""

    def __init__(self, reader: Any, folder: Path) -> None:
        self.reader = reader
        # The files close when the last snapshot with this segment is gone.
        finalize(self, reader.close)
        self.name: str = reader.segment().segment_id()
        self.columns = Columns(folder / f"columns-{self.name}")
        self.size = self.columns.size
        self._kept = Kept(CACHE_NUMBERS)
        self._lock = Lock()
        self._terms = frozenset(reader._terms.terms()) if self.size <= SMALL_MOST else None

    def postings(self, field: str, stem: str) -> tuple[Ids, Weights]:
        """The rows that hold `stem` in `field`, in order, and how often; deleted ones too."""
        wanted = (field, stem)
        with self._lock:
            found = self._kept.get(wanted)
            if found is None:
                # Whoosh's readers move a file's position, so that threads take turns.
                found = self._read(field, stem)
                self._kept.put(wanted, found)
        return found

    def _read(self, field: str, stem: str) -> tuple[Ids, Weights]:
        matcher = self._matcher(field, stem)
        if matcher is None:
            return NOTHING
        blocks = list(matcher.blocks())
        if len(blocks) == 1:
            return blocks[0]
        ids, weights = zip(*blocks, strict=True)
        return np.concatenate(ids), np.concatenate(weights)

    def _matcher(self, field: str, stem: str) -> Matcher | None:
        # The bare matcher of the terms: the reader's own would step over deleted documents one
        # by one, which the snapshot does for all terms at once.
        term = field, stem.encode()
        if self._terms is not None and term not in self._terms:
            return None
        try:
            found: Matcher = self.reader._terms.matcher(*term, self.reader.schema[field].format)
        except TermNotFound:
            return None
        return found

    def places(self, field: str, stem: str) -> dict[int, list[int]]:
        """Where `stem` stands in each row's `field`; for phrases and parts only."""
        with self._lock:
            matcher = self._matcher(field, stem)
            found = {}
            while matcher is not None and matcher.is_active():
                found[matcher.id()] = matcher.value_as("positions")
                matcher.next()
        return found
