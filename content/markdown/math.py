"""Formulas: LaTeX between dollar signs becomes MathML; what cannot be read stays as code.

The converter's own text form leaves angle brackets unescaped and passes `href`, `style` and
`class` on, so its tree is walked and written here instead.
"""

from html import escape, unescape
from typing import Any
from xml.etree.ElementTree import Element

from latex2mathml.converter import convert_to_element

# Characters of one formula, and braces within braces: the converter is recursive and slow.
MAX_FORMULA = 1_000
MAX_BRACES = 20

_ELEMENT_NAMES = (
    "math mrow mi mn mo ms mtext mspace msup msub msubsup mfrac msqrt mroot mover munder "
    "munderover mtable mtr mtd mstyle mpadded mphantom menclose"
)
ELEMENTS = frozenset(_ELEMENT_NAMES.split())
_ATTRIBUTE_NAMES = (
    "display stretchy fence form separator accent accentunder linethickness mathvariant "
    "displaystyle scriptlevel columnalign rowspacing columnspacing columnlines rowlines notation "
    "width minsize maxsize lspace rspace largeop movablelimits"
)
ATTRIBUTES = frozenset(_ATTRIBUTE_NAMES.split())


def mathml(formula: str, options: dict[str, Any]) -> str:
    """Return `formula` as MathML, or as code when it cannot be read."""
    if len(formula) > MAX_FORMULA or _depth(formula) > MAX_BRACES:
        return f"<code>{escape(formula)}</code>"
    display = "block" if options.get("display_mode") else "inline"
    try:
        return _written(convert_to_element(formula, display=display))
    # The converter answers wrong input with whatever its walk runs into: StopIteration,
    # IndexError, KeyError and a dozen classes of its own without a common root.
    except Exception:
        return f"<code>{escape(formula)}</code>"


def _depth(formula: str) -> int:
    deepest = depth = 0
    for character in formula:
        depth += (character == "{") - (character == "}")
        deepest = max(deepest, depth)
    return max(deepest, formula.count("\\left"), formula.count("\\begin"))


def _written(element: Element) -> str:
    attributes = "".join(
        f' {name}="{escape(unescape(value))}"'
        for name, value in element.attrib.items()
        if name in ATTRIBUTES
    )
    inner = escape(unescape(element.text or "")) + "".join(map(_written, element))
    return f"<{element.tag}{attributes}>{inner}</{element.tag}>"
