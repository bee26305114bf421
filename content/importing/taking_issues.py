"""Drafts of project issues, each made an issue or a change of one; nothing else is invented.

An issue whose number is known is changed, or left alone where nothing differs. Every issue belongs
to a project: a row that names none, in a file for which none was chosen, is refused.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from content import issues
from content.access import Action, can
from content.importing.decisions import Choice, Decisions
from content.importing.links import Linker, Register
from content.imports import IssueDraft, ReportRow
from content.models import Import, ImportedIssue, Issue, IssueStatus, Severity
from content.types import Actor

_COPIED = ("title", "description", "category", "resolution", "raised_on", "closed_on", "cost",
           "days")  # fmt: skip
NO_PROJECT = "The row names no project. Choose one for such rows, or map the column of projects."


def take_issues(
    session: Session,
    row: Import,
    drafts: Sequence[IssueDraft],
    *,
    by: Actor,
    at: datetime,
    linker: Linker | None = None,
) -> list[ReportRow]:
    """Take in a chunk of drafts; answers what became of each."""
    linker = linker or Linker(session, Decisions.of(row))
    linker.recall_issues(session, drafts)
    register = linker.registrar(session, row, by=by, at=at)
    return [_take(session, row, linker, register, draft, by=by, at=at) for draft in drafts]


def preview_issues(
    session: Session, drafts: Sequence[IssueDraft], linker: Linker | None = None
) -> list[ReportRow]:
    """What would become of each draft; writes nothing."""
    linker = linker or Linker(session)
    linker.recall_issues(session, drafts)
    rows = []
    for draft in drafts:
        issue = linker.issue(draft.external_id)
        project, note = linker.project(draft.project, lambda _name: -1)
        if issue is None and project is None:
            rows.append(_refused(draft, note))
            continue
        values = values_of(draft)
        same = issue is not None and not _changes(issue, values, project)
        outcome = "new" if issue is None else "unchanged" if same else "changed"
        rows.append(_told(draft, outcome, note))
    return rows


def values_of(draft: IssueDraft) -> dict[str, Any]:
    """The draft's fields as an issue's; what the file says nothing about is left out."""
    values: dict[str, Any] = {
        name: getattr(draft, name) for name in _COPIED if getattr(draft, name) is not None
    }
    if draft.severity is not None:
        values["severity"] = Severity(draft.severity)
    if draft.status is not None:
        values["status"] = IssueStatus(draft.status)
    return values


def _take(
    session: Session,
    row: Import,
    linker: Linker,
    register: Register,
    draft: IssueDraft,
    *,
    by: Actor,
    at: datetime,
) -> ReportRow:
    said = linker.decisions.repeats.get(draft.row)
    if said is not None and said.choice is Choice.skip:
        return _told(draft, "skipped", "")
    issue = linker.issue(draft.external_id)
    if said is not None and said.choice is Choice.update and said.known_id:
        issue = session.get(Issue, said.known_id) or issue
    project, note = linker.project(draft.project, register)
    linker.lasted(session, project, draft.raised_on, draft.closed_on, today=at.date())
    if issue is None:
        if project is None:
            return _refused(draft, note)
        made = issues.bring_in(
            session, project, values_of(draft), external_id=draft.external_id, import_id=row.id,
            by=by, at=at,
        )  # fmt: skip
        linker.made_issue(made)
        _remember(session, row, made, draft, None)
        return _told(draft, "new", note)
    changes = _changes(issue, values_of(draft), project)
    if not changes:
        return _told(draft, "unchanged", note)
    if not can(by, Action.issue_edit, issue):
        return _told(draft, "refused", f"{issue.number} is there and is not yours to change")
    before = issues.snapshot(issue)
    issues.restore(session, issue, changes, by=by, at=at, verb="import")
    _remember(session, row, issue, draft, before)
    return _told(draft, "changed", note)


def _changes(issue: Issue, values: Mapping[str, Any], project: int | None) -> dict[str, Any]:
    """The fields that differ, as `issues.snapshot` keeps them."""
    before = issues.snapshot(issue)
    after = {name: issues.plain(value) for name, value in values.items()}
    if project is not None and project > 0:
        after["project_id"] = project
    return {name: value for name, value in after.items() if before[name] != value}


def _remember(
    session: Session, row: Import, issue: Issue, draft: IssueDraft, before: dict[str, Any] | None
) -> None:
    if before is not None:
        kept = session.scalars(
            select(ImportedIssue).where(
                ImportedIssue.import_id == row.id, ImportedIssue.issue_id == issue.id
            )
        ).first()
        if kept is not None:
            kept.version_after = issue.version
            return
    session.add(
        ImportedIssue(
            import_id=row.id,
            issue_id=issue.id,
            row=draft.row,
            before=before,
            version_after=issue.version,
        )
    )


def _told(draft: IssueDraft, outcome: str, note: str) -> ReportRow:
    reason = "; ".join((*draft.notes, note) if note else draft.notes)
    return ReportRow(draft.row, outcome, draft.external_id or "", draft.title, reason=reason)


def _refused(draft: IssueDraft, note: str) -> ReportRow:
    reason = f"{note}. {NO_PROJECT}" if note else NO_PROJECT
    return ReportRow(
        draft.row, "refused", draft.external_id or "", draft.title, "project", draft.project or "",
        reason,
    )  # fmt: skip
