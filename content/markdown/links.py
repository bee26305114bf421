"""Links and pictures: which addresses are allowed, how outside ones are marked, and our own two
schemes, `template:slug` and `page:book/page`.

A link of ours that leads nowhere is shown as text with the class `broken-link`. Pictures from
elsewhere become links: opening a page must not fetch anything from outside.
"""

import re
from collections.abc import Callable
from html import escape, unescape

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from content.markdown.headings import ANCHOR_PREFIX, slug

Resolve = Callable[[str], str | None]

OWN_SCHEMES = frozenset({"template", "page"})
OUTSIDE_SCHEMES = frozenset({"http", "https", "mailto"})
# Browsers drop these from an address before they read its scheme.
_IGNORED = re.compile(r"[\x00-\x20\x7f-\xa0\u2000-\u200f\u2028-\u202f]+")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.\-]*):")
_OUTSIDE = re.compile(r"(?:https?:)?[/\\]{2}", re.IGNORECASE)
# The cleaner writes every attribute in double quotes and never nests anchors.
_OWN_LINK = re.compile(
    r'<a((?: [a-z\-]+="[^"]*")*?) href="((?:template|page):[^"]*)"((?: [a-z\-]+="[^"]*")*)>'
    r"(.*?)</a>",
    re.DOTALL,
)


def install(markdown: MarkdownIt) -> None:
    """Teach `markdown` how links are marked; runs after bare addresses were found."""
    markdown.core.ruler.push("mark_links", _mark)


def is_allowed(url: str) -> bool:
    """Whether an address may stand in a page at all."""
    bare = _IGNORED.sub("", unescape(url))
    scheme = _SCHEME.match(bare)
    if scheme:
        return scheme[1].lower() in OWN_SCHEMES | OUTSIDE_SCHEMES
    # A colon before the first slash would be read as some scheme by somebody.
    return ":" not in re.split(r"[/?#]", bare, maxsplit=1)[0]


def resolve_links(html: str, resolve: Resolve | None) -> str:
    """Put addresses behind our own links in cleaned HTML; without one, leave marked text."""
    if 'href="template:' not in html and 'href="page:' not in html:
        return html
    return _OWN_LINK.sub(lambda found: _resolved(found, resolve), html)


def _resolved(found: re.Match[str], resolve: Resolve | None) -> str:
    before, target, after, label = found.groups()
    name, _, fragment = unescape(target).partition("#")
    address = resolve(name) if resolve else None
    if address is None or not is_allowed(address) or _own(address):
        return f'<span class="broken-link">{label}</span>'
    if fragment:
        address += "#" + ANCHOR_PREFIX + slug(fragment)
    return f'<a{before} href="{escape(address)}"{after}>{label}</a>'


def _own(address: str) -> bool:
    scheme = _SCHEME.match(address)
    return bool(scheme and scheme[1].lower() in OWN_SCHEMES)


def _mark(state: StateCore) -> None:
    for block in state.tokens:
        if block.type == "inline" and block.children:
            block.children = _marked(block.children)


def _marked(children: list[Token]) -> list[Token]:
    within_link = 0
    marked: list[Token] = []
    for token in children:
        within_link += token.nesting if token.type in {"link_open", "link_close"} else 0
        if token.type == "link_open":
            _mark_link(token)
        if token.type == "image" and _OUTSIDE.match(str(token.attrs.get("src", ""))):
            marked.extend(_as_link(token, within_link > 0))
        else:
            if token.type == "image":
                token.attrs["loading"] = "lazy"
            marked.append(token)
    return marked


def _mark_link(token: Token) -> None:
    href = str(token.attrs.get("href", ""))
    if href.startswith("#") and len(href) > 1:
        token.attrs["href"] = "#" + ANCHOR_PREFIX + slug(href[1:])
    elif _OUTSIDE.match(href):
        token.attrs["rel"] = "noopener nofollow"


def _as_link(image: Token, within_link: bool) -> list[Token]:
    address = str(image.attrs["src"])
    text = Token("text", "", 0, content=image.content or address)
    if within_link:
        return [text]
    opening = Token("link_open", "a", 1, attrs={"href": address, "rel": "noopener nofollow"})
    return [opening, text, Token("link_close", "a", -1)]
