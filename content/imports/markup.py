"""Stray HTML and odd white space in cells, turned into plain text.

Only known tags count: `<5 V` and `<name>` stay as written.
"""

import html
import re

_TAGS = (
    "p|br|div|span|li|ul|ol|dl|dt|dd|table|thead|tbody|tfoot|tr|td|th|caption|b|i|u|s|em|strong|a|"
    "font|sub|sup|h[1-6]|hr|img|blockquote|pre|code|center|tt|small|big|o:p|section|article|html|"
    "body|head|meta|link|title|nobr|wbr|abbr|cite|q|del|ins|strike|input|form|label|button|iframe"
)
_TAG = re.compile(rf"<(/?)({_TAGS})(?=[\s/>])([^<>]{{0,2000}})>", re.IGNORECASE)
_HIDDEN = re.compile(r"<(script|style)\b[^<>]{0,500}>|<!--", re.IGNORECASE)
_LINK = re.compile(r"<a\b([^<>]{0,2000})>((?:[^<]|<(?!/?a\b)){0,2000})</a\s{0,9}>", re.IGNORECASE)
_HREF = re.compile(r"""\bhref\s*=\s*["'”“]?((?:https?|ftp|mailto):[^\s"'”“>]+)""", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")
_LINES = {"p", "br", "div", "tr", "ul", "ol", "table", "hr", "blockquote", "pre", "dl", "dt", "dd"}
_HEADING = re.compile(r"h[1-6]")
_SPACES = re.compile(r"[ \t\f\v\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]+")
_INVISIBLE = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")


def without_markup(text: str) -> tuple[str, bool]:
    """Return `text` without tags and entities, and whether there were any."""
    plain = text
    if "<" in plain:
        plain = _without_hidden(plain)
        plain = _with_addresses(plain)
        plain = _TAG.sub(_replacement, plain)
    # Entities are often escaped twice on their way ("&amp;nbsp;").
    for _ in range(2):
        if "&" in plain:
            plain = _ENTITY.sub(lambda found: html.unescape(found[0]), plain)
    return plain, plain != text


def tidy(text: str) -> str:
    """Return `text` with single spaces, at most one empty line, and no invisible characters."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n")
    text = _INVISIBLE.sub("", _CONTROL.sub("", text.replace("\u2029", "\n\n").replace("\x85", "…")))
    lines = [_SPACES.sub(" ", line).strip() for line in text.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def one_line(text: str) -> str:
    """Return `text` on one line."""
    return " ".join(tidy(text).split())


def _replacement(found: re.Match[str]) -> str:
    closing, name = bool(found[1]), found[2].lower()
    if name == "li":
        return "" if closing else "\n- "
    if name in {"td", "th"}:
        return " " if closing else ""
    return "\n" if name in _LINES or _HEADING.fullmatch(name) else ""


def _with_addresses(text: str) -> str:
    """Write the address of each link behind its text, unless the text is the address."""

    def spelt(found: re.Match[str]) -> str:
        address = _HREF.search(found[1])
        label = found[2]
        if not address or address[1].rstrip("/") in label:
            return label
        return f"{label} ({html.unescape(address[1])})"

    return _LINK.sub(spelt, text)


def _without_hidden(text: str) -> str:
    """Drop scripts, styles and comments; one that never ends is left as it is."""
    lower = text.lower()
    if len(lower) != len(text):
        # A few capitals are longer in lower case; places would not fit.
        lower = text
    kept: list[str] = []
    position = 0
    for found in _HIDDEN.finditer(text):
        if found.start() < position:
            continue
        closing = f"</{found[1].lower()}" if found[1] else "--"
        end = lower.find(closing, found.end())
        end = lower.find(">", end) if end >= 0 else -1
        if end < 0:
            # Without its end here there is none further on: stop, or the search is quadratic.
            break
        kept.append(text[position : found.start()])
        position = end + 1
    return "".join(kept) + text[position:]
