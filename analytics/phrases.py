"""Which words may begin and end a phrase that names a thing, told by the company they keep.

No tagger and no list of verbs. A word between `the` or `of` and a word without content is what is
spoken about (*the valve was*); one after `they` or `would`, or before `them` or `the`, is said of
something (*they asked the*); one between `the` and a word with content tells something apart (*the
old valve*). A word that is seldom spoken about ends no phrase, and one that is mostly said of
something begins none. Of what no text shows, as in another language than English, nothing is left
out.
"""

import re
from collections.abc import Sequence
from typing import Self

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_TOKEN = re.compile(r"[^\W\d_][\w-]*(?:['’]\w+)?|[^\w\s]|\n|\w+")
_BEFORE_THINGS = _words(
    "the a an this these those our their its his her my your each every no any some another both "
    "of in for with from by on at about without into under between after before during against "
    "per"
)
_BEFORE_DEEDS = _words(
    "i we they he she it you who not would could should will can cannot must may might shall did "
    "does do don't didn't doesn't couldn't wouldn't won't can't never is are was were be been "
    "being has have had get got"
)
_AFTER_DEEDS = _words(
    "the a an them it him us me you his their our its this these those whether how why what "
    "himself itself themselves"
)
# Words that narrow nothing, and what stays of `don't` where a mark parts words.
_VAGUE = _words(
    "able additional appropriate available bad big certain current different due early end ends "
    "full further general good important large last late main many necessary new next old own "
    "possible previous proper relevant right same several significant similar small specific "
    "various way whole wrong don doesn didn isn wasn won couldn wouldn hadn ll ve"
)
# A word ends a phrase when it is spoken about at least so often for each time it tells apart.
_SPOKEN_OF = 0.25


class Company:
    """How often each word is spoken about, said of something, and tells something apart."""

    def fit(self, texts: Sequence[str]) -> Self:
        """Count over all texts."""
        numbers: dict[str, int] = {"\n": 0}
        line = [0]
        for text in texts:
            line += [
                numbers.setdefault(word, len(numbers)) for word in _TOKEN.findall(text.lower())
            ]
            line.append(0)
        words = list(numbers)
        before, here, after = (
            np.array(part, np.int64) for part in (line[:-2], line[1:-1], line[2:])
        )
        things, deeds = _among(words, _BEFORE_THINGS)[before], _among(words, _BEFORE_DEEDS)[before]
        objects = _among(words, _AFTER_DEEDS)[after]
        content = np.array([_has_content(word) for word in words], bool)[after]

        def counted(where: NDArray[np.bool_]) -> NDArray[np.int64]:
            return np.bincount(here[where], minlength=len(words))

        spoken_of, apart = counted(things & ~content & ~objects), counted(things & content)
        said = counted(deeds | (objects & ~things))
        ends = (spoken_of >= said) & (spoken_of >= _SPOKEN_OF * (apart - 1))
        begins = spoken_of + apart >= said
        self.ends_not_ = _VAGUE | {word for word, can in zip(words, ends, strict=True) if not can}
        self.begins_not_ = _VAGUE | {
            word for word, can in zip(words, begins, strict=True) if not can
        }
        return self

    def names(self, phrase: str) -> bool:
        """Whether a phrase can be the name of a thing."""
        *first, last = phrase.split()
        return last not in self.ends_not_ and not any(word in self.begins_not_ for word in first)


def _among(words: Sequence[str], wanted: frozenset[str]) -> NDArray[np.bool_]:
    return np.array([word in wanted for word in words], bool)


def _has_content(word: str) -> bool:
    return word[0].isalpha() and word not in ENGLISH_STOP_WORDS and not {"'", "’"} & set(word)
