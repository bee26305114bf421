"""The sentences that match best, as segments of text: never HTML, the page escapes them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from search.analysis import tokens, words
from search.query import Query

_SENTENCE = re.compile(r"[^.!?\n]+[.!?]*[ \n]*|[.!?\n]+")
# Characters of a text that are looked at: enough for the longest lesson.
LOOKED_AT = 50_000


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of text, and whether it is a word of the query."""

    text: str
    hit: bool = False


def mark(text: str, query: Query) -> tuple[Segment, ...]:
    """The whole text with the query's words marked."""
    stems = query.stems
    segments: list[Segment] = []
    end = 0
    for word in words(text):
        if word.stem not in stems or word.start < end:
            continue
        if word.start > end:
            segments.append(Segment(text[end : word.start]))
        segments.append(Segment(text[word.start : word.end], hit=True))
        end = word.end
    if end < len(text):
        segments.append(Segment(text[end:]))
    return tuple(segments)


def snippet(texts: Sequence[str], query: Query, *, length: int = 240) -> tuple[Segment, ...]:
    """The sentence of `texts` that holds most of the query, cut to about `length` characters."""
    wanted = query.stems
    best, most, first = "", 0, ""
    for text in texts:
        for found in _SENTENCE.finditer(text[:LOOKED_AT]):
            first = first or found[0]
            held = len({stem for _, stem, _ in tokens(found[0])[0]} & wanted)
            if held > most:
                best, most = found[0], held
    chosen = " ".join((best or first).split())
    return mark(_around(chosen, query, length), query) if chosen else ()


def opening(text: str, query: Query, *, length: int = 240) -> tuple[Segment, ...]:
    """The beginning of a text, marked, cut after about `length` characters."""
    return mark(_cut(" ".join(text[:LOOKED_AT].split()), 0, length), query)


def _around(sentence: str, query: Query, length: int) -> str:
    """The sentence, or the part of it around its first word of the query."""
    if len(sentence) <= length:
        return sentence
    wanted = query.stems
    hit = next((word.start for word in words(sentence) if word.stem in wanted), 0)
    start = max(0, min(hit - length // 3, len(sentence) - length))
    return _cut(sentence, sentence.find(" ", start) + 1 if start else 0, length)


def _cut(text: str, start: int, length: int) -> str:
    if not start and len(text) <= length:
        return text
    end = text.rfind(" ", start, start + length)
    end = end if end > start else start + length
    end = len(text) if len(text) - start <= length else end
    return ("… " if start else "") + text[start:end] + (" …" if end < len(text) else "")
