"""The engine: opens the index in force, answers requests, notices by itself when it changed.

Visibility is a mask before ranking and counting: what a person may not see is in no total, no
facet, no rank, no correction and no suggestion.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from content import meaning
from content.types import Scope
from search import index as index_files
from search import thesaurus as thesaurus_files
from search.correcting import correct, offer
from search.facets import Mask
from search.likeness import Found, like_rows, like_text, telling_words
from search.narrowing import counts_of, narrowings
from search.postings import Snapshot
from search.query import Query, parse
from search.ranking import Scores, add, best, look_again, looked_at, score
from search.results import Correction, FacetCount, Hit, SearchRequest, SearchResults
from search.segment import Segment
from search.spelling import Spelling
from search.suggest import Suggestions, holds, suggest
from search.thesaurus import Thesaurus
from search.vectors import Among

__all__ = ["FacetCount", "Hit", "SearchEngine", "SearchRequest", "SearchResults"]

# Masks of visibility kept for a snapshot, one for each set of tokens.
MASKS = 32
# A new generation is taken up at once. Where that takes long (seconds, `LONG`), the next one waits
# for this many times as long: under many commits in a row a reader spends a sixth of its time so.
LONG, REST = 0.1, 5
# How often an index is tried to be opened that commits replace meanwhile.
TRIES = 3
# Share of meaning in the score of the second stage. Chosen with `ranking.LIKENESS` on Cranfield,
# MEDLINE and the NASA lessons: 0.3 to 0.4 is better than none on the first two, and no worse on
# the third than chance allows.
MEANT = 0.35
# With so few findings a better spelling is offered.
FEW = 3


class Visible:
    """The documents that a scope may see, as a mask and as factors of their scores."""

    def __init__(self, index: Snapshot, mask: Mask) -> None:
        self._index = index
        self.mask = mask
        self.shares = mask.astype(np.float32)

    @cached_property
    def told(self) -> Among:
        """How rare words are in these documents."""
        return self._index.vectors.among(self.mask)


class SearchEngine:
    """Answers for one index folder; threads may share it."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._lock = Lock()
        self._snapshot: Snapshot | None = None
        self._stamp = -1
        self._rest_until = 0.0
        self._problem = ""
        self._masks: dict[Scope, Visible] = {}
        self._spelling: Spelling | None = None
        self._thesaurus = Thesaurus.none()
        self._thesaurus_stamp = -1

    def search(
        self, request: SearchRequest, scope: Scope, thesaurus: Thesaurus | None = None
    ) -> SearchResults:
        """The documents that `scope` may see and that fit; never raises for what was typed.

        `thesaurus` takes the place of the one in force, to try the effect of a change.
        """
        began = time.perf_counter()
        query = parse(request.text, request.limits)
        index = self._open()
        if index is None:
            return SearchResults(query=query, problem=self._problem)
        visible = self._visible(index, scope)
        corrected: tuple[Correction, ...] = ()
        dropped: tuple[str, ...] = ()
        if not request.exact and not query.is_empty:
            query = (thesaurus or self.thesaurus()).expand(query)
            query, corrected, dropped = correct(index, query, visible.mask, self.spelling)
        return self._answer(index, request, query, visible, began, corrected, dropped)

    def _answer(
        self,
        index: Snapshot,
        request: SearchRequest,
        query: Query,
        visible: Visible,
        began: float,
        corrected: tuple[Correction, ...],
        dropped: tuple[str, ...],
    ) -> SearchResults:
        scores, base = _scored(index, query, visible)
        narrowed = narrowings(index, request, query)
        mask = base
        for part in narrowed.values():
            mask = mask & part
        total = int(np.count_nonzero(mask))
        rows, ranks = _ordered(index, request, query, scores, mask, narrowed=bool(narrowed))
        hits = tuple(
            _hit(index, int(row), float(rank)) for row, rank in zip(rows, ranks, strict=True)
        )
        facets = {
            name: counts_of(index, name, request, query, base, mask, narrowed)
            for name in request.facets
            if name in index.facets
        }
        offered = ""
        # Under a filter few findings say nothing about the words.
        if total <= FEW and not (request.exact or corrected or narrowed):
            offered = offer(index, query, visible.mask, self.spelling)
        took = (time.perf_counter() - began) * 1000
        return SearchResults(total, hits, facets, query, took, "", corrected, offered, dropped)

    def like_text(
        self,
        text: str,
        scope: Scope,
        request: SearchRequest | None = None,
        *,
        headline: str = "",
        told: Scope | None = None,
    ) -> SearchResults:
        """The documents most like a text of any length, such as a pasted paragraph.

        Words of `headline` count as those of a document's headline do. The scores are likenesses
        from 0 to 1. Where others see them or what follows from them, `told` says whose documents
        alone may tell how rare a word is.
        """

        return self.like_text_to([scope], text, request, headline=headline, told=told)[0]

    def like_text_to(
        self,
        scopes: Sequence[Scope],
        text: str,
        request: SearchRequest | None = None,
        *,
        headline: str = "",
        told: Scope | None = None,
    ) -> list[SearchResults]:
        """As `like_text`, for each of several scopes; in little more time than for one."""

        def how(index: Snapshot, asked: Sequence[Asked], many: int) -> list[Found]:
            among = self._visible(index, told).told if told is not None else None
            return like_text(index, headline, text, [mask for _, mask in asked], many, among)

        return self._like(request or SearchRequest(), scopes, how)

    def like_document(
        self, key: str, scope: Scope, request: SearchRequest | None = None
    ) -> SearchResults:
        """The documents most like one that is in the index, without itself.

        Nothing is found when `scope` may not see the document of that `key`.
        """

        def how(index: Snapshot, asked: Sequence[Asked], many: int) -> list[Found]:
            return [like_rows(index, key, visible, mask, many) for visible, mask in asked]

        return self._like(request or SearchRequest(), [scope], how)[0]

    def telling_words(self, text: str, many: int = 24) -> tuple[str, ...]:
        """The words of a text that say most, the rarest first; none while there is no index."""
        index = self._open()
        return tuple(telling_words(index, text, many)) if index is not None else ()

    def _like(
        self, request: SearchRequest, scopes: Sequence[Scope], how: "Like"
    ) -> list[SearchResults]:
        began = time.perf_counter()
        index = self._open()
        if index is None:
            return [SearchResults(problem=self._problem)] * len(scopes)
        narrowed = list(narrowings(index, request, Query()).values())
        asked = []
        for scope in scopes:
            visible = self._visible(index, scope).mask
            asked.append((visible, np.logical_and.reduce([visible, *narrowed])))
        first = request.offset
        found = how(index, asked, first + request.limit)
        took = (time.perf_counter() - began) * 1000
        return [
            SearchResults(
                total,
                tuple(
                    _hit(index, int(row), float(rank))
                    for row, rank in zip(rows[first:], ranks[first:], strict=True)
                ),
                took_ms=took,
            )
            for rows, ranks, total in found
        ]

    def thesaurus(self) -> Thesaurus:
        """The thesaurus in force."""
        stamp = thesaurus_files.stamp(self.directory)
        with self._lock:
            if stamp != self._thesaurus_stamp:
                self._thesaurus = thesaurus_files.load(self.directory)
                self._thesaurus_stamp = stamp
            return self._thesaurus

    def spelling(self) -> Spelling:
        """The words that everybody may read, of the generation in force."""
        index = self._open()
        with self._lock:
            if self._spelling is None:
                segments = index.segments if index is not None else []
                self._spelling = Spelling([segment.columns for segment in segments])
            return self._spelling

    def suggest(self, text: str, scope: Scope, many: int = 6) -> Suggestions:
        """Completions of `text` out of what `scope` may see."""
        index = self._open()
        if index is None:
            return Suggestions()
        return suggest(index, self._visible(index, scope).mask, self.spelling(), text, many)

    def holds(self, text: str, scope: Scope) -> bool:
        """Whether one document that `scope` may see holds every word of `text`."""
        index = self._open()
        return index is not None and holds(index, self._visible(index, scope).mask, text)

    def _open(self) -> Snapshot | None:
        stamp = index_files.stamp(self.directory)
        with self._lock:
            began = time.monotonic()
            if stamp != self._stamp and began >= self._rest_until:
                self._take_up(stamp)
                now = time.monotonic()
                self._rest_until = now + REST * (now - began) if now - began > LONG else now
            return self._snapshot

    def catch_up(self) -> None:
        """Let the next answer stand on the newest generation, however long opening takes.

        For jobs that look for what was committed a moment ago, and would not look again.
        """
        with self._lock:
            self._rest_until = 0.0

    def _take_up(self, stamp: int) -> None:
        """Open the index that is in force now; segments that it still has are kept open."""
        before = self._snapshot.segments if self._snapshot is not None else []
        known = {segment.name: segment for segment in before}
        folder = index_files.current(self.directory)
        while True:
            # The old snapshot is not closed: another thread may read it still; it goes with its
            # last reader.
            self._snapshot, self._problem = _snapshot(self.directory, folder, known)
            now = index_files.current(self.directory)
            if self._snapshot is not None or now == folder:
                break
            folder = now  # a rebuild took its place while it was being opened
        self._masks = {}
        self._spelling = None
        self._stamp = stamp

    def _visible(self, index: Snapshot, scope: Scope) -> Visible:
        with self._lock:
            known = self._masks.get(scope) if index is self._snapshot else None
        if known is not None:
            return known
        visible = Visible(index, visible_mask(index, scope))
        with self._lock:
            if index is self._snapshot:
                if len(self._masks) >= MASKS:
                    self._masks.clear()
                self._masks[scope] = visible
        return visible


