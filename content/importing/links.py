"""What drafts name, found in the portal: lessons, issues, projects, departments, people.

Made once for a whole import and filled chunk by chunk, so that a row costs no query of its own.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from content import activity, jobs, lesson_texts
from content.importing.decisions import CREATE, Decisions
from content.imports import IssueDraft, LessonDraft
from content.models import Department, Import, Issue, Lesson, Person, Project, ProjectState
from content.playbooks import slug_of
from content.types import Actor, Kind

# The code that no project may have: /projects/new is the form.
RESERVED_CODE = "NEW"

# Registers a project and answers its id; for a preview, none.
Register = Callable[[str], int | None]


class Linker:
    """Names of the portal, and the lessons or issues that the present chunk is about.

    It outlives its session: of rows it keeps ids, and `recall` loads anew what a chunk needs.
    """

    def __init__(self, session: Session, decisions: Decisions | None = None) -> None:
        self.decisions = decisions or Decisions()
        self.departments = {
            name.casefold(): row.id
            for row in session.scalars(select(Department))
            for name in (row.code, row.name)
        }
        people = session.execute(select(Person.id, Person.email, Person.name)).all()
        times = Counter(row.name.casefold() for row in people)
        # Who is meant by a name that two people share is not guessed: an author reads everything.
        self.shared_names = frozenset(name for name, count in times.items() if count > 1)
        self.people = {
            name: row.id
            for row in people
            for name in (row.name.casefold(), row.email.casefold())
            if name not in self.shared_names
        }
        self.codes: dict[str, int] = {}
        self.names: defaultdict[str, list[int]] = defaultdict(list)
        self._registered: dict[str, int] = {}
        # Of each project that this import registers, the departments that rows name.
        self._departments_of: dict[int | None, Counter[int]] = {}
        for row in session.execute(select(Project.id, Project.code, Project.name)):
            self.codes[row.code.casefold()] = row.id
            self.names[row.name.casefold()].append(row.id)
        # Rows of this file that others repeat, and the lessons that they became.
        self.repeated = {said.of_row for said in self.decisions.repeats.values() if said.of_row}
        self.became: dict[int, int] = {}
        self._by_number: dict[str, Lesson] = {}
        self._by_headline: defaultdict[str, list[Lesson]] = defaultdict(list)
        self._issues: dict[str, Issue] = {}

    # Lessons and issues -----------------------------------------------------------------------

    def recall(self, session: Session, drafts: Sequence[LessonDraft]) -> None:
        """Load the lessons that a chunk of drafts may be about."""
        query = select(Lesson).options(joinedload(Lesson.project))
        numbers = {draft.external_id for draft in drafts if draft.external_id}
        headlines = {draft.headline for draft in drafts if not draft.external_id}
        self._by_number, self._by_headline = {}, defaultdict(list)
        for lesson in session.scalars(query.where(Lesson.external_id.in_(numbers))):
            self.made(lesson)
        alike = query.where(Lesson.external_id.is_(None), Lesson.headline.in_(headlines))
        for lesson in session.scalars(alike):
            self.made(lesson)

    def made(self, lesson: Lesson) -> None:
        """Know a lesson again when a later row of the chunk is about it."""
        if lesson.external_id:
            self._by_number[lesson.external_id] = lesson
        else:
            self._by_headline[lesson.headline].append(lesson)

    def known(self, draft: LessonDraft) -> Lesson | None:
        """The recalled lesson that a draft is about: by its number, else by all its texts."""
        if draft.external_id:
            return self._by_number.get(draft.external_id)
        for lesson in self._by_headline.get(draft.headline, ()):
            if all(
                getattr(lesson, name) == (getattr(draft, name) or "") for name in lesson_texts.TEXTS
            ):
                return lesson
        return None

    def recall_issues(self, session: Session, drafts: Sequence[IssueDraft]) -> None:
        """Load the issues that a chunk of drafts is about."""
        numbers = {draft.external_id for draft in drafts if draft.external_id}
        found = session.scalars(select(Issue).where(Issue.external_id.in_(numbers)))
        self._issues = {str(issue.external_id): issue for issue in found}

    def issue(self, number: str | None) -> Issue | None:
        """The recalled issue with this number."""
        return self._issues.get(number or "")

    def made_issue(self, issue: Issue) -> None:
        """Know an issue again when a later row of the chunk is about it."""
        if issue.external_id:
            self._issues[issue.external_id] = issue

    # Projects ---------------------------------------------------------------------------------

    def candidates(self, name: str) -> list[int]:
        """The projects that have this very name or code; several when a name is shared."""
        code = self.codes.get(name.casefold())
        return [code] if code is not None else list(self.names.get(name.casefold(), ()))

    def project(self, name: str | None, register: Register) -> tuple[int | None, str]:
        """The project that a row names, and a note of what could not be linked or was made."""
        if not name:
            return self.decisions.project_id, ""
        said = self._registered.get(name.casefold(), self.decisions.projects.get(name.casefold()))
        if isinstance(said, int):
            return said, ""
        found = [] if said == CREATE else self.candidates(name)
        if said is None and len(found) == 1:
            return found[0], ""
        if said == "":
            return self.decisions.project_id, f"project “{name}” was left out, as decided"
        if found:
            note = f"{len(found)} projects are called “{name}”; it was left out"
            return self.decisions.project_id, note
        unknown = "" if said == CREATE else "was not known and "
        told = f"project “{name}” {unknown}is registered as closed on the day of its last row"
        return register(name), told

    def lasted(
        self, session: Session, project_id: int | None, *days: date | None, today: date
    ) -> None:
        """Close a project that this import has registered no earlier than a row tells of it.

        Themes and trends count closed projects by the day; a project without one counts nowhere.
        A day that is yet to come is a slip of somebody's.
        """
        known = [day for day in days if day is not None and day <= today]
        if known and project_id in self._departments_of:
            project = session.get_one(Project, project_id)
            project.closed_on = max([*known, *filter(None, [project.closed_on])])

    def belongs(self, session: Session, project_id: int | None, department_id: int | None) -> None:
        """Give a project that this import has registered the department that most rows name."""
        named = self._departments_of.get(project_id)
        if department_id is None or named is None:
            return
        named[department_id] += 1
        session.get_one(Project, project_id).department_id = named.most_common(1)[0][0]

    def registrar(self, session: Session, row: Import, *, by: Actor, at: datetime) -> Register:
        """Answer a function that registers a project of the past that only a file names."""

        def register(name: str) -> int:
            project = Project(
                code=_free_code(session, name),
                name=name[:200],
                state=ProjectState.closed,
                import_id=row.id,
                created_at=at,
                updated_at=at,
            )
            session.add(project)
            session.flush()
            self.names[name.casefold()].append(project.id)
            self.codes[project.code.casefold()] = project.id
            self._registered[name.casefold()] = project.id
            self._departments_of[project.id] = Counter()
            detail = {"import": row.id}
            activity.record(session, "project", project.id, "import", by=by, at=at, detail=detail)
            jobs.reindex(session, Kind.project, project.id, by=by, at=at)
            return project.id

        return register


def _free_code(session: Session, name: str) -> str:
    base = slug_of(name).upper()[:32].strip("-")
    taken = set(session.scalars(select(Project.code).where(Project.code.startswith(base))))
    taken.add(RESERVED_CODE)
    return next(
        c for n in range(1, 10_000) if (c := base if n == 1 else f"{base}-{n}") not in taken
    )
