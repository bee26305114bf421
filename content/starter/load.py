"""Loading what the portal ships into an empty database: the sample organisation, or its library.

The files beside this module are the truth; here they only become rows, by direct construction
where history is being told (dates in the past, decisions made), always in one unit of work.
"""

import tomllib
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from importlib.resources.abc import Traversable
from typing import Any

from sqlalchemy.orm import Session

from content import activity, passages, people
from content import files as stored
from content.files import FileStore
from content.lesson_texts import snapshot
from content.models import (
    PUBLIC_STATES,
    Department,
    Issue,
    IssueStatus,
    Lesson,
    LessonRevision,
    LessonState,
    LessonTopic,
    Page,
    PageRevision,
    Person,
    Phase,
    Playbook,
    Project,
    ProjectPhase,
    ProjectState,
    RevisionState,
    Template,
    TemplateVersion,
)
from content.starter.source import STARTER, moment, toml, toml_files
from content.starter.use import load_applications, load_searches, load_workshops
from content.types import DEMO_PASSWORD, SYSTEM, Actor, Role

MEDIA_TYPES = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}
People = Mapping[str, Person]


def load_organisation(session: Session, store: FileStore, *, at: datetime) -> dict[str, int]:
    """The whole sample organisation; answers how much of everything there is."""
    found = _people(session, at)
    session.flush()
    projects = [_project(session, text, found, at) for text in toml_files("projects")]
    pages, templates = _library(session, store, found)
    session.flush()
    answers = load_applications(session)
    load_searches(session, at)
    load_workshops(session, at)
    return {
        "people": len(found),
        "projects": len(projects),
        "lessons": sum(lessons for lessons, _ in projects),
        "issues": sum(issues for _, issues in projects),
        "playbook pages": pages,
        "templates": templates,
        "answers to lessons": answers,
    }


def load_library(session: Session, store: FileStore, *, owner: Person, at: datetime) -> None:
    """The playbooks and templates alone, for an organisation of one's own, owned by `owner`."""

    class Everybody(dict[str, Person]):
        def __missing__(self, email: str) -> Person:
            return owner

    _library(session, store, Everybody())


# People ---------------------------------------------------------------------------------------


def _people(session: Session, at: datetime) -> dict[str, Person]:
    organisation = toml(STARTER / "organisation.toml")
    departments = {
        row["code"]: Department(code=row["code"], name=row["name"])
        for row in organisation["department"]
    }
    session.add_all(departments.values())
    hashed = people.hash_password(DEMO_PASSWORD)
    found = {
        row["email"]: Person(
            email=row["email"],
            name=row["name"],
            role=Role(row["role"]),
            department=departments[row["department"]],
            password_hash=hashed,
            active=True,
            is_demo=True,
            created_at=at,
        )
        for row in organisation["person"]
    }
    session.add_all(found.values())
    return found


# Projects, lessons and issues -----------------------------------------------------------------


def _project(
    session: Session, text: Mapping[str, Any], found: People, at: datetime
) -> tuple[int, int]:
    manager = found[text["manager"]]
    department = next(
        p.department
        for p in found.values()
        if p.department and p.department.code == text["department"]
    )
    closed_on = text.get("closed_on")
    project = Project(
        **{name: text[name] for name in ("code", "name", "type", "size", "method")},
        **{name: text[name].strip() for name in ("description", "objectives")},
        department=department,
        manager=manager,
        sponsor=found[text["sponsor"]],
        starts_on=text["starts_on"],
        planned_end_on=text["planned_end_on"],
        closed_on=closed_on,
        state=ProjectState.closed if closed_on else ProjectState.open,
        budget=text["budget"],
        actual_cost=text.get("actual_cost"),
        outcome=text.get("outcome"),
        closing_summary=text.get("closing_summary", "").strip(),
        created_at=moment(text["starts_on"]),
        updated_at=moment(closed_on or text["starts_on"]),
        phases=[
            ProjectPhase(
                name=Phase(row["name"]),
                position=place,
                starts_on=row.get("starts_on"),
                ends_on=row.get("ends_on"),
            )
            for place, row in enumerate(text["phase"])
        ],
    )
    session.add(project)
    session.flush()
    lessons = [_lesson(session, row, project, found, at) for row in text["lesson"]]
    issues = [_issue(row, project, manager) for row in text["issue"]]
    session.add_all(issues)
    return len(lessons), len(issues)


