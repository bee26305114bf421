"""A review as a calendar entry (RFC 5545), as calendars take it out of a mail (RFC 5546)."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from portal.settings import Settings


def entry(
    facts: Mapping[str, Any], settings: Settings, *, at: datetime, to: str = "", name: str = ""
) -> bytes:
    """The entry of `facts` (see `analytics.invitations.entry`), written `at`.

    With a person in it (`to`, `name`) it asks them to the review, or calls that off; without one it
    is only published. Answers are not awaited, for nobody reads the portal's own mail.
    """
    from icalendar import Calendar, Event, vCalAddress

    begins = datetime.fromisoformat(facts["starts_at"]).astimezone(UTC)
    event = Event()
    event.add("uid", f"{facts['uid']}@pmo-portal")
    event.add("sequence", facts["sequence"])
    event.add("dtstamp", at.astimezone(UTC))
    event.add("dtstart", begins)
    event.add("dtend", begins + timedelta(minutes=facts["minutes"]))
    event.add("summary", facts["title"])
    if facts["place"]:
        event.add("location", facts["place"])
    link = settings.address + facts["path"]
    event.add("description", link)
    event.add("url", link)
    event.add("status", "CANCELLED" if facts["cancelled"] else "CONFIRMED")
    if to:
        event.add("organizer", vCalAddress(f"mailto:{settings.mail_from}"))
        guest = vCalAddress(f"mailto:{to}")
        guest.params["CN"], guest.params["RSVP"], guest.params["ROLE"] = (
            name,
            "FALSE",
            "REQ-PARTICIPANT",
        )
        event.add("attendee", guest)
    calendar = Calendar()
    calendar.add("prodid", "-//PMO Portal//Reviews//EN")
    calendar.add("version", "2.0")
    calendar.add("method", method_of(facts) if to else "PUBLISH")
    calendar.add_component(event)
    made = calendar.to_ical()
    assert isinstance(made, bytes)
    return made


def method_of(facts: Mapping[str, Any]) -> str:
    """What a mail with the entry asks of a calendar."""
    return "CANCEL" if facts["cancelled"] else "REQUEST"
