"""What people are told by mail about a review: that it is on, moved or off, and its minutes.

Each mail is a job in the unit of work of what it tells. It carries the calendar entry as facts; the
worker writes the entry itself. Its number (`sequence`) grows with each change, so that a calendar
knows which of two mails is the newer (RFC 5545, 3.8.7.4).
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Literal

from sqlalchemy.orm import Session

from analytics.review_models import Outcome, Review, ReviewItem, ReviewState
from content import jobs
from content.models import Person
from content.types import Actor

Said = Literal["invited", "moved", "cancelled"]
DECIDED = {Outcome.adopt: "adopted", Outcome.defer: "put off", Outcome.reject: "rejected"}


def tell(
    session: Session, review: Review, people: Iterable[Person], said: Said, *, by: Actor,
    at: datetime,
) -> None:  # fmt: skip
    """Mail what became of the review, with the calendar entry that says the same."""
    for person in people:
        payload = {
            "template": "review", "to": person.email, "name": person.name, "said": said,
            "title": review.title, "begins": f"{review.starts_at:%d %B %Y, %H:%M} UTC",
            "minutes": review.minutes, "place": review.place, "path": f"/reviews/{review.id}",
            "themes": [item.known["title"] for item in review.items],
            "calendar": entry(review, cancelled=said == "cancelled"),
        }  # fmt: skip
        jobs.enqueue(session, "mail", payload, by=by, at=at)


def entry(review: Review, *, cancelled: bool | None = None) -> Mapping[str, Any]:
    """The facts of the calendar entry."""
    if cancelled is None:
        cancelled = review.state is ReviewState.cancelled
    return {
        "uid": f"review-{review.id}-{review.created_at:%Y%m%d%H%M%S}",
        "sequence": review.sequence, "cancelled": cancelled, "title": review.title,
        "starts_at": review.starts_at.isoformat(), "minutes": review.minutes,
        "place": review.place, "path": f"/reviews/{review.id}",
    }  # fmt: skip


def send_minutes(session: Session, review: Review, *, by: Actor, at: datetime) -> None:
    """Mail what was decided to all who were invited."""
    decided = [_decided(item) for item in review.items]
    for row in review.people:
        payload = {
            "template": "minutes", "to": row.person.email, "name": row.person.name,
            "title": review.title, "summary": review.summary, "decided": decided,
            "path": f"/reviews/{review.id}",
        }  # fmt: skip
        jobs.enqueue(session, "mail", payload, by=by, at=at)


def _decided(item: ReviewItem) -> str:
    return (
        f"{item.known['title']}: {DECIDED[item.outcome] if item.outcome else 'not decided'}"
        + (f" until {item.defer_until:%d %B %Y}" if item.defer_until else "")
        + (f" ({item.reason})" if item.reason else "")
    )
