"""Small marks inside a line: `<br>` breaks it, an HTML comment is not shown.

Published playbooks use both in plenty; every other tag stays visible as text.
"""

import re

from markdown_it import MarkdownIt
from markdown_it.rules_inline import StateInline

# A comment within a paragraph; the bound keeps the search for its end short.
_BREAK = re.compile(r"<br\s{0,3}/?>", re.IGNORECASE)
_COMMENT = re.compile(r"<!--(?:(?!-->).){0,2000}-->", re.DOTALL)


def install(markdown: MarkdownIt) -> None:
    """Teach `markdown` these rules."""
    markdown.inline.ruler.before("autolink", "line_break_tag", _line_break)
    markdown.inline.ruler.before("autolink", "comment", _comment)


def _line_break(state: StateInline, silent: bool) -> bool:
    found = _BREAK.match(state.src, state.pos, state.posMax)
    if not found:
        return False
    if not silent:
        state.push("hardbreak", "br", 0)
    state.pos = found.end()
    return True


def _comment(state: StateInline, silent: bool) -> bool:
    found = _COMMENT.match(state.src, state.pos, state.posMax)
    if not found:
        return False
    state.pos = found.end()
    return True
