"""A review on paper and in the calendar: its pack or minutes, and its entry as iCalendar."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, BinaryIO

from analytics.review_models import Action, Review, ReviewState
from analytics.reviews import Tally
from content.exports import printable


def write_docx(
    review: Review, tallies: Mapping[int, Tally], actions: Sequence[Action], target: BinaryIO
) -> None:
    """Write the agenda with what is known of each theme; after the review with what it decided."""
    from docx import Document
    from docx.shared import Pt

    document: Any = Document()
    document.core_properties.title = review.title
    document.styles["Normal"].font.name = "Calibri"
    document.styles["Normal"].font.size = Pt(11)
    over = review.state is ReviewState.closed
    document.add_heading(f"{'Minutes' if over else 'Agenda'}: {review.title}", 0)
    where = f", {review.place}" if review.place else ""
    document.add_paragraph(f"{review.starts_at:%d %B %Y, %H:%M} UTC{where}")
    document.add_paragraph("People: " + ", ".join(row.person.name for row in review.people))
    if review.summary:
        document.add_paragraph(printable(review.summary))
    _table(document, review, tallies)
    for item in review.items:
        _item(document, item, [row for row in actions if row.item_id == item.id])
    document.save(target)


def _table(document: Any, review: Review, tallies: Mapping[int, Tally]) -> None:
    table = document.add_table(rows=1, cols=4)
    table.style = "Light Grid Accent 1"
    for cell, title in zip(
        table.rows[0].cells, ("Theme", "Closed projects hit", "Points", "Decision"), strict=True
    ):
        cell.text = title
    for item in review.items:
        known = item.known
        for cell, text in zip(
            table.add_row().cells,
            (
                known["title"], f"{known['hit']} of {known['projects']} ({known['verdict']})",
                str(tallies[item.id].points), _decision(item),
            ),
            strict=True,
        ):  # fmt: skip
            cell.text = printable(text)


def _decision(item: Any) -> str:
    if item.outcome is None:
        return "open"
    until = f" until {item.defer_until:%d %B %Y}" if item.defer_until else ""
    return f"{item.outcome}{until}"


def _item(document: Any, item: Any, actions: Sequence[Action]) -> None:
    document.add_heading(f"{item.position}. {printable(item.known['title'])}", 2)
    for title, text in (("Notes", item.notes), ("Reason", item.reason)):
        if text:
            paragraph = document.add_paragraph()
            paragraph.add_run(f"{title}: ").bold = True
            paragraph.add_run(printable(text))
    for action in actions:
        owner = action.owner.name if action.owner else "nobody"
        due = f", until {action.due_on:%d %B %Y}" if action.due_on else ""
        document.add_paragraph(f"{printable(action.title)}: {owner}{due}", style="List Bullet")


def calendar(review: Review, link: str, *, at: datetime) -> str:
    """The review as an iCalendar entry (RFC 5545): lines folded at 75 octets, text escaped."""
    ends = review.starts_at + timedelta(minutes=review.minutes)
    lines = [
        "BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//PMO Portal//Reviews//EN", "BEGIN:VEVENT",
        f"UID:review-{review.id}@pmo-portal", f"DTSTAMP:{at:%Y%m%dT%H%M%SZ}",
        f"DTSTART:{review.starts_at:%Y%m%dT%H%M%SZ}", f"DTEND:{ends:%Y%m%dT%H%M%SZ}",
        f"SUMMARY:{_escaped(review.title)}", f"LOCATION:{_escaped(review.place)}",
        f"DESCRIPTION:{_escaped(link)}", f"URL:{link}",
        f"STATUS:{'CANCELLED' if review.state is ReviewState.cancelled else 'CONFIRMED'}",
        "END:VEVENT", "END:VCALENDAR",
    ]  # fmt: skip
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _escaped(text: str) -> str:
    for mark, written in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\n", "\\n")):
        text = text.replace(mark, written)
    return text.replace("\r", "")


def _folded(line: str) -> str:
    parts, part = [], b""
    for letter in line:
        octets = letter.encode()
        if len(part) + len(octets) > 74:
            parts.append(part.decode())
            part = b""
        part += octets
    return "\r\n ".join([*parts, part.decode()])
