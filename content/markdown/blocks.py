"""How blocks look: tables that scroll and align by class, code one can scroll by keyboard,
check boxes with a name, footnotes that say where they lead back to.
"""

from collections.abc import Sequence
from html import escape
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

_ALIGNED = {
    "text-align:left": "text-start",
    "text-align:center": "text-center",
    "text-align:right": "text-end",
}
_BOX = '<input class="form-check-input" type="checkbox" disabled aria-label="{}"{}>'


def install(markdown: MarkdownIt) -> None:
    """Teach `markdown` these looks."""
    markdown.core.ruler.push("blocks", _decorate)
    markdown.add_render_rule("table_open", _table_open)
    markdown.add_render_rule("table_close", _table_close)
    markdown.add_render_rule("fence", _fence)
    markdown.add_render_rule("code_block", _fence)
    markdown.add_render_rule("footnote_anchor", _footnote_back)


def _decorate(state: StateCore) -> None:
    tables = 0
    for token in state.tokens:
        if token.type == "table_open":
            tables += 1
            token.meta["number"] = tables
        elif token.type in {"th_open", "td_open"}:
            _align(token)
        elif token.type == "inline":
            _name_boxes(token)


def _align(token: Token) -> None:
    style = str(token.attrs.pop("style", ""))
    if style in _ALIGNED:
        token.attrs["class"] = _ALIGNED[style]
    if token.type == "th_open":
        token.attrs["scope"] = "col"


def _name_boxes(inline: Token) -> None:
    first = inline.children[0] if inline.children else None
    # Raw HTML is off, so an html_inline token can only be a task list's box.
    if first is not None and first.type == "html_inline":
        done = " checked=" in first.content
        first.content = _BOX.format("Done" if done else "To do", " checked" if done else "")


def _table_open(
    self: RendererHTML, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType
) -> str:
    # Regions of one page need different names; a page with one table needs no number.
    number = tokens[idx].meta.get("number", 1)
    label = "Table" if number == 1 else f"Table {number}"
    return (
        f'<div class="table-responsive" tabindex="0" role="region" aria-label="{label}">'
        '<table class="table">\n'
    )


def _table_close(
    self: RendererHTML, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType
) -> str:
    return "</table></div>\n"


def _fence(
    self: RendererHTML, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType
) -> str:
    token = tokens[idx]
    language = token.info.split(maxsplit=1)[0] if token.info.strip() else ""
    highlight: Any = options.highlight
    inner = highlight(token.content, language, "") or escape(token.content)
    return f'<pre class="highlight" tabindex="0"><code>{inner}</code></pre>\n'


def _footnote_back(
    self: RendererHTML, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType
) -> str:
    meta = tokens[idx].meta
    name = str(meta["id"] + 1)
    ref = f"{name}:{meta['subId']}" if meta.get("subId", 0) > 0 else name
    return (
        f' <a href="#fnref{ref}" class="footnote-backref" '
        f'aria-label="Back to where note {ref} is cited">\u21a9\ufe0e</a>'
    )
