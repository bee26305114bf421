"""What changed between two texts, readable for prose: by words, or by lines with the rest folded.

Patience diff (Bram Cohen): words that stand once in both texts hold the comparison together, so
that it follows sentences and not chance repetitions, and costs n log n; only short gaps between
them are compared in full. Pure and total; texts beyond the limit are shown as replaced.
"""

import bisect
import difflib
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

Op = Literal["same", "added", "removed"]
LineOp = Literal["same", "added", "removed", "folded"]
# Whether the same, and where it begins and ends in the old and the new sequence.
_Block = tuple[bool, int, int, int, int]
# Where it begins in the old and in the new sequence, and how long it is.
_Match = tuple[int, int, int]

# Tokens (words, gaps, marks; or lines) of both texts together: a page of 500,000 characters twice.
MAX_TOKENS = 500_000
# Tokens of a gap, each side, that is compared in full: difflib is cubic at worst, 50 ms here.
MAX_GAP = 120
# Gaps within gaps; each time new words become the only ones of their kind.
MAX_DEPTH = 12
# Unchanged lines shown around a change; fewer hidden lines than that are shown as well.
CONTEXT = 3

_TOKEN = re.compile(r"\n|[^\S\n]+|\w+(?:['’\-]\w+)*|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text that stands in both texts, only in the new, or only in the old."""

    op: Op
    text: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the comparison with its numbers; `folded` stands for `count` unchanged lines."""

    op: LineOp
    text: str
    old: int | None = None
    new: int | None = None
    count: int = 1


def word_diff(old: str, new: str) -> tuple[Piece, ...]:
    """Return the pieces that make `new` of `old`; same and added ones joined give `new`."""
    before, after = _words(old), _words(new)
    return _merged(_smoothed(list(_pieces(before, after))))


def line_diff(old: str, new: str, *, context: int = CONTEXT) -> tuple[Line, ...]:
    """Return the lines of both texts in order, unchanged ones far from a change folded."""
    before, after = old.splitlines(), new.splitlines()
    return tuple(_folded(list(_lines(before, after)), context))


def _words(text: str) -> list[str]:
    return _TOKEN.findall(text)


def _pieces(before: Sequence[str], after: Sequence[str]) -> Iterator[tuple[Op, str]]:
    for same, i, j, k, m in _blocks(before, after):
        if same:
            yield "same", "".join(after[k:m])
            continue
        if i < j:
            yield "removed", "".join(before[i:j])
        if k < m:
            yield "added", "".join(after[k:m])


def _blocks(before: Sequence[str], after: Sequence[str]) -> Iterator[_Block]:
    """Yield the stretches that are the same and those that differ, in order, leaving none out."""
    i = k = 0
    for start, other, length in [*_matches(before, after), (len(before), len(after), 0)]:
        if i < start or k < other:
            yield False, i, start, k, other
        if length:
            yield True, start, start + length, other, other + length
        i, k = start + length, other + length


def _matches(before: Sequence[str], after: Sequence[str]) -> list[_Match]:
    if len(before) + len(after) > MAX_TOKENS:
        return [(0, 0, len(before))] if before == after else []
    return list(_patience(before, after, 0, len(before), 0, len(after), MAX_DEPTH))


def _patience(  # two ranges of two sequences
    a: Sequence[str], b: Sequence[str], i: int, j: int, k: int, m: int, depth: int
) -> Iterator[_Match]:
    """Yield matches within `a[i:j]` and `b[k:m]`: common ends first, then around anchors."""
    head = 0
    while i + head < j and k + head < m and a[i + head] == b[k + head]:
        head += 1
    if head:
        yield i, k, head
    i, k = i + head, k + head
    tail = 0
    while i < j - tail and k < m - tail and a[j - tail - 1] == b[m - tail - 1]:
        tail += 1
    yield from _between(a, b, i, j - tail, k, m - tail, depth)
    if tail:
        yield j - tail, m - tail, tail


def _between(  # two ranges of two sequences
    a: Sequence[str], b: Sequence[str], i: int, j: int, k: int, m: int, depth: int
) -> Iterator[_Match]:
    if i == j or k == m:
        return
    if j - i <= MAX_GAP and m - k <= MAX_GAP:
        matcher = difflib.SequenceMatcher(str.isspace, a[i:j], b[k:m], autojunk=False)
        for start, other, length in matcher.get_matching_blocks():
            if length:
                yield i + start, k + other, length
        return
    anchors = _anchors(a, b, i, j, k, m) if depth else []
    if not anchors:
        return
    for start, other in anchors:
        if start < i or other < k:
            continue
        yield from _patience(a, b, i, start, k, other, depth - 1)
        yield start, other, 1
        i, k = start + 1, other + 1
    yield from _patience(a, b, i, j, k, m, depth - 1)


def _anchors(  # two ranges of two sequences
    a: Sequence[str], b: Sequence[str], i: int, j: int, k: int, m: int
) -> list[tuple[int, int]]:
    """Return the places of tokens that stand once in both, as many as keep their order."""
    old, new = Counter(a[i:j]), Counter(b[k:m])
    places = {b[index]: index for index in range(k, m) if new[b[index]] == 1}
    pairs = [(x, places[a[x]]) for x in range(i, j) if old[a[x]] == 1 and a[x] in places]
    # The longest increasing run of places, by patience sorting.
    tops: list[int] = []
    piles: list[int] = []
    below: list[int] = []
    for index, (_, place) in enumerate(pairs):
        at = bisect.bisect_left(tops, place)
        below.append(piles[at - 1] if at else -1)
        tops[at : at + 1] = [place]
        piles[at : at + 1] = [index]
    run: list[tuple[int, int]] = []
    index = piles[-1] if piles else -1
    while index >= 0:
        run.append(pairs[index])
        index = below[index]
    return run[::-1]


def _smoothed(pieces: list[tuple[Op, str]]) -> list[tuple[Op, str]]:
    """Join changes that only a gap or a comma parts: people read phrases, not confetti."""
    smooth: list[tuple[Op, str]] = []
    for index, (op, text) in enumerate(pieces):
        between = 0 < index < len(pieces) - 1
        if op == "same" and between and "\n" not in text and not re.search(r"\w", text):
            smooth += [("removed", text), ("added", text)]
        else:
            smooth.append((op, text))
    return smooth


def _merged(pieces: list[tuple[Op, str]]) -> tuple[Piece, ...]:
    """Between two unchanged pieces, put all that is removed before all that is added."""
    merged: list[Piece] = []
    removed = added = ""
    for op, text in [*pieces, ("same", "")]:
        if op == "removed":
            removed += text
        elif op == "added":
            added += text
        else:
            merged += [Piece("removed", removed)] if removed else []
            merged += [Piece("added", added)] if added else []
            removed = added = ""
            merged += [Piece("same", text)] if text else []
    return tuple(merged)


def _lines(before: Sequence[str], after: Sequence[str]) -> Iterator[Line]:
    for same, i, j, k, m in _blocks(before, after):
        if same:
            for offset in range(j - i):
                yield Line("same", before[i + offset], i + offset + 1, k + offset + 1)
            continue
        for number in range(i, j):
            yield Line("removed", before[number], old=number + 1)
        for number in range(k, m):
            yield Line("added", after[number], new=number + 1)


def _folded(lines: list[Line], context: int) -> Iterator[Line]:
    changed = [index for index, line in enumerate(lines) if line.op != "same"]
    near = {
        other
        for index in changed
        for other in range(max(0, index - context), min(len(lines), index + context + 1))
    }
    hidden: list[Line] = []
    for index, line in enumerate(lines):
        if index in near:
            yield from _fold(hidden, context)
            hidden = []
            yield line
        else:
            hidden.append(line)
    yield from _fold(hidden, context)


def _fold(hidden: list[Line], context: int) -> Iterator[Line]:
    if len(hidden) <= max(1, context // 2):
        yield from hidden
    else:
        yield Line("folded", "", hidden[0].old, hidden[0].new, len(hidden))
