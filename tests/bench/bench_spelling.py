"""Corrections of single typos in the words of NASA lessons, beside symspellpy.

    pip install symspellpy
    python -m tests.bench.bench_spelling [--typos 4000]

Words are drawn as often as lessons hold them, each gets one random edit, and what gives another
word of the lessons is left out: nothing can tell that it is a typo.
"""

import argparse
import random
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from string import ascii_lowercase

from search import index
from search.analysis import stem_of
from search.engine import SearchEngine
from search.spelling import Spelling
from tests.bench.judged import collections
from tests.bench.machine import machine

LETTERS_LEAST = 5
FIRST = 3
SEED = 11
# Rows of a keyboard, and how far each stands to the right, in keys.
KEYBOARD = {"qwertyuiop": 0.0, "asdfghjkl": 0.25, "zxcvbnm": 0.75}
# Keys that a finger reaches by mistake are nearer than this, in keys.
NEAR = 1.3
Lookup = Callable[[str], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Typo:
    """A word as it was meant and as it was typed, and what went wrong."""

    meant: str
    typed: str
    edit: str


def neighbours() -> dict[str, str]:
    """The letters around each letter of a keyboard."""
    places = {
        letter: (shift + place, line)
        for line, (letters, shift) in enumerate(KEYBOARD.items())
        for place, letter in enumerate(letters)
    }
    return {
        letter: "".join(
            other
            for other, (across, down) in places.items()
            if other != letter and (across - x) ** 2 + (down - y) ** 2 < NEAR**2
        )
        for letter, (x, y) in places.items()
    }


AROUND = neighbours()


def inserted(word: str, rng: random.Random) -> str:
    """One letter too many."""
    at = rng.randint(0, len(word))
    return word[:at] + rng.choice(ascii_lowercase) + word[at:]


def deleted(word: str, rng: random.Random) -> str:
    """One letter too few."""
    at = rng.randrange(len(word))
    return word[:at] + word[at + 1 :]


def substituted(word: str, rng: random.Random) -> str:
    """Another letter, half of the time one that is near on the keyboard."""
    at = rng.randrange(len(word))
    near = AROUND.get(word[at], "") if rng.random() < 0.5 else ""
    return word[:at] + rng.choice(near or ascii_lowercase) + word[at + 1 :]


def transposed(word: str, rng: random.Random) -> str:
    """Two letters in the wrong order."""
    at = rng.randrange(len(word) - 1)
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


EDITS = {"insert": inserted, "delete": deleted, "substitute": substituted, "transpose": transposed}


def typos(counts: dict[str, int], many: int, seed: int = SEED) -> Iterator[Typo]:
    """So many typos that give no other word; each kind of edit as often as the others."""
    rng = random.Random(seed)
    long = [word for word in counts if len(word) >= LETTERS_LEAST]
    shares = [counts[word] for word in long]
    made = 0
    while made < many:
        meant = rng.choices(long, shares)[0]
        edit = rng.choice(list(EDITS))
        typed = EDITS[edit](meant, rng)
        if typed not in counts:
            made += 1
            yield Typo(meant, typed, edit)


def show(name: str, lookup: Lookup, asked: Sequence[Typo]) -> None:
    """How often the right word comes first, and among the first three, and what a look-up takes."""
    lookup(asked[0].typed)  # word lists are read at the first look-up
    began = time.process_time()
    found = [lookup(typo.typed)[:FIRST] for typo in asked]
    taken = (time.process_time() - began) / len(asked) * 1000
    for edit in ("all", *EDITS):
        rows = [
            (typo.meant, words)
            for typo, words in zip(asked, found, strict=True)
            if edit in ("all", typo.edit)
        ]
        right = sum(words[:1] == [meant] for meant, words in rows)
        stems = sum(bool(w) and stem_of(w[0]) == stem_of(meant) for meant, w in rows)
        among = sum(meant in words for meant, words in rows)
        shares = "".join(f"{value / len(rows):>12.3f}" for value in (right, stems, among))
        cost = f"{taken:>14.3f}" if edit == "all" else ""
        print(f"{name + ', ' + edit:<28}{len(rows):>8}{shares}{cost}")


def symspell(counts: dict[str, int]) -> Lookup:
    """symspellpy with the same words, as its documentation shows it: two edits, the closest."""
    from symspellpy import SymSpell, Verbosity

    known = SymSpell(max_dictionary_edit_distance=2, prefix_length=7)
    for word, count in counts.items():
        known.create_dictionary_entry(word, count)
    return lambda word: [found.term for found in known.lookup(word, Verbosity.CLOSEST, 2)]


def words_of(spelling: Spelling) -> dict[str, int]:
    """Every word that may be offered, with how many lessons hold it."""
    names, counts = spelling.all_words
    return dict(zip(names, counts.tolist(), strict=True))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--typos", type=int, default=4_000)
    many = parser.parse_args().typos
    print(machine())
    lessons = next((found for found in collections() if found.name == "llis"), None)
    if lessons is None:
        return
    with tempfile.TemporaryDirectory() as folder:
        index.rebuild(Path(folder), lessons.documents)
        spelling = SearchEngine(Path(folder)).spelling()
        counts = words_of(spelling)
        asked = list(typos(counts, many))
        print(f"{len(counts)} words of {len(lessons.documents)} lessons, {len(asked)} typos\n")
        print(f"{'corrections':<28}{'typos':>8}{'first':>12}{'same stem':>12}{'first 3':>12}"
              f"{'ms a look-up':>14}")  # fmt: skip
        show("ours", spelling.like, asked)
        if find_spec("symspellpy") is None:
            print("symspellpy is left out: pip install symspellpy")
            return
        show("symspellpy", symspell(counts), asked)


if __name__ == "__main__":
    main()
