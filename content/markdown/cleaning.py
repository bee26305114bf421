"""The last wall: an allow-list of tags, attributes and addresses over the finished HTML.

The parser writes nothing active already; this holds even if one of its many parts errs. No
style, no script, no handler, no form but a disabled check box, no address but http(s), mail and
our own.
"""

import re

import nh3

from content.markdown.links import OUTSIDE_SCHEMES, OWN_SCHEMES
from content.markdown.math import ATTRIBUTES as MATH_ATTRIBUTES
from content.markdown.math import ELEMENTS as MATH_ELEMENTS

_NAMES = (
    "a blockquote br code dd del details div dl dt em h2 h3 h4 h5 h6 hr img input li ol p pre s "
    "section span strong summary sup table tbody td th thead tr ul"
)
_TAGS = frozenset(_NAMES.split())
_ATTRIBUTES = {
    "a": {"href", "title", "rel", "class", "id", "aria-label"},
    "img": {"src", "alt", "title"},
    "ol": {"start", "class"},
    "details": {"open", "class"},
    "input": {"disabled", "checked", "aria-label", "class"},
    "div": {"class", "aria-label"},
    "li": {"class", "id"},
    **{f"h{level}": {"id"} for level in range(2, 7)},
    **{tag: {"class"} for tag in ("p", "span", "section", "summary", "sup", "hr", "ul", "table")},
    **{tag: set(MATH_ATTRIBUTES) for tag in MATH_ELEMENTS},
}
_VALUES = {
    "input": {"type": {"checkbox"}},
    "img": {"loading": {"lazy"}},
    "div": {"role": {"note", "region"}, "tabindex": {"0"}},
    "pre": {"tabindex": {"0"}, "class": {"highlight"}},
    "th": {"scope": {"col"}, "class": {"text-start", "text-center", "text-end"}},
    "td": {"class": {"text-start", "text-center", "text-end"}},
}
# Pygments' classes are one to three characters; the others are written by this package.
_CLASS = re.compile(
    r"[a-z]{1,2}[a-z0-9]?|math|inline|block|table(-responsive)?|callout(-[a-z]+)?|"
    r"footnotes?(-[a-z]+)?|(contains-)?task-list(-item)?|form-check-input"
)


def _kept(tag: str, attribute: str, value: str) -> str | None:
    if attribute == "class" and tag not in {"th", "td", "pre"}:
        return " ".join(name for name in value.split() if _CLASS.fullmatch(name)) or None
    return value


_CLEANER = nh3.Cleaner(
    tags=set(_TAGS | MATH_ELEMENTS),
    clean_content_tags={"script", "style"},
    attributes=_ATTRIBUTES,
    attribute_filter=_kept,
    tag_attribute_values=_VALUES,
    url_schemes=set(OUTSIDE_SCHEMES | OWN_SCHEMES),
    link_rel=None,
)


def clean(html: str) -> str:
    """Return `html` with everything taken away that is not on the list."""
    return _CLEANER.clean(html)
