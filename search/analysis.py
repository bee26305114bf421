"""Words out of text: one tokenizer for indexing, querying and highlighting.

Lower case, accents folded, Snowball stems (PyStemmer; Whoosh's own Porter stemmer cuts "planning"
to "plann"), stop words left out. Words of parts such as ``sign-off`` give their parts and the
whole (``sign``, ``off``, ``signoff``), so that either spelling finds the other; words with inner
dots or ampersands (``IV&V``, ``C3.2``) stay whole.
"""

import re
import threading
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import Stemmer
from whoosh.analysis import Analyzer, Token

# Characters; what is longer is no word that anybody types.
WORD_MOST = 100
_WORD = re.compile(r"\w+(?:[&.]\w+|['’]\w+)*(?:[-‐‑]\w+(?:[&.]\w+|['’]\w+)*)*")
_HYPHEN = re.compile(r"[-‐‑]")
_POSSESSIVE = re.compile(r"['’]s?$")

# Words that stand in nearly every text and tell nothing apart.
STOP = frozenset(
    """
    a an and are as at be been but by did do does for from had has have how i if in into is it its
    me my no nor not of off on or our out shall should so such than that the their them then there
    these they this those to too us was we were what when where which who why will with would you
    your also any can could each get gets go goes going got just may might must said say says some
    very went wrong
    """.split()  # noqa: SIM905  (a list of words reads better as words)
)
_stemmers = threading.local()


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a text: its stem, where it stands, and its place in the sequence."""

    stem: str
    start: int
    end: int
    position: int


def words(text: str) -> Iterator[Word]:
    """The words of `text` in order; parts and whole of a compound share their positions."""
    position = 0
    for found in _WORD.finditer(text):
        parts = _HYPHEN.split(found[0])
        start = found.start()
        first = position
        for part in parts:
            stem = stem_of(part)
            if stem:
                yield Word(stem, start, start + len(part), position)
            start += len(part) + 1
            position += 1
        if 1 < len(parts) <= 3:
            whole = stem_of("".join(parts))
            if whole:
                yield Word(whole, found.start(), found.end(), first)


@lru_cache(maxsize=100_000)
def stem_of(word: str) -> str:
    """The stem of one word; empty for a stop word."""
    plain = unicodedata.normalize("NFKD", word.lower())
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    plain = _POSSESSIVE.sub("", plain).replace("’", "'").strip("'_")[:WORD_MOST]
    if not plain or plain in STOP:
        return ""
    if not hasattr(_stemmers, "english"):
        _stemmers.english = Stemmer.Stemmer("english")
    stem: str = _stemmers.english.stemWord(plain)
    return stem


class StemAnalyzer(Analyzer):  # type: ignore[misc]  # Whoosh ships no types
    """`words` as Whoosh takes them."""

    def __call__(self, value: str, **options: Any) -> Iterator[Token]:
        """Tokens with positions, and with characters when they are asked for."""
        token = Token(positions=True, chars=bool(options.get("chars")))
        token.mode = options.get("mode", "")
        for word in words(value):
            token.text = word.stem
            token.boost = 1.0
            token.stopped = False
            token.pos = word.position
            if token.chars:
                token.startchar, token.endchar = word.start, word.end
            yield token

    def __eq__(self, other: object) -> bool:
        return isinstance(other, StemAnalyzer)

    def __hash__(self) -> int:
        return hash(StemAnalyzer)