# What a lesson file says as it stands.
_LESSON_TEXTS = (
    "headline", "summary", "driving_event", "cause", "early_warning", "effect", "lesson",
    "recommendation", "evidence", "sanitised",
)  # fmt: skip
_LESSON_VALUES = (
    "external_id", "kind", "phase", "category", "cost", "days", "scope", "priority",
    "date_occurred", "previously_identified", "review_by",
)  # fmt: skip
# Days between an event and its lesson being written, handed in and published.
WRITTEN, HANDED_IN, PUBLISHED = 12, 15, 29
IN_WORK = (LessonState.draft, LessonState.submitted, LessonState.returned)


def _lesson(
    session: Session, row: Mapping[str, Any], project: Project, found: People, at: datetime
) -> Lesson:
    state = LessonState(row.get("state", "published"))
    written = _written(row, state, at)
    author = found[row["author"]]
    was_submitted = state is not LessonState.draft
    was_published = state in PUBLIC_STATES or state in (LessonState.retired, LessonState.superseded)
    lesson = Lesson(
        **{name: row.get(name, "").strip() for name in _LESSON_TEXTS},
        **{name: row.get(name) for name in _LESSON_VALUES},
        **{
            f"applies_to_{name}": row.get(f"applies_to_{name}", [])
            for name in ("types", "sizes", "methods")
        },
        affects=row.get("affects", []),
        confidentiality=row.get("confidentiality", "open"),
        topic_rows=[LessonTopic(topic=topic) for topic in dict.fromkeys(row["topics"])],
        project=project,
        department_id=project.department_id,
        author=author,
        author_hidden=False,
        state=state,
        created_at=written,
        updated_at=written + timedelta(days=PUBLISHED - WRITTEN if was_published else 0),
        submitted_at=written + timedelta(days=HANDED_IN - WRITTEN) if was_submitted else None,
        published_at=written + timedelta(days=PUBLISHED - WRITTEN) if was_published else None,
    )
    session.add(lesson)
    session.flush()
    session.refresh(lesson)
    session.add(
        LessonRevision(
            lesson_id=lesson.id,
            number=1,
            values=snapshot(lesson),
            author_id=author.id,
            saved_at=written,
        )
    )
    _tell(session, lesson, author, found)
    return lesson


def _written(row: Mapping[str, Any], state: LessonState, at: datetime) -> datetime:
    """When it was written down: soon after the event, or lately when it is still in work."""
    if state in IN_WORK:
        return at - timedelta(days=HANDED_IN + len(row["headline"]) % 17)
    return moment(row["date_occurred"] + timedelta(days=WRITTEN))


def _tell(session: Session, lesson: Lesson, author: Person, found: People) -> None:
    """The lesson's history, as the portal would have logged it."""
    writer = author.as_actor()
    reviewers = [p for p in found.values() if p.role is Role.reviewer and p is not author]
    reviewer = reviewers[lesson.id % len(reviewers)].as_actor()
    steps: list[tuple[str, Actor, datetime, tuple[str | None, str]]] = [
        ("create", writer, lesson.created_at, (None, "draft"))
    ]
    if lesson.submitted_at:
        steps.append(("submit", writer, lesson.submitted_at, ("draft", "submitted")))
    if lesson.published_at:
        steps.append(("publish", reviewer, lesson.published_at, ("submitted", "published")))
    last = steps[-1][3][1]
    if lesson.state != last:
        at = (lesson.published_at or lesson.submitted_at or lesson.created_at) + timedelta(days=4)
        steps.append((_LAST_STEP[lesson.state], reviewer, at, (last, lesson.state.value)))
    for verb, who, at, moved in steps:
        activity.record(session, "lesson", lesson.id, verb, by=who, at=at, moved=moved)


_LAST_STEP = {
    LessonState.returned: "return",
    LessonState.rejected: "reject",
    LessonState.action_assigned: "assign action",
    LessonState.implemented: "implement",
    LessonState.verified: "verify",
    LessonState.superseded: "supersede",
    LessonState.retired: "retire",
}


def _issue(row: Mapping[str, Any], project: Project, manager: Person) -> Issue:
    raised = moment(row["raised_on"])
    closed_on = row.get("closed_on")
    return Issue(
        external_id=row["external_id"],
        project=project,
        title=row["title"].strip(),
        description=row["description"].strip(),
        category=row["category"],
        severity=row["severity"],
        status=IssueStatus(row["status"]),
        raised_on=row["raised_on"],
        closed_on=closed_on,
        resolution=row.get("resolution", "").strip(),
        cost=row.get("cost"),
        days=row.get("days"),
        raised_by=manager,
        created_at=raised,
        updated_at=moment(closed_on) if closed_on else raised,
    )


