"""Putting start packs together: the words are asked of search, the rest is `analytics/packs`."""

from collections.abc import Mapping, Sequence
from typing import Any

from analytics import packs
from content.access import EVERYBODY, scope_of
from content.db import now
from content.models import Project
from content.types import SYSTEM, Actor, Kind
from portal.runtime import Runtime
from search.engine import SearchRequest

# Lessons whose words are like the project's that are looked at.
LIKE_MOST = 200


def make(runtime: Runtime, project_id: int, *, by: Actor = SYSTEM) -> None:
    """Make or refresh a project's pack."""
    # Ranked while reading, so that nobody who writes waits for it.
    with runtime.database.reading() as session:
        project = packs.load(session, project_id)
        if project is None:
            return
        likeness = likeness_to(runtime, project, packs.reader_of(project, by))
        chosen = packs.choose(session, project, likeness, by=by, at=now())
    with runtime.database.writing() as session:
        project = packs.load(session, project_id)
        if project is not None:
            packs.keep(session, project, chosen, by=by, at=now())


def likeness_to(runtime: Runtime, project: Project, reader: Actor) -> dict[int, float]:
    """How like the words of lessons are to the project's own, for the likest of them.

    Other people see the pack, who read less than `reader`: how rare a word is tell texts alone that
    everybody reads, and the likest of these are among them however many others are liker still.
    """
    request = SearchRequest(kinds=(Kind.lesson,), limit=LIKE_MOST)
    text = f"{project.description}\n{project.objectives}"
    found = runtime.search.like_text_to(
        [scope_of(reader), EVERYBODY], text, request, headline=project.name, told=EVERYBODY
    )
    # A sanitised text stands for a lesson that this reader does not read whole.
    return {hit.id: hit.score for some in found for hit in some.findings if not hit.variant}


def make_waiting(runtime: Runtime, payloads: Sequence[Mapping[str, Any]]) -> None:
    """The job that makes the packs of the named projects."""
    runtime.search.catch_up()
    for project_id in sorted({int(payload["project"]) for payload in payloads}):
        make(runtime, project_id)


def follow(runtime: Runtime, _payloads: Sequence[Mapping[str, Any]]) -> None:
    """The job after lessons were published: rank the packs of open projects anew.

    However many lessons were published, once: what fits a project comes into its pack.
    """
    with runtime.database.reading() as session:
        wanted = packs.with_pack(session)
    runtime.search.catch_up()
    for project_id in wanted:
        make(runtime, project_id)
