"""File names that every system takes and nobody can misuse."""

import re
import unicodedata

from content.documents.formats import FORMATS

# Characters before the extension; Windows allows 255 for the whole, archives and mail less.
MAX_NAME = 100

_UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*;\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]+')
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\.|$)", re.IGNORECASE)


def safe_name(title: str, format: str) -> str:
    """Return the name under which a file titled `title` is downloaded."""
    name = _UNSAFE.sub(" ", unicodedata.normalize("NFC", title))
    name = "".join(character for character in name if unicodedata.category(character)[0] != "C")
    name = " ".join(name.split())[:MAX_NAME].strip(" .~-")
    extension = FORMATS[format].name if format in FORMATS else "bin"
    name = re.sub(rf"(?i)(\.{extension})+$", "", name).strip(" .")
    if not name or _RESERVED.match(name):
        name = f"File {name}".strip()
    return f"{name}.{extension}"
