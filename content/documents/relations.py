"""The relations of an Office Open XML package: what it links to outside itself.

Plain hyperlinks are fine. Everything else that points outside is fetched when the file is
opened: attached templates, linked objects, pictures, workbooks, frames.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import fromstring

from content.documents.archive import Archive
from content.errors import Refused

_WHAT = {
    "attachedTemplate": "takes its template",
    "oleObject": "shows a linked object",
    "image": "shows a picture",
    "externalLinkPath": "takes cell values",
    "frame": "shows a frame",
    "video": "plays a video",
    "audio": "plays a sound",
    "media": "plays a medium",
    "subDocument": "takes a sub-document",
}
_ACTIVE = re.compile(r"\s*(javascript|vbscript|data|ms-[a-z\-]+|search-ms|shell):", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Relation:
    """One arrow from a part of the package to another part or outside."""

    source: str
    kind: str
    target: str
    external: bool


def relations(archive: Archive) -> Iterator[Relation]:
    """Return every relation of every part."""
    for name in archive.names:
        if name.endswith(".rels"):
            root: Element = fromstring(archive.read(name), forbid_dtd=True)
            for item in root:
                yield Relation(
                    name,
                    item.get("Type", "").rsplit("/", 1)[-1],
                    item.get("Target", ""),
                    item.get("TargetMode", "").lower() == "external",
                )


def check_external(relation: Relation) -> None:
    """Raise `Refused` when `relation` fetches or runs something outside the file."""
    if not relation.external:
        return
    shown = relation.target[:120]
    if relation.kind != "hyperlink":
        what = _WHAT.get(relation.kind, f"uses {relation.kind or 'something'}")
        raise Refused(
            f"The file {what} from outside itself ({shown}), which is fetched whenever somebody "
            "opens it. Embed it or break the link (File > Info > Edit links to files), then "
            "upload again."
        )
    if _ACTIVE.match(relation.target):
        raise Refused(f"The file holds a link that runs a program ({shown}). Remove the link.")
