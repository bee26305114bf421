"""Fenced code with the colours of its language, as CSS classes. Never guesses a language."""

from functools import lru_cache
from html import escape

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexer import Lexer
from pygments.lexers import get_lexer_by_name
from pygments.util import ClassNotFound

# Characters of one block. Lexers are regular expressions, some of them slow; longer code is
# shown plain. The longest block of four published playbooks has 9,000.
MAX_HIGHLIGHTED = 20_000

_FORMATTER = HtmlFormatter[str](nowrap=True)


def highlighted(source: str, language: str, attributes: str) -> str:
    """Return `source` as HTML, coloured when `language` is known."""
    lexer = _lexer(language.strip("{}.").lower()[:40]) if language else None
    if lexer is None or len(source) > MAX_HIGHLIGHTED:
        return escape(source)
    return highlight(source, lexer, _FORMATTER)


@lru_cache(maxsize=100)
def _lexer(language: str) -> Lexer | None:
    try:
        return get_lexer_by_name(language, stripnl=False)
    except ClassNotFound:
        return None
