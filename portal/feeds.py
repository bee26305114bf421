"""Atom feeds: who a feed address belongs to, and the feed itself (RFC 4287)."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from xml.etree import ElementTree as ET

from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy.orm import Session

from content import following
from content.exports import printable
from content.models import Person
from content.types import Actor, Document
from portal.findings import url_of

NAMESPACE = "http://www.w3.org/2005/Atom"
ENTRIES_MOST = 50
# Characters of an entry's summary.
SUMMARY_MOST = 600


def token(secret: str, person_id: int, nonce: str) -> str:
    """The part of a feed's address that says whose it is: signed, so that none can be guessed."""
    signed = _serializer(secret).dumps([person_id, nonce])
    return signed if isinstance(signed, str) else signed.decode("ascii")


def _serializer(secret: str) -> URLSafeSerializer:
    return URLSafeSerializer(secret, salt="feed")


def reader(session: Session, secret: str, text: str) -> Actor | None:
    """Whose feed it is; None for an address that is wrong, void, or of somebody who left."""
    try:
        person_id, nonce = _serializer(secret).loads(text)
    except (BadSignature, ValueError, TypeError):
        return None
    person = session.get(Person, person_id) if isinstance(person_id, int) else None
    if person is None or not person.active or following.nonce(session, person.id) != nonce:
        return None
    return person.as_actor()


def atom(
    title: str, address: str, own: str, documents: Sequence[Document], *, at: datetime
) -> bytes:
    """A feed of documents, published last first; `own` is its address, `address` the portal's."""
    documents = sorted(documents, key=_moment, reverse=True)
    ET.register_namespace("", NAMESPACE)
    feed = ET.Element(f"{{{NAMESPACE}}}feed")
    moments = [_moment(document) for document in documents]
    _add(feed, "title", title)
    _add(feed, "id", f"urn:sha256:{hashlib.sha256(own.encode()).hexdigest()}")
    _add(feed, "updated", max(moments, default=at).isoformat())
    ET.SubElement(feed, f"{{{NAMESPACE}}}link", rel="self", href=own)
    author = ET.SubElement(feed, f"{{{NAMESPACE}}}author")
    _add(author, "name", "PMO Portal")
    for document, moment in zip(documents, moments, strict=True):
        entry = ET.SubElement(feed, f"{{{NAMESPACE}}}entry")
        link = address + url_of(document)
        _add(entry, "title", document.title or "Restricted lesson")
        _add(entry, "id", link)
        _add(entry, "updated", moment.isoformat())
        ET.SubElement(entry, f"{{{NAMESPACE}}}link", href=link)
        _add(entry, "summary", _summary(document))
    found: bytes = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
    return found


def _add(parent: ET.Element, name: str, text: str) -> None:
    # No feed may hold what XML forbids, whatever was pasted into a lesson.
    ET.SubElement(parent, f"{{{NAMESPACE}}}{name}").text = printable(text)


def _moment(document: Document) -> datetime:
    if document.since is not None:
        return document.since
    return datetime.combine(document.day or date.min, time(), UTC)


def _summary(document: Document) -> str:
    texts = document.texts
    return (texts.get("recommendation") or next(iter(texts.values()), ""))[:SUMMARY_MOST]
