"""Words out of text: one tokenizer for indexing, querying and highlighting.

Lower case, accents folded, Snowball stems (PyStemmer; Whoosh's own Porter stemmer cuts "planning"
to "plann"), stop words left out. Words of parts such as ``sign-off`` give their parts and the
whole (``sign``, ``off``, ``signoff``), so that either spelling finds the other; so do words with
capitals inside (``SharePoint``, ``NodeManager``). Words with inner dots or ampersands (``IV&V``,
``C3.2``) stay whole.
"""

import re
import threading
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import Stemmer

# Characters; what is longer is no word that anybody types.
WORD_MOST = 100
_WORD = re.compile(r"\w+(?:[&.]\w+|['’]\w+)*(?:[-‐‑]\w+(?:[&.]\w+|['’]\w+)*)*")
# Between the parts of a compound: a hyphen, or a capital that begins a word of three letters.
_SEAM = re.compile(r"[-‐‑]|(?<=[a-z0-9])(?=[A-Z][a-z]{2})|(?<=[A-Z])(?=[A-Z][a-z]{2})")
_POSSESSIVE = re.compile(r"['’]s?$")
# A compound of more parts than this gives its parts only.
PARTS_MOST = 3

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


# A word as it is indexed: its plain form, its stem, its place in the sequence.
Token = tuple[str, str, int]


def words(text: str) -> Iterator[Word]:
    """The words of `text` in order; parts and whole of a compound share their positions."""
    position = 0
    for found in _WORD.finditer(text):
        raw, start = found[0], found.start()
        parts, whole = parts_of(raw)
        place = 0
        for number, part in enumerate(parts):
            place = raw.index(part, place)
            stem = stem_of(part)
            if stem:
                yield Word(stem, start + place, start + place + len(part), position + number)
            place += len(part)
        if whole and (stem := stem_of(whole)):
            yield Word(stem, start, found.end(), position)
        position += len(parts)


def tokens(text: str, position: int = 0) -> tuple[list[Token], int]:
    """What `words` finds, for indexing, counted on from `position`; and the position after it."""
    found: list[Token] = []
    for raw in _WORD.findall(text):
        parts, whole = parts_of(raw)
        for place, part in enumerate(parts):
            plain, stem = forms_of(part)
            if stem:
                found.append((plain, stem, position + place))
        if whole:
            plain, stem = forms_of(whole)
            if stem:
                found.append((plain, stem, position))
        position += len(parts)
    return found, position


@lru_cache(maxsize=200_000)
def parts_of(raw: str) -> tuple[tuple[str, ...], str]:
    """The parts of a word, and the whole in one piece where it is a compound of a few."""
    parts = tuple(part for part in _SEAM.split(raw) if part)
    return parts, "".join(parts) if 1 < len(parts) <= PARTS_MOST else ""


def stem_of(word: str) -> str:
    """The stem of one word; empty for a stop word."""
    return forms_of(word)[1]


@lru_cache(maxsize=200_000)
def forms_of(word: str) -> tuple[str, str]:
    """A word's plain form (lower case, no accents) and its stem; both empty for a stop word."""
    plain = word.lower()
    if not plain.isascii():
        plain = unicodedata.normalize("NFKD", plain)
        plain = "".join(c for c in plain if not unicodedata.combining(c)).replace("’", "'")
    if "'" in plain:
        plain = _POSSESSIVE.sub("", plain)
    plain = plain.strip("'_")[:WORD_MOST]
    if not plain or plain in STOP:
        return "", ""
    if not hasattr(_stemmers, "english"):
        _stemmers.english = Stemmer.Stemmer("english")
    return plain, _stemmers.english.stemWord(plain)