# What somebody may see of an index, and what of it they ask for.
Asked = tuple[Mask, Mask]
# Asks an index for documents alike, for each of several readers, and how many.
Like = Callable[[Snapshot, Sequence[Asked], int], list[Found]]


def _snapshot(
    directory: Path, folder: Path | None, known: Mapping[str, Segment]
) -> tuple[Snapshot | None, str]:
    if folder is None or not index_files.is_of_this_version(folder):
        return None, index_files.status(directory).problem
    reason = ""
    for _ in range(TRIES):
        try:
            return Snapshot(folder, known), ""
        except Exception as error:
            # A commit may have removed files of the generation before it: the next look finds the
            # new one. What is damaged can fail in any way, and is so at each look.
            reason = f"The search index cannot be read ({type(error).__name__})."
    return None, index_files.status(directory).problem or reason


def visible_mask(index: Snapshot, scope: Scope) -> Mask:
    """The documents that a scope may see: some token of the audience, none it is hidden from."""
    if scope.everything:
        everything: Mask = index.live & (index.variants == 0)
        return everything
    seen = np.zeros(index.size, bool)
    for token in scope.tokens & index.audience.keys():
        seen[index.audience[token]] = True
    for token in scope.tokens & index.hidden.keys():
        seen[index.hidden[token]] = False
    mask: Mask = seen & index.live
    return mask


