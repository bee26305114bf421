"""Notes, tips, warnings and examples: one look for both ways to write them.

`::: note` is our own way; `!!! note "Title"` and `??? question "Title"` (folded) come from
published playbooks, whose many kinds are told apart here as the four that we have.
"""

from collections.abc import Sequence
from html import escape

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict

KINDS = ("note", "tip", "warning", "example")

_LIKE = {
    "hint": "tip",
    "success": "tip",
    "important": "warning",
    "caution": "warning",
    "attention": "warning",
    "danger": "warning",
    "error": "warning",
    "failure": "warning",
    "bug": "warning",
    "quote": "example",
    "snippet": "example",
}


def install(markdown: MarkdownIt) -> None:
    """Teach `markdown` this look."""
    for kind in KINDS:
        markdown.add_render_rule(f"container_{kind}_open", _container_open)
        markdown.add_render_rule(f"container_{kind}_close", _container_close)
    markdown.add_render_rule("admonition_open", _admonition_open)
    markdown.add_render_rule("admonition_close", _admonition_close)
    markdown.add_render_rule("admonition_title_open", _title_open)
    markdown.add_render_rule("admonition_title_close", _title_close)


def _opening(kind: str) -> str:
    return f'<div class="callout callout-{kind}" role="note">\n'


def _container_open(
    self: RendererHTML, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType
) -> str:
    kind, _, title = tokens[idx].info.strip().partition(" ")
    shown = title.strip().strip('"') or kind.title()
    return f'{_opening(kind)}<p class="callout-title">{escape(shown)}</p>\n'


def _container_close(
    self: RendererHTML, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType
) -> str:
    return "</div>\n"


def _admonition_open(
    self: RendererHTML, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType
) -> str:
    token = tokens[idx]
    tag = str(token.meta.get("tag", ""))
    kind = tag if tag in KINDS else _LIKE.get(tag, "note")
    if not token.markup.startswith("?"):
        return _opening(kind)
    opened = " open" if token.markup == "???+" else ""
    # What folds needs a name to unfold by, also where its author gave none.
    name = "" if token.content else f'<summary class="callout-title">{kind.title()}</summary>'
    return f'<details class="callout callout-{kind}"{opened}>{name}\n'


def _admonition_close(
    self: RendererHTML, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType
) -> str:
    return "</details>\n" if tokens[idx].markup.startswith("?") else "</div>\n"


def _title_open(
    self: RendererHTML, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType
) -> str:
    tag = "summary" if tokens[idx].markup.startswith("?") else "p"
    return f'<{tag} class="callout-title">'


def _title_close(
    self: RendererHTML, tokens: Sequence[Token], idx: int, options: OptionsDict, env: EnvType
) -> str:
    # The closing token carries no markup; the opening one stands two places before it.
    tag = "summary" if tokens[idx - 2].markup.startswith("?") else "p"
    return f"</{tag}>\n"
