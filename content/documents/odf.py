"""OpenDocument files: which one it is, and that nothing in it runs or fetches."""

import re
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import fromstring

from content.documents.archive import Archive
from content.errors import Refused

_TYPE = "application/vnd.oasis.opendocument."
_FORMATS = {"text": "odt", "spreadsheet": "ods", "presentation": "odp", "graphics": "odg"}
_MACROS = re.compile(r"(^|/)(Basic|Scripts)/.", re.IGNORECASE)
_HREF = "{http://www.w3.org/1999/xlink}href"
_OUTSIDE = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:|//|\.\./|/")
_ACTIVE = re.compile(r"\s*(javascript|vbscript|data|macro|vnd\.sun\.star\.[a-z]+):", re.IGNORECASE)


def format_of(archive: Archive) -> str:
    """Return odt, ods, odp or odg by the archive's own declaration."""
    declared = archive.read("mimetype").decode("ascii", "replace").strip()
    kind = declared.removeprefix(_TYPE)
    if kind in _FORMATS:
        return _FORMATS[kind]
    raise Refused(f"OpenDocument files of this kind are not taken ({declared[:60]}).")


def check_odf(archive: Archive) -> None:
    """Raise `Refused` when something in the file runs, fetches or needs a password."""
    if b"encryption-data" in archive.read("META-INF/manifest.xml"):
        raise Refused("The file is protected by a password. Remove it and upload again.")
    if any(_MACROS.search(name) for name in archive.names):
        raise Refused("The file contains macros. Remove them (Tools > Macros) and upload again.")
    for name in archive.names:
        if name.rsplit("/", 1)[-1] in {"content.xml", "styles.xml"}:
            root: Element = fromstring(archive.read(name), forbid_dtd=True)
            for element in root.iter():
                _check_element(element)


def _check_element(element: Element) -> None:
    kind = element.tag.rsplit("}", 1)[-1]
    address = element.get(_HREF, "")
    if kind in {"event-listener", "dde-source", "dde-connection-decl", "applet", "plugin"}:
        raise Refused(f"The file holds something that runs when it is opened ({kind}). Remove it.")
    if _ACTIVE.match(address):
        raise Refused(f"The file holds a link that runs something ({address[:120]}). Remove it.")
    if kind != "a" and _OUTSIDE.match(address):
        raise Refused(
            f"The file takes a part from outside itself ({address[:120]}). Embed it or break the "
            "link (Edit > Links), then upload again."
        )
