"""The sample organisation: whole, of the promised size, and each text written for itself."""

import re
from collections import Counter, defaultdict
from itertools import pairwise

from sqlalchemy import func, select

from content.markdown import render
from content.models import (
    Issue,
    Lesson,
    Page,
    PageRevision,
    Project,
    ProjectState,
    RevisionState,
    Template,
)
from content.starter.load import load_library
from content.types import Role
from portal.runtime import Runtime
from portal.views.playbooks import address
from tests.builders import NOW, Builders

# Words in a row that two texts may share by chance and by common phrase, and no more.
RUN = 12


def test_it_has_the_promised_size(sample: Runtime) -> None:
    with sample.database.reading() as session:
        count = lambda table, *where: session.scalar(  # noqa: E731
            select(func.count()).select_from(table).where(*where)
        )
        assert count(Project) == 40
        assert count(Project, Project.state == ProjectState.closed) == 34
        assert count(Lesson) >= 300
        assert count(Issue) >= 250
        assert count(Template) == 14
        assert count(Page) >= 24
        departments = session.scalars(select(Project.department_id).distinct()).all()
        assert len(departments) == 6
        for column in (Project.type, Project.size, Project.method, Project.outcome):
            assert len(session.scalars(select(column).distinct()).all()) >= 3


def test_no_text_is_made_from_another(sample: Runtime) -> None:
    with sample.database.reading() as session:
        texts = {
            row.external_id: " ".join(
                (row.headline, row.driving_event, row.cause, row.effect, row.lesson,
                 row.recommendation)
            )
            for row in session.scalars(select(Lesson))
        }  # fmt: skip
        texts |= {
            row.external_id: f"{row.title} {row.description} {row.resolution}"
            for row in session.scalars(select(Issue))
        }
    owners = defaultdict(set)
    for name, text in texts.items():
        words = re.findall(r"\w+", text.lower())
        for start in range(len(words) - RUN + 1):
            owners[tuple(words[start : start + RUN])].add(name)
    shared = {run: names for run, names in owners.items() if len(names) > 1}
    assert shared == {}


def test_openings_vary(sample: Runtime) -> None:
    with sample.database.reading() as session:
        headlines = session.scalars(select(Lesson.headline)).all()
    openings = Counter(" ".join(headline.split()[:3]).lower() for headline in headlines)
    assert openings.most_common(1)[0][1] <= 6


def test_playbooks_are_of_useful_length_and_their_links_lead_somewhere(
    sample: Runtime, app: object
) -> None:
    with sample.database.reading() as session, app.test_request_context():  # type: ignore[attr-defined]
        pages = {f"{page.playbook.slug}/{page.slug}" for page in session.scalars(select(Page))}
        templates = set(session.scalars(select(Template.slug)))
        rows = session.scalars(
            select(PageRevision).where(PageRevision.state == RevisionState.published)
        ).all()
        for row in rows:
            targets = re.findall(r"\]\((page|template):([^)#]+)", row.source)
            for kind, target in targets:
                assert target in (pages if kind == "page" else templates), (row.title, target)
            text = render(row.source, resolve=address)
            assert text.words > 500, row.title
            assert "broken-link" not in text.html
        assert sum("<table" in render(row.source).html for row in rows) >= len(rows) / 2


def test_histories_are_in_order_and_nobody_approved_their_own(sample: Runtime) -> None:
    from content import activity

    with sample.database.reading() as session:
        for lesson in session.scalars(select(Lesson).limit(40)):
            log = activity.of(session, "lesson", lesson.id)[::-1]
            assert all(one.at <= other.at for one, other in pairwise(log))
            assert [row.to_state for row in log if row.to_state][-1] == lesson.state.value
            for row in log:
                if row.verb == "publish":
                    assert row.actor_id != lesson.author_id


def test_the_library_alone_belongs_to_the_administrator(portal: Runtime, make: Builders) -> None:
    owner = make.person(Role.admin)
    with portal.database.writing() as session:
        load_library(session, portal.files, owner=owner, at=NOW)
    with portal.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Template)) == 14
        assert session.scalar(select(func.count()).select_from(Project)) == 0
        assert set(session.scalars(select(Template.owner_id))) == {owner.id}
