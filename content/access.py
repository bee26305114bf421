"""Who may see what and do what: the one table, asked by every verb, view, query and index.

`can` answers for an actor, an action and (where it matters) an object; `require` turns a no into
`NotFound` where the actor may not even see the object, else into `Forbidden`. `lessons_visible_to`
and its like go *into* queries as a filter, and `scope_of` into the search index, so that what a
person may not see is never counted, offered or guessed.

Nothing here reads a database: rules look at the actor and at the loaded object only.
"""

from collections.abc import Callable
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, false, literal_column, or_, select, true
from sqlalchemy.orm import aliased

from content.db import aside
from content.errors import Forbidden, NotFound
from content.models import (
    PUBLIC_STATES,
    Comment,
    Confidentiality,
    ContentRequest,
    Import,
    Issue,
    Lesson,
    LessonChange,
    LessonState,
    PageRevision,
    Person,
    Project,
    ProjectState,
    RevisionState,
    SavedSearch,
)
from content.types import Actor, Role, Scope


class Action(StrEnum):
    """Everything a person can ask the portal to do."""

    portal_use = "portal.use"
    account_change = "account.change"
    search = "search"
    lesson_read = "lesson.read"
    lesson_create = "lesson.create"
    lesson_edit = "lesson.edit"
    lesson_submit = "lesson.submit"
    lesson_withdraw = "lesson.withdraw"
    lesson_decide = "lesson.decide"
    lesson_retire = "lesson.retire"
    lesson_import = "lesson.import"
    lesson_change = "lesson.change"
    change_read = "change.read"
    change_write = "change.write"
    change_decide = "change.decide"
    review_read = "review.read"
    lesson_confirm = "lesson.confirm"
    application_write = "application.write"
    occurrence_write = "occurrence.write"
    pack_read = "pack.read"
    workshop_manage = "workshop.manage"
    comment_write = "comment.write"
    comment_remove = "comment.remove"
    follow = "follow"
    key_manage = "key.manage"
    queue_read = "queue.read"
    issue_read = "issue.read"
    issue_create = "issue.create"
    issue_edit = "issue.edit"
    project_read = "project.read"
    project_create = "project.create"
    project_edit = "project.edit"
    project_close = "project.close"
    playbook_read = "playbook.read"
    page_write = "page.write"
    page_edit = "page.edit"
    page_decide = "page.decide"
    template_read = "template.read"
    template_write = "template.write"
    search_save = "search.save"
    insight_read = "insight.read"
    thesaurus_write = "thesaurus.write"
    request_create = "request.create"
    request_decide = "request.decide"
    theme_read = "theme.read"
    theme_run = "theme.run"
    people_manage = "people.manage"
    system_manage = "system.manage"


# A rule looks at the actor and at the object; None asks "may they ever, for some object?".
Rule = Callable[[Actor, object | None], bool]


def _signed_in(actor: Actor, _subject: object | None) -> bool:
    return actor.active


def _role(*roles: Role) -> Rule:
    def rule(actor: Actor, _subject: object | None) -> bool:
        return actor.active and actor.role in roles

    return rule


_REVIEWERS = (Role.reviewer, Role.admin)
_TRAINERS = (Role.trainer, Role.admin)
_oversees = _role(*_REVIEWERS)
_trains = _role(*_TRAINERS)
_administers = _role(Role.admin)


def _manages(actor: Actor, project: Project | None) -> bool:
    return project is not None and actor.id is not None and project.manager_id == actor.id


def _wrote(actor: Actor, author_id: int | None) -> bool:
    return actor.id is not None and author_id == actor.id


def wrote(actor: Actor, lesson: Lesson) -> bool:
    """Whether the text that was handed in is theirs: as its author, or saved on the way there."""
    return _wrote(actor, lesson.author_id) or actor.id in (lesson.writer_ids or ())


def _reads_lesson(actor: Actor, subject: object | None) -> bool:
    """A lesson is seen in full, or (restricted, with a sanitised text) in part."""
    if not actor.active or not isinstance(subject, Lesson):
        return actor.active
    return reads_whole(actor, subject) or (
        subject.state in PUBLIC_STATES
        and subject.confidentiality is Confidentiality.restricted
        and bool(subject.sanitised)
    )


