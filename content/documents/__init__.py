"""Office files: what they are, whether they may come in, what is written in them.

`inspect` looks at the bytes before any library opens them and raises `Refused` with the reason:
a name that lies, macros, links that fetch, bombs, passwords, damage. What it lets through can be
opened by `text_of` (for the index) and `outline` (for a preview page). Nothing here changes a
file, runs anything in it, or fetches anything.
"""

from content.documents.formats import FORMATS, Format, Inspected
from content.documents.inspection import DEFAULT_MAX_BYTES, inspect
from content.documents.names import safe_name
from content.documents.outline import Block, Outline, Part, outline
from content.documents.text import Passage, text_of

__all__ = [
    "DEFAULT_MAX_BYTES",
    "FORMATS",
    "Block",
    "Format",
    "Inspected",
    "Outline",
    "Part",
    "Passage",
    "inspect",
    "outline",
    "safe_name",
    "text_of",
]
