"""The text of a page without its marks, for the index and for counting words."""

from collections.abc import Iterator, Sequence

from markdown_it.token import Token

_TEXT = frozenset({"text", "text_special", "code_inline", "math_inline"})
_BREAKS = frozenset({"softbreak", "hardbreak"})
_BLOCKS = frozenset({"fence", "code_block", "math_block"})


def plain_text(tokens: Sequence[Token]) -> str:
    """Return the words of `tokens`, one block a line."""
    return "\n".join(line for line in map(str.strip, _lines(tokens)) if line)


def _lines(tokens: Sequence[Token]) -> Iterator[str]:
    for token in tokens:
        if token.type == "inline":
            yield _inline(token.children or ())
        elif token.type in _BLOCKS:
            yield token.content


def _inline(children: Sequence[Token]) -> str:
    parts = []
    for child in children:
        if child.type in _TEXT:
            parts.append(child.content)
        elif child.type in _BREAKS:
            parts.append(" ")
        elif child.type == "image":
            parts.append(child.content)
    return "".join(parts)
