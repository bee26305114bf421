"""Every address that answers GET, filled, and the few posts that only read.

An address with an argument that nobody here knows how to fill fails the test, so that whoever adds
a page adds it to the walk.
"""

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import product
from typing import Any
from zipfile import ZipFile

import pytest
from pypdf import PdfReader
from sqlalchemy import select
from werkzeug.routing import Rule

from analytics.models import Theme
from content.models import Job
from portal.worker import daily
from portal.worker.mail import compose
from tests.builders import NOW
from tests.conftest import csrf_of
from tests.portal.surfaces.scene import STORY, TOPIC, Scene
from tests.portal.surfaces.table import EACH_KIND, LESSONS, asked, hints

# All that is asked for at once; pages that look for a part of a text take the beginning.
WORDS = "+".join(asked(row) for row in LESSONS)
QUERIES = (f"?q={WORDS}&text=qas&headline={WORDS}", f"?topic={TOPIC}")
# Lists with an argument in their address that take a query as well.
ASKED = ("exports.send", "feeds.found")
KEY = "x" * 20


@dataclass
class Walked:
    """What one person met: answers by address, mails among them."""

    answers: dict[str, tuple[int, str]] = field(default_factory=dict)

    def met(self, word: str, surface: str = "") -> list[str]:
        """The addresses, of one surface or of all, at which the word stood."""
        at = re.compile(surface)
        return [
            path for path, (_, body) in self.answers.items() if word in body and at.search(path)
        ]

    def status(self, path: str) -> int:
        return self.answers[path][0]


def walk(scene: Scene, who: str, only: str = "") -> Walked:
    """All that `who` can ask for, or what the pattern `only` names of it."""
    found, browser = Walked(), scene.browser(who)
    headers = {"Authorization": f"Bearer {scene.secret(who)}"} if who != "nobody" else {}
    for path in addresses(scene, who):
        if not re.search(only, path):
            continue
        extra = headers if path.startswith("/api/v1") else {}
        answer = browser.get(path, headers=extra, buffered=True)
        assert answer.status_code < 500 or path.startswith("/readyz"), path
        found.answers[path] = answer.status_code, body_of(answer)
    if who != "nobody":
        token = csrf_of(browser, "/search/like")
        for path, fields in READING_POSTS:
            answer = browser.post(path, data={"csrf_token": token, **fields})
            assert answer.status_code == 200, path
            found.answers[f"POST {path}"] = 200, body_of(answer)
    return found


def _event(row: str) -> str:
    """What somebody types who knows half of what a lesson says."""
    return f"{STORY} {hints(row)} happened."


READING_POSTS: Sequence[tuple[str, dict[str, str]]] = tuple(
    post
    for row in EACH_KIND
    for post in (
        (f"/search/like?{row}", {"text": _event(row)}),
        (
            f"/lessons/capture/{KEY}/beside?{row}",
            {"step": "event", "draft_version": "0", "driving_event": _event(row)},
        ),
    )
)


def addresses(scene: Scene, who: str) -> Iterator[str]:
    """Every address that answers GET, filled; lists with what is asked for."""
    for rule in scene.app.url_map.iter_rules():
        if "GET" not in (rule.methods or ()) or rule.endpoint == "assets.send":
            continue
        for path in filled(scene, who, rule):
            yield path
            if not rule.arguments or rule.endpoint in ASKED:
                yield from (path + query for query in QUERIES)
    yield from (
        f"/exports/lessons.csv?project={scene.project.id}",
        "/exports/lessons.csv?sort=headline",
    )
    yield f"/lessons/?project={scene.project.id}&sort=headline"
    for what in ("applications", "occurrences"):
        for lesson in scene.lessons.values():
            yield f"/exports/{what}.csv?lesson={lesson.id}"
    yield f"/exports/applications.csv?project={scene.project.id}"
    yield from (f"/exports/theme.csv?theme={theme}" for theme in _themes(scene))
    for row in EACH_KIND:
        yield from (f"/search/suggest?q={asked(row)[:-1]}", f"/palette?q={asked(row)}")


def filled(
    scene: Scene, who: str, rule: Rule, given: Mapping[str, Sequence[str]] | None = None
) -> Iterator[str]:
    """The addresses of a rule; `given` says what some of its arguments are."""
    names = sorted(rule.arguments)
    choices = ((given or {}).get(n) or _values(scene, who, n, rule.rule) for n in names)
    for values in product(*choices):
        path = rule.rule
        for name, value in zip(names, values, strict=True):
            path = re.sub(rf"<(?:[^<>]*:)?{name}>", value, path)
        yield path


def _values(scene: Scene, who: str, name: str, rule: str) -> Sequence[str]:
    choices = re.search(rf"<any\(([^)]*)\):{name}>", rule)
    if choices:
        return [part.strip("'") for part in choices[1].split(",")]
    known = {
        "lesson_id": [str(row.id) for row in scene.lessons.values()] + ["999999"],
        "code": [scene.project.code, *(project.code for project in scene.own.values())],
        "issue_id": [str(scene.issue.id)], "project_id": [str(scene.project.id)],
        "theme_id": _themes(scene), "book": ["lifecycle"], "slug": ["gates"], "number": ["1"],
        "key": [KEY], "version": ["x"], "token": [scene.feed(who)] if who != "nobody" else ["x"],
    }  # fmt: skip
    if name in known:
        return known[name]
    if f"<int:{name}>" in rule:
        return ["1", "2"]  # whatever else is numbered: the first ones, guessed
    pytest.fail(f"nobody knows how to fill <{name}> of {rule}")


def _themes(scene: Scene) -> list[str]:
    with scene.portal.database.reading() as session:
        return [str(number) for number in session.scalars(select(Theme.id).order_by(Theme.id))]


def body_of(answer: Any) -> str:
    """The words of an answer, also inside office files and PDF."""
    return _words(answer.data)


def _words(data: bytes) -> str:
    if data[:2] == b"PK":  # the workbook behind a chart is an office file in an office file
        with ZipFile(io.BytesIO(data)) as archive:
            return "".join(_words(archive.read(name)) for name in archive.namelist())
    if data[:5] == b"%PDF-":
        return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages).lower()
    return data.decode("utf-8", "replace").lower()


# What differs from one look to the next: tokens of forms, keys of drafts, and the hour.
_EACH_TIME = re.compile(
    r'name="csrf_token"[^>]*value="[^"]*"|capture/[\w-]{24}/|\d\d:\d\d utc'
    r"|dtstamp:\d{8}t\d{6}z|\d{4}-\d\d-\d\dt\d\d:\d\d:\d\d[.\d]*(z|\+00:00)?"
)


def lasting(body: str) -> str:
    """An answer without what differs from one look to the next."""
    return _EACH_TIME.sub("", body)


def mails(scene: Scene) -> dict[str, str]:
    """What the day's mails say, to each address, as they are sent."""
    at = NOW + timedelta(days=2)
    told = (daily.tell_subscribers, daily.tell_followers, daily.tell_managers, daily.tell_reviewers)
    for tell in told:
        tell(scene.portal, at)
    found: dict[str, str] = {}
    with scene.portal.database.reading() as session:
        for row in session.scalars(select(Job).where(Job.kind == "mail")):
            if row.payload:
                message = compose(scene.portal.settings, row.payload)
                to = row.payload["to"]
                text = f"{message['Subject']} {message.get_content()}".lower()
                found[to] = found.get(to, "") + text
    return found