# Playbooks and templates ----------------------------------------------------------------------


def _library(session: Session, store: FileStore, found: People) -> tuple[int, int]:
    folders = sorted(
        (f for f in (STARTER / "playbooks").iterdir() if f.is_dir()), key=lambda folder: folder.name
    )
    pages = sum(_playbook(session, folder, found) for folder in folders)
    sources = list(toml_files("library"))
    for source in sources:
        _template(session, store, source, found)
    return pages, len(sources)


def _playbook(session: Session, folder: Traversable, found: People) -> int:
    about = toml(folder / "playbook.toml")
    playbook = Playbook(
        slug=about["slug"],
        title=about["title"],
        summary=about["summary"].strip(),
        position=about["order"],
        owner=found[about["owner"]],
        created_at=moment(date(2023, 1, 16)),
    )
    session.add(playbook)
    session.flush()
    texts = {
        item.name.removesuffix(".md"): item.read_text(encoding="utf-8")
        for item in folder.iterdir()
        if item.name.endswith(".md")
    }
    pages: dict[str, Page] = {}
    for name in sorted(name for name in texts if ".r" not in name):
        head, source = split_front_matter(texts[name])
        page = Page(
            playbook=playbook,
            slug=name,
            title=head["title"],
            position=len(pages),
            phase=Phase(head["phase"]) if head.get("phase") else None,
            parent=pages.get(head.get("parent", "")),
            review_by=head.get("review_by"),
            created_at=moment(head["published_on"]),
        )
        session.add(page)
        session.flush()
        older = [
            split_front_matter(texts[old]) for old in sorted(texts) if old.startswith(f"{name}.r")
        ]
        for number, (front, text) in enumerate([*older, (head, source)], 1):
            in_force = number == len(older) + 1
            _revision(session, page, number, front, text, found, in_force=in_force)
        pages[name] = page
    return len(pages)


def split_front_matter(text: str) -> tuple[dict[str, Any], str]:
    """The TOML between the first two lines of ``+++``, and the Markdown below it."""
    _, head, body = text.split("+++\n", 2)
    return tomllib.loads(head), body.strip() + "\n"


def _revision(
    session: Session,
    page: Page,
    number: int,
    head: Mapping[str, Any],
    source: str,
    found: People,
    *,
    in_force: bool,
) -> None:
    published = moment(head["published_on"])
    author, approver = found[head["author"]], found[head["approved_by"]]
    session.add(
        PageRevision(
            page=page,
            number=number,
            title=head["title"],
            source=source,
            change_note=head["change_note"],
            state=RevisionState.published if in_force else RevisionState.superseded,
            author=author,
            saved_at=published - timedelta(days=9),
            submitted_at=published - timedelta(days=6),
            decided_by=approver,
            decided_at=published,
        )
    )
    for verb, who, at, moved in (
        ("submit", author, published - timedelta(days=6), ("draft", "submitted")),
        ("publish", approver, published, ("submitted", "published")),
    ):
        activity.record(
            session,
            "page",
            page.id,
            verb,
            by=who.as_actor(),
            at=at,
            moved=moved,
            detail={"revision": number},
        )


def _template(session: Session, store: FileStore, source: Mapping[str, Any], found: People) -> None:
    name = f"{source['slug']}.{source['format']}"
    data = (STARTER / "library" / name).read_bytes()
    published = moment(source["published_on"])
    file = stored.register(
        session,
        sha256=store.put(data),
        size=len(data),
        format=source["format"],
        media_type=MEDIA_TYPES[source["format"]],
        at=published,
    )
    passages.store(session, file.id, passages.extract(store.path(file.sha256), source["format"]))
    template = Template(
        slug=source["slug"],
        title=source["title"],
        summary=source["summary"].strip(),
        when_to_use=source["when_to_use"].strip(),
        kind=source["kind"],
        phase=Phase(source["phase"]),
        owner=found[source["owner"]],
        created_at=published,
        versions=[
            TemplateVersion(
                number=1,
                file=file,
                change_note=source["change_note"],
                published_at=published,
                published_by=found[source["owner"]],
            )
        ],
    )
    session.add(template)
    session.flush()
    activity.record(session, "template", template.id, "publish", by=SYSTEM, at=published)
