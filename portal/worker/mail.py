"""Mails: a text template each, to the console (the worker's own output) or to a mail server.

The link in a mail is a secret, so the job forgets its payload once the mail is out.
"""

import smtplib
import sys
from collections.abc import Mapping
from email.message import EmailMessage
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from content import jobs
from content.db import now
from portal import calendars, template_folder
from portal.settings import Settings
from portal.worker.task import Task

# Seconds to wait for the mail server at each step.
PATIENCE = 20


def send_mail(task: Task) -> dict[str, object]:
    """Send the mail that the payload describes."""
    payload = dict(task.payload)
    if not payload:
        return {"already": "sent"}  # sent by a worker that died before it marked the job
    settings = task.runtime.settings
    deliver(compose(settings, payload), settings)
    with task.runtime.database.writing() as session:
        jobs.get(session, task.job_id).payload = {}
    return {}


def compose(settings: Settings, payload: Mapping[str, Any]) -> EmailMessage:
    """The message; the first line of the template is the subject.

    With the facts of a `calendar` entry it carries that entry, twice: as another form of the text,
    which mail programs offer to take over, and as a file, for those that do not.
    """
    pages = Environment(  # noqa: S701  (plain text, so nothing to escape)
        loader=FileSystemLoader(template_folder() / "email"), undefined=StrictUndefined
    )
    template = pages.get_template(f"{payload['template']}.txt")
    text = template.render(**payload, address=settings.address, organisation=_name(settings))
    subject, _, body = text.partition("\n")
    message = EmailMessage()
    message["Subject"] = subject.strip()
    message["From"] = settings.mail_from
    message["To"] = payload["to"]
    message.set_content(body.strip() + "\n")
    if payload.get("calendar"):
        _add_entry(message, settings, payload)
    return message


def _add_entry(message: EmailMessage, settings: Settings, payload: Mapping[str, Any]) -> None:
    facts = payload["calendar"]
    entry = calendars.entry(facts, settings, at=now(), to=payload["to"], name=payload["name"])
    method = calendars.method_of(facts)
    message.add_alternative(
        entry.decode(), subtype="calendar", params={"method": method}, cte="base64"
    )
    named = {"method": method, "charset": "utf-8"}
    message.add_attachment(
        entry, maintype="text", subtype="calendar", filename="review.ics", params=named
    )


def _name(settings: Settings) -> str:
    return settings.organisation or "PMO Portal"


def deliver(message: EmailMessage, settings: Settings) -> None:
    """Print the message, or hand it to the mail server."""
    if settings.mail != "smtp":
        shown = f"----- mail -----\n{_read(message)}\n----- end of mail -----"
        print(shown, file=sys.stderr, flush=True)
        return
    with smtplib.SMTP(settings.smtp_host, settings.smtp_port, timeout=PATIENCE) as server:
        if settings.smtp_tls:
            server.starttls()
        if settings.smtp_user:
            server.login(settings.smtp_user, settings.smtp_password)
        server.send_message(message)


def _read(message: EmailMessage) -> str:
    """The message as a person reads it: on its way a name with an accent turns all into signs."""
    lines = [f"{name}: {message[name]}" for name in ("From", "To", "Subject")]
    text = message.get_body(("plain",))
    assert text is not None  # every mail has one
    lines += ["", text.get_content().strip()]
    lines += [f"[attached: {part.get_filename()}]" for part in message.iter_attachments()]
    return "\n".join(lines)