def reads_whole(actor: Actor, lesson: Lesson) -> bool:
    """Whether `actor` may read every field of `lesson`, not only its sanitised text."""
    if not actor.active:
        return False
    if actor.is_system or actor.role in _REVIEWERS or _wrote(actor, lesson.author_id):
        return True
    if _manages(actor, lesson.project):
        return True
    if lesson.state not in PUBLIC_STATES and not _is_archived(lesson):
        return False
    if lesson.confidentiality is Confidentiality.open:
        return True
    in_department = actor.department_id is not None and actor.department_id == lesson.department_id
    return lesson.confidentiality is Confidentiality.department and in_department


def require_whole_reader(actor: Actor, lesson: Lesson) -> None:
    """Pass when `actor` reads the whole lesson.

    Raises:
        NotFound: they do not, and what stands around it is not for them either.
    """
    if not reads_whole(actor, lesson):
        raise NotFound("There is nothing here, or it is not open to you.")


def shows_author(actor: Actor, lesson: Lesson) -> bool:
    """A hidden author is shown to nobody but themselves; the log keeps it for administrators."""
    return not lesson.author_hidden or _wrote(actor, lesson.author_id)


# Taken out of use, and still readable by link: others may have quoted them.
_ARCHIVED = (LessonState.retired, LessonState.superseded)


def _is_archived(lesson: Lesson) -> bool:
    """A lesson that was merged into another before anybody had approved it is no archive."""
    return lesson.state in _ARCHIVED and lesson.published_at is not None


def _edits_lesson(actor: Actor, subject: object | None) -> bool:
    if not actor.active or not isinstance(subject, Lesson):
        return actor.active
    if actor.role in _REVIEWERS and not wrote(actor, subject):
        return True
    # Who wrote it goes through review like everybody, whatever their role.
    mine = wrote(actor, subject) or _manages(actor, subject.project)
    return mine and subject.state in (LessonState.draft, LessonState.returned)


def _submits_lesson(actor: Actor, subject: object | None) -> bool:
    if not actor.active or not isinstance(subject, Lesson):
        return actor.active
    return _wrote(actor, subject.author_id) or _manages(actor, subject.project)


def _decides_lesson(actor: Actor, subject: object | None) -> bool:
    """Nobody approves what they wrote, whatever their role."""
    if isinstance(subject, Lesson) and wrote(actor, subject):
        return False
    return _oversees(actor, subject)


def _reads_review(actor: Actor, subject: object | None) -> bool:
    """Remarks and answers are between those who wrote a lesson and those who review it."""
    if not actor.active or not isinstance(subject, Lesson):
        return actor.active
    mine = wrote(actor, subject) or _manages(actor, subject.project)
    return mine or actor.role in _REVIEWERS


def _reads_change(actor: Actor, subject: object | None) -> bool:
    """Readers do not learn that there is a change before it is accepted."""
    if not actor.active or not isinstance(subject, LessonChange):
        return actor.active
    mine = _wrote(actor, subject.by_id) or _wrote(actor, subject.lesson.author_id)
    return mine or actor.role in _REVIEWERS


def _writes_change(actor: Actor, subject: object | None) -> bool:
    if not actor.active or not isinstance(subject, LessonChange):
        return actor.active
    return _wrote(actor, subject.by_id)


def _decides_change(actor: Actor, subject: object | None) -> bool:
    if isinstance(subject, LessonChange) and _wrote(actor, subject.by_id):
        return False
    return _oversees(actor, subject)


def _reads_issue(actor: Actor, subject: object | None) -> bool:
    return actor.active


def _edits_issue(actor: Actor, subject: object | None) -> bool:
    if not actor.active or not isinstance(subject, Issue):
        return actor.active
    mine = _wrote(actor, subject.raised_by_id) or _manages(actor, subject.project)
    return mine or actor.role in _REVIEWERS


def _edits_project(actor: Actor, subject: object | None) -> bool:
    if not actor.active or not isinstance(subject, Project):
        return actor.active
    return _manages(actor, subject) or actor.role in _REVIEWERS


def _closes_project(actor: Actor, subject: object | None) -> bool:
    open_still = not isinstance(subject, Project) or subject.state is ProjectState.open
    return open_still and _edits_project(actor, subject)


def _edits_page(actor: Actor, subject: object | None) -> bool:
    return _trains(actor, subject)


def _decides_page(actor: Actor, subject: object | None) -> bool:
    """A trainer or a reviewer approves, and never their own text."""
    if isinstance(subject, PageRevision) and _wrote(actor, subject.author_id):
        return False
    return actor.active and actor.role in (Role.trainer, Role.reviewer, Role.admin)


