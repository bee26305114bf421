"""What a document of the portal is made of, whatever it is written as.

Plain text only: nothing in a block is markup, so that what people typed stays what they typed.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from content.exports import printable

# Letters that a property of an office file may have (python-docx, python-pptx).
FACT_MOST = 255


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; level 1 opens a part, level 2 a piece of it."""

    text: str
    level: Literal[1, 2, 3] = 1


@dataclass(frozen=True, slots=True)
class Text:
    """Paragraphs, apart by empty lines; a label before them is set in bold."""

    text: str
    label: str = ""
    quiet: bool = False  # set small and grey: a method, a source


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list."""

    items: Sequence[str]


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a row of heads; `numbers` are the columns that stand to the right.

    `widths` are shares of the line, one for each column; all alike when empty.
    """

    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    numbers: frozenset[int] = frozenset()
    widths: Sequence[float] = ()


@dataclass(frozen=True, slots=True)
class Bar:
    """A share, 0 to 1, with its interval, and how it reads ("3 of 8")."""

    label: str
    share: float
    low: float
    high: float
    reads: str


@dataclass(frozen=True, slots=True)
class Bars:
    """A bar chart of shares on one scale from 0 to 100 %, whiskers for the intervals."""

    title: str
    bars: Sequence[Bar]

    @property
    def alt(self) -> str:
        """The chart in words, for who does not see it."""
        said = "; ".join(f"{bar.label} {bar.reads}, {bar.share:.0%}" for bar in self.bars)
        return f"Bar chart. {self.title}: {said or 'nothing to show'}."


@dataclass(frozen=True, slots=True)
class NewPage:
    """What follows begins on a new page."""


Block = Heading | Text | Bullets | Table | Bars | NewPage


@dataclass(frozen=True, slots=True)
class Paper:
    """A document: its title, facts below it, its blocks, and what the foot of a page says."""

    title: str
    blocks: Sequence[Block]
    facts: Sequence[tuple[str, str]] = ()
    foot: str = ""
    author: str = ""
    language: str = "en"


def paragraphs(text: str) -> list[str]:
    """The paragraphs of a text, which empty lines keep apart."""
    parts = re.split(r"\n[ \t]*\n\s*", text.replace("\r\n", "\n").strip())
    return [part for part in parts if part]


def cut(text: str, most: int) -> str:
    """A text on one line, at most so long."""
    plain = " ".join(printable(text).split())
    return plain if len(plain) <= most else plain[: most - 1].rstrip() + "…"
