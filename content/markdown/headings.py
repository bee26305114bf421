"""Headings: their levels, their anchors, and the table of contents.

The page's title is its h1, so the text begins at h2 and never skips a level: people who move by
headings meet no gap. Anchors carry a prefix, so that no text can take an id of the page around it.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markdown_it.token import Token

ANCHOR_PREFIX = "s-"
# Characters of an anchor, so that addresses stay readable.
MAX_ANCHOR = 80

_TEXT = frozenset({"text", "code_inline", "math_inline", "text_special"})
_NOT_SLUG = re.compile(r"[^\w\- ]+")


@dataclass(frozen=True, slots=True)
class Heading:
    """One entry of the table of contents."""

    level: int
    text: str
    anchor: str


def level_headings(tokens: Sequence[Token]) -> tuple[Heading, ...]:
    """Set level and anchor of every heading in place, and return them in order."""
    pairs = list(_headings(tokens))
    demote = 1 if any(opening.tag == "h1" for opening, _, _ in pairs) else 0
    taken: dict[str, int] = {}
    previous = 1
    found = []
    for opening, inline, closing in pairs:
        previous = min(int(opening.tag[1]) + demote, previous + 1, 6)
        opening.tag = closing.tag = f"h{previous}"
        text = _text(inline)
        anchor = _anchor(text, taken)
        opening.attrs["id"] = anchor
        found.append(Heading(previous, text, anchor))
    return tuple(found)


def slug(text: str) -> str:
    """Return the part of an anchor that comes from a heading's text."""
    plain = unicodedata.normalize("NFKC", text).lower()
    return _NOT_SLUG.sub("", plain).strip().replace(" ", "-")[:MAX_ANCHOR] or "section"


def _headings(tokens: Sequence[Token]) -> Iterator[tuple[Token, Token, Token]]:
    for index, token in enumerate(tokens):
        if token.type == "heading_open":
            yield token, tokens[index + 1], tokens[index + 2]


def _text(inline: Token) -> str:
    parts = [
        child.content if child.type in _TEXT else " "
        for child in inline.children or ()
        if child.type in _TEXT or child.type in {"softbreak", "hardbreak"}
    ]
    return " ".join("".join(parts).split())


def _anchor(text: str, taken: dict[str, int]) -> str:
    """Return an anchor that no earlier heading has; `taken` counts the uses of each."""
    base = candidate = ANCHOR_PREFIX + slug(text)
    while candidate in taken:
        candidate = f"{base}-{taken[base]}"
        taken[base] += 1
    taken[candidate] = 1
    return candidate