def _changes_lesson(actor: Actor, subject: object | None) -> bool:
    """Who may propose a change of a published lesson: whoever knows what happened."""
    if not actor.active or not isinstance(subject, Lesson):
        return actor.active
    if subject.state not in PUBLIC_STATES:
        return False
    mine = wrote(actor, subject) or _manages(actor, subject.project)
    return mine or actor.role in _REVIEWERS


def _confirms_lesson(actor: Actor, subject: object | None) -> bool:
    """Its owner says whether it is still true: its author, its project's manager, or the PMO."""
    return _changes_lesson(actor, subject)


def _adds_occurrence(actor: Actor, subject: object | None) -> bool:
    """Whoever reads a published lesson whole may say that it happened to them too."""
    if not actor.active or not isinstance(subject, Lesson):
        return actor.active
    return subject.state in PUBLIC_STATES and reads_whole(actor, subject)


def _removes_comment(actor: Actor, subject: object | None) -> bool:
    if not actor.active or not isinstance(subject, Comment):
        return actor.active
    return _wrote(actor, subject.by_id) or actor.role in _REVIEWERS


def _imports(actor: Actor, subject: object | None) -> bool:
    if not actor.active or not isinstance(subject, Import):
        return _oversees(actor, None)
    return actor.role is Role.admin or _wrote(actor, subject.by_id)


def _keeps_search(actor: Actor, subject: object | None) -> bool:
    mine = not isinstance(subject, SavedSearch) or _wrote(actor, subject.person_id)
    return actor.active and mine


def _decides_request(actor: Actor, subject: object | None) -> bool:
    if _oversees(actor, subject) or not isinstance(subject, ContentRequest):
        return actor.active
    return actor.active and _wrote(actor, subject.owner_id)


RULES: dict[Action, Rule] = {
    Action.portal_use: _signed_in,
    Action.account_change: _signed_in,
    Action.search: _signed_in,
    Action.lesson_read: _reads_lesson,
    Action.lesson_create: _signed_in,
    Action.lesson_edit: _edits_lesson,
    Action.lesson_submit: _submits_lesson,
    Action.lesson_withdraw: _submits_lesson,
    Action.lesson_decide: _decides_lesson,
    Action.lesson_retire: _oversees,
    Action.lesson_import: _imports,
    Action.lesson_change: _changes_lesson,
    Action.change_read: _reads_change,
    Action.change_write: _writes_change,
    Action.change_decide: _decides_change,
    Action.review_read: _reads_review,
    Action.lesson_confirm: _confirms_lesson,
    Action.application_write: _edits_project,
    Action.occurrence_write: _adds_occurrence,
    Action.pack_read: _signed_in,
    Action.workshop_manage: _edits_project,
    Action.comment_write: _signed_in,
    Action.comment_remove: _removes_comment,
    Action.follow: _signed_in,
    Action.key_manage: _signed_in,
    Action.queue_read: _oversees,
    Action.issue_read: _reads_issue,
    Action.issue_create: _signed_in,
    Action.issue_edit: _edits_issue,
    Action.project_read: _signed_in,
    Action.project_create: _signed_in,
    Action.project_edit: _edits_project,
    Action.project_close: _closes_project,
    Action.playbook_read: _signed_in,
    Action.page_write: _trains,
    Action.page_edit: _edits_page,
    Action.page_decide: _decides_page,
    Action.template_read: _signed_in,
    Action.template_write: _trains,
    Action.search_save: _keeps_search,
    Action.insight_read: _oversees,
    Action.thesaurus_write: _oversees,
    Action.request_create: _signed_in,
    Action.request_decide: _decides_request,
    Action.theme_read: _signed_in,
    Action.theme_run: _oversees,
    Action.people_manage: _administers,
    Action.system_manage: _administers,
}


def can(actor: Actor, action: Action, subject: object | None = None) -> bool:
    """Whether `actor` may do `action` with `subject`, or with some object when it is None."""
    if actor.is_system:
        return True
    return RULES[action](actor, subject)


# What an object must at least let the actor do before a refusal may admit that it exists.
_SEEN_BY: dict[type, Action] = {
    Lesson: Action.lesson_read,
    LessonChange: Action.change_read,
    PageRevision: Action.playbook_read,
}


def require(actor: Actor, action: Action, subject: object | None = None) -> None:
    """Pass when `can` says so.

    Raises:
        NotFound: the actor may not see `subject` at all.
        Forbidden: the actor sees it and may not do this.
    """
    if can(actor, action, subject):
        return
    seen_by = _SEEN_BY.get(type(subject))
    if seen_by is not None and not can(actor, seen_by, subject):
        raise NotFound("There is nothing here, or it is not open to you.")
    raise Forbidden("Your role does not allow this. Ask an administrator if you need it.")


