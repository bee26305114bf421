"""Markdown to safe HTML, with a table of contents, a word count and plain text for the index.

`render` is total: any text gives a page, and no text gives active HTML (a property test holds
this). What people write as raw HTML is shown as text, except `<br>` and comments. Links of our
own, `template:slug` and `page:book/page`, are asked for on every call and are not cached, so a
page that appears later mends the links that wait for it.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from content.markdown.cleaning import clean
from content.markdown.headings import Heading, level_headings
from content.markdown.links import Resolve, resolve_links
from content.markdown.parser import parser
from content.markdown.plain import plain_text
from content.markdown.source import readable

__all__ = ["Heading", "Rendered", "render"]

# Pages, not bytes: a rendered page of the longest real playbook (84 kB) takes about 200 kB.
CACHED_PAGES = 256

_WORD = re.compile(r"\w+(?:['’\-]\w+)*")


@dataclass(frozen=True, slots=True)
class Rendered:
    """One text as a page: safe HTML, headings, number of words, and the text without marks."""

    html: str
    toc: tuple[Heading, ...]
    words: int
    plain: str


def render(source: str, *, resolve: Resolve | None = None) -> Rendered:
    """Turn Markdown into a page; `resolve` gives the address behind one of our own links."""
    page = _rendered(source)
    html = resolve_links(page.html, resolve)
    return page if html is page.html else Rendered(html, page.toc, page.words, page.plain)


@lru_cache(maxsize=CACHED_PAGES)
def _rendered(source: str) -> Rendered:
    markdown = parser()
    env: dict[str, object] = {}
    tokens = markdown.parse(readable(source), env)
    toc = level_headings(tokens)
    html = clean(markdown.renderer.render(tokens, markdown.options, env))
    plain = plain_text(tokens)
    return Rendered(html, toc, sum(1 for _ in _WORD.finditer(plain)), plain)
