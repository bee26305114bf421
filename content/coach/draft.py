"""What the rules look at: the texts of a lesson, cut into words once."""

import re
import tomllib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib.resources import files
from typing import Any

# The fields that hold prose, in the order of the form.
FIELDS = (
    "headline",
    "summary",
    "driving_event",
    "cause",
    "early_warning",
    "effect",
    "lesson",
    "recommendation",
)
# Characters of a field that are looked at: what is longer is a report, and its first pages tell.
TEXT_MOST = 20_000
# Words that one hint shows.
FOUND_MOST = 6

_WORD = re.compile(r"[^\W_]+(?:['’.&/-][^\W_]+)*")
_SENTENCE = re.compile(r"[.!?]+(?=\s|$)|[;:•·\n\r]+")
_QUOTES = str.maketrans("’‘“”\xa0", "''\"\" ")
# Where a list of references begins; it holds codes, titles and authors, and is no part of the tale.
_REFERENCES = re.compile(
    r"\b(?:References?|Reference\(s\)|Bibliography|Additional Key ?[Ww]ord(?:s|\(s\)))\s*:"
    r"|(?<=[.\]] )References\b|^\W*References\s*$",
    re.MULTILINE,
)
_QUOTED = re.compile(r'"[^"]{1,200}"')


@dataclass(frozen=True, slots=True)
class Hint:
    """One thing that a reader will miss: in which field, why it matters, and how it could read.

    `found` holds the words that it is about, as they stand in the field; it is empty where the
    point is that something is not there. A hint that `asks` claims nothing: the text may well say
    it in words that no rule knows.
    """

    field: str
    rule: str
    message: str
    example: str
    found: tuple[str, ...] = ()
    asks: bool = False


class Phrases:
    """Words and short phrases that are looked for together, one look for each word of a text."""

    def __init__(self, phrases: Iterable[str]) -> None:
        self._phrases = {" ".join(phrase.split()) for phrase in phrases}
        self._longest = max((phrase.count(" ") + 1 for phrase in self._phrases), default=0)

    def among(self, words: Sequence[str]) -> Iterator[str]:
        """Every phrase that stands in the words, which are in lower case."""
        for start in range(len(words)):
            for length in range(1, self._longest + 1):
                phrase = " ".join(words[start : start + length])
                if phrase in self._phrases:
                    yield phrase

    def within(self, words: Sequence[str]) -> bool:
        """Whether there is one."""
        return next(self.among(words), None) is not None


class Prose:
    """A text and its words."""

    def __init__(self, text: str) -> None:
        self.text = text[:TEXT_MOST].translate(_QUOTES)

    @cached_property
    def words(self) -> list[str]:
        """The words as they are written."""
        return _WORD.findall(self.text)

    @cached_property
    def lower(self) -> list[str]:
        """The words in lower case."""
        return [word.lower() for word in self.words]

    @cached_property
    def sentences(self) -> list["Prose"]:
        """The sentences, and the points of a list."""
        return [Prose(part) for part in _SENTENCE.split(self.text) if part.strip()]

    @cached_property
    def tale(self) -> "Prose":
        """The text without its list of references and without what it quotes."""
        found = _REFERENCES.search(self.text)
        return Prose(_QUOTED.sub('"…"', self.text[: found.start()] if found else self.text))

    def __bool__(self) -> bool:
        return bool(self.words)


class Draft:
    """A lesson as it is typed, and who and what is known around it."""

    def __init__(
        self,
        values: Mapping[str, Any],
        *,
        people: Collection[str] = (),
        known: Collection[str] = (),
    ) -> None:
        self.values = values
        self.people = people
        self.known = frozenset(known)
        self._prose = {name: Prose(_text(values.get(name))) for name in FIELDS}

    def __getitem__(self, field: str) -> Prose:
        return self._prose[field]

    def filled(self, *fields: str) -> Iterator[tuple[str, Prose]]:
        """The fields that hold words, of these or of all."""
        for name in fields or FIELDS:
            if self._prose[name]:
                yield name, self._prose[name]

    def says(self, phrases: Phrases, *fields: str) -> bool:
        """Whether one of the fields holds one of the phrases."""
        return any(phrases.within(prose.lower) for _, prose in self.filled(*fields))


Found = tuple[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A kind of hint: what it says, an example of better wording, and where it finds something.

    One that is wrong too often to claim anything `asks`.
    """

    name: str
    message: str
    example: str
    check: Callable[[Draft], Iterable[Found]]
    asks: bool = False


def shown(words: Iterable[str]) -> tuple[str, ...]:
    """Words for a hint: each once, and not too many."""
    return tuple(dict.fromkeys(words))[:FOUND_MOST]


@lru_cache(maxsize=1)
def _lists() -> dict[str, dict[str, Any]]:
    return tomllib.loads((files("content.coach") / "words.toml").read_text(encoding="utf-8"))


def words(section: str, name: str) -> frozenset[str]:
    """A list of single words from `words.toml`."""
    return frozenset(_lists()[section][name].split())


def phrases(section: str, name: str = "phrases") -> Phrases:
    """A list of phrases from `words.toml`."""
    return Phrases(_lists()[section][name])


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