def scope_of(actor: Actor) -> Scope:
    """The tokens under which `actor` finds things in the index."""
    if actor.is_system:
        return Scope(frozenset(), everything=True)
    if not actor.active:
        return Scope(frozenset())
    tokens = {"all", f"role:{actor.role}", f"person:{actor.id}"}
    if actor.department_id is not None:
        tokens.add(f"department:{actor.department_id}")
    if actor.role in _REVIEWERS:
        tokens.add("oversight")
    if actor.role in (*_TRAINERS, *_REVIEWERS):
        tokens.add("editorial")
    return Scope(frozenset(tokens))


# What everybody finds who is signed in.
EVERYBODY = Scope(frozenset({"all"}))


def audience_of(lesson: Lesson) -> tuple[str, ...]:
    """The tokens of those who may find the whole text of `lesson`; the twin of `reads_whole`."""
    tokens = ["oversight"]
    if lesson.author_id is not None:
        tokens.append(f"person:{lesson.author_id}")
    if lesson.project is not None and lesson.project.manager_id is not None:
        tokens.append(f"person:{lesson.project.manager_id}")
    if lesson.state in PUBLIC_STATES:
        if lesson.confidentiality is Confidentiality.open:
            tokens.append("all")
        elif lesson.confidentiality is Confidentiality.department and lesson.department_id:
            tokens.append(f"department:{lesson.department_id}")
    return tuple(tokens)


def lessons_visible_to(actor: Actor, *, archived: bool = False) -> ColumnElement[bool]:
    """The filter of lessons that `actor` reads at least in part; the twin of `_reads_lesson`.

    It is for lists and counts that nothing narrows but what a sanitised text shows as well: its
    state, phase and date. Whatever asks for more goes by `lessons_whole_to`. `archived` lets
    retired and superseded ones through.
    """
    whole = lessons_whole_to(actor, archived=archived)
    if actor.is_system or not actor.active:
        return whole
    # By number, because the few that have such a text stand in an index of their own.
    theirs = aliased(Lesson)
    in_part = select(theirs.id).where(
        theirs.state.in_(PUBLIC_STATES),
        theirs.confidentiality == Confidentiality.restricted,
        theirs.sanitised != literal_column("''"),
    )
    return or_(whole, Lesson.id.in_(in_part))


def lessons_whole_to(actor: Actor, *, archived: bool = False) -> ColumnElement[bool]:
    """The filter of lessons that `actor` reads in full; the twin of `reads_whole`.

    Filters, orders, facets and counts by a field go by it: a restricted lesson that came and went
    with them would tell what its sanitised text keeps back.
    """
    if actor.is_system:
        return true()
    if not actor.active:
        return false()
    if actor.role in _REVIEWERS:
        return true()
    in_use = aside(Lesson.state).in_(PUBLIC_STATES)
    kept = and_(aside(Lesson.state).in_(_ARCHIVED), Lesson.published_at.is_not(None))
    states = or_(in_use, kept) if archived else in_use
    own_projects = select(Project.id).where(Project.manager_id == actor.id)
    mine = or_(aside(Lesson.author_id) == actor.id, aside(Lesson.project_id).in_(own_projects))
    return or_(mine, and_(states, _open_to(actor)))


def _open_to(actor: Actor) -> ColumnElement[bool]:
    ways = [aside(Lesson.confidentiality) == Confidentiality.open]
    if actor.department_id is not None:
        ways.append(
            and_(
                aside(Lesson.confidentiality) == Confidentiality.department,
                aside(Lesson.department_id) == actor.department_id,
            )
        )
    return or_(*ways)


def revisions_visible_to(actor: Actor) -> ColumnElement[bool]:
    """Readers see what is or was published; those who write or approve see all."""
    if actor.is_system or (actor.active and actor.role is not Role.member):
        return true()
    if not actor.active:
        return false()
    return PageRevision.state.in_((RevisionState.published, RevisionState.superseded))


def projects_run_by(actor: Actor) -> ColumnElement[bool]:
    """The projects that `actor` may answer for; the twin of `_edits_project`."""
    if actor.is_system or _oversees(actor, None):
        return true()
    return Project.manager_id == actor.id if actor.active else false()


def people_visible_to(actor: Actor) -> ColumnElement[bool]:
    """Everybody sees colleagues who are active; administrators see all."""
    if actor.is_system or (actor.active and actor.role is Role.admin):
        return true()
    return Person.active.is_(True) if actor.active else false()