def _scored(index: Snapshot, query: Query, visible: Visible) -> tuple[Scores, Mask]:
    """Scores, 0 where a document does not fit or is not visible; and the documents that fit."""
    scores = np.zeros(index.size, np.float32)
    if query.is_empty:
        fits = visible.mask
    elif query.must:
        fits = visible.mask
        for clause in query.must:
            found = score(index, clause)
            scores += found
            fits = fits & (found > 0)
    for clause in query.should:
        add(index, clause, scores)
    scores *= visible.shares
    if not query.is_empty and not query.must:
        fits = scores > 0
    for clause in query.must_not:
        fits = fits & (score(index, clause) <= 0)
    if query.must or query.must_not:
        scores *= fits
    return scores, fits


def _ordered(
    index: Snapshot,
    request: SearchRequest,
    query: Query,
    scores: Scores,
    mask: Mask,
    *,
    narrowed: bool,
) -> tuple[NDArray[np.int64], Scores]:
    """The rows of the page that is asked for, and their scores."""
    many = request.offset + request.limit
    page = slice(request.offset, many)
    sort = "newest" if request.sort == "relevance" and query.is_empty else request.sort
    if sort == "relevance":
        if narrowed:
            scores = scores * mask
        again = looked_at(request.limit)
        rows = best(scores, index.order, max(many, again))
        first = rows[:again]
        meant = _meant(index, query, first, scores)
        head, ranks = look_again(index, first, scores[first], meant)
        rows = np.concatenate([head, rows[again:]])
        # What was not looked at again stands below what was, in its own order.
        rest = scores[rows[len(head) :]]
        tail = rest / max(float(rest.max(initial=0)), 1e-9) * ranks.min(initial=1.0)
        return rows[page], np.concatenate([ranks, tail])[page].astype(np.float32)
    rows = np.flatnonzero(mask)
    days = (index.since if sort == "published" else index.days)[rows].astype(np.int64)
    # What has no date comes last in either direction.
    keyed = np.where(days == 0, np.iinfo(np.int64).max, days) if sort == "oldest" else -days
    applied = -index.applied[rows].astype(np.int64) * (sort == "applied")
    ranked = rows[np.lexsort((index.order[rows], keyed, applied))][page]
    return ranked, scores[ranked]


def _meant(index: Snapshot, query: Query, rows: NDArray[np.int64], scores: Scores) -> Scores | None:
    """Scores of the first rows mixed with their nearness in meaning; None without the extra."""
    encoder = meaning.installed()
    if encoder is None or len(rows) < 3:
        return None
    turn = np.argsort(rows)
    near = index.meanings.nearness(rows[turn], encoder.encode([query.text])[0])
    if near is None:
        return None
    nearness = np.empty(len(rows), np.float32)
    nearness[turn] = (near - near.min()) / max(float(near.max() - near.min()), 1e-9)
    first = scores[rows] / max(float(scores[rows[0]]), 1e-9)
    return (1 - MEANT) * first + MEANT * nearness


def _hit(index: Snapshot, row: int, score: float) -> Hit:
    return Hit(
        index.kind(row), int(index.ids[row]), index.external_id(row), index.key(row),
        index.variant(row), score,
    )  # fmt: skip
