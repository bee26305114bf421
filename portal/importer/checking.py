"""What an import would do, found out before it runs: outcomes, rows that repeat, the first lessons.

A row repeats what is there when it has a known number, the headline of a known lesson, or nearly
its words; or nearly those of an earlier row. A person then says what becomes of it.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from content import importing, issues, lesson_lists
from content.access import scope_of
from content.importing import Linker
from content.imports import IssueDraft, LessonDraft, ReportRow
from content.imports.alike import SeenRows
from content.imports.fields import TEXTS
from content.models import Import, ImportKind, Issue, Lesson
from content.types import Actor, Kind
from portal import importer
from portal.importer import working
from portal.runtime import Runtime
from search.engine import SearchRequest

# Likeness of `search` from which a known lesson is shown beside a row. Of 200 lessons of LLIS with
# a fifth of their words exchanged 97 in 100 reach it; of 400 other lessons 1 in 100 does.
LIKE_KNOWN = 0.55
# Rows shown as lessons before the import runs; refused rows shown; characters of a shown text.
SHOWN, REFUSED_SHOWN, TEXT_SHOWN = 20, 200, 1_200
# Characters kept of every row, so that a later one can be shown beside it.
HEAD_SHOWN = 400
_REQUEST = SearchRequest(kinds=(Kind.lesson,), limit=1)


def check(
    runtime: Runtime, import_id: int, *, by: Actor, progress: importer.Progress
) -> dict[str, int]:
    """Find out and keep what the import would do; answers how many rows come to what."""
    with runtime.database.reading() as session:
        row = importing.get(session, import_id, by=by)
        of = working.mark(row, working.CHECK)
        progress("Reading the file", 0.0)
        reading = importer.reading_of(runtime, row)
        checking = _Checking(runtime, session, row, by)
        rows: list[ReportRow] = []
        for drafts, refused in reading.chunks():
            rows += [*checking.look(reading, drafts), *refused]
            session.expunge_all()
            progress(
                f"Comparing: {importer.far(reading, len(rows))[0]}",
                importer.far(reading, len(rows))[1],
            )
    counts = Counter(item.outcome for item in rows)
    shown = [asdict(item) for item in rows if item.outcome == "refused"][:REFUSED_SHOWN]
    found = {
        "counts": counts, "refused": shown, "drafts": checking.first, "repeats": checking.repeats,
    }  # fmt: skip
    working.keep(runtime, import_id, working.CHECK, of, found)
    return {**counts, "repeats": len(checking.repeats)}


class _Checking:
    """What has gone by of one file."""

    def __init__(self, runtime: Runtime, session: Session, row: Import, by: Actor) -> None:
        self.runtime, self.session, self.kind = runtime, session, row.kind
        self.linker = Linker(session, importing.Decisions.of(row))
        self.scope = scope_of(by)
        self.first: list[dict[str, Any]] = []
        self.repeats: list[dict[str, Any]] = []
        self.seen = SeenRows()
        self.headlines: dict[str, int] = {}
        self.heads: dict[int, tuple[str, str]] = {}
        self.known: dict[int, int] = dict(self._known())

    def _known(self) -> Iterator[tuple[int, int]]:
        """The headlines of what is there, by their hashes: texts would fill the memory."""
        issues = self.kind is ImportKind.issues
        query = (
            select(Issue.title, Issue.id) if issues else select(Lesson.headline, Lesson.id)
        )  # fmt: skip
        for headline, known_id in self.session.execute(query.execution_options(yield_per=1000)):
            yield hash(folded(headline)), known_id

    def look(
        self, reading: importer.Reading, drafts: list[LessonDraft | IssueDraft]
    ) -> list[ReportRow]:
        rows = importer.preview_chunk(reading.kind)(self.session, drafts, self.linker)
        for draft, told in zip(drafts, rows, strict=True):
            self.heads[draft.row] = (_said(draft), _text(draft)[:HEAD_SHOWN])
            if len(self.first) < SHOWN:
                self.first.append({**_plain(draft), "notes": told.reason})
            repeat = self._repeat(draft, told.outcome)
            if repeat is not None:
                if "of_row" in repeat:
                    repeat["of_headline"], repeat["of_text"] = self.heads[repeat["of_row"]]
                self.repeats.append(
                    {"row": draft.row, "headline": _said(draft), "text": _text(draft),
                     "project": draft.project or "", "number": draft.external_id or "", **repeat}
                )  # fmt: skip
        return rows

    def _repeat(self, draft: LessonDraft | IssueDraft, outcome: str) -> dict[str, Any] | None:
        if isinstance(draft, IssueDraft):
            return self._repeated_issue(draft, outcome)
        texts = [draft.headline, *(getattr(draft, name) or "" for name in TEXTS)]
        # Rows are remembered whatever becomes of them: later ones may repeat them.
        earlier = self._earlier(draft, texts)
        known = self.linker.known(draft)
        if known is not None:
            why = "number" if draft.external_id else "headline"
            found = {"known": known.id, "why": why, "share": 1.0}
            return found if outcome != "unchanged" else None
        same = self.known.get(hash(folded(draft.headline)))
        if same is not None:
            return {"known": same, "why": "headline", "share": 1.0}
        return self._like(draft, texts) or earlier

    def _earlier(self, draft: LessonDraft, texts: list[str]) -> dict[str, Any] | None:
        alike = self.seen.add(draft.row, texts)
        first = self.headlines.setdefault(folded(draft.headline), draft.row)
        if first != draft.row:
            return {"of_row": first, "why": "headline", "share": 1.0}
        return {"of_row": alike[0], "why": "text", "share": alike[1]} if alike else None

    def _like(self, draft: LessonDraft, texts: list[str]) -> dict[str, Any] | None:
        text = "\n".join(texts[1:])
        found = self.runtime.search.like_text(
            text, self.scope, _REQUEST, headline=draft.headline
        ).findings
        if not found or found[0].score < LIKE_KNOWN:
            return None
        return {"known": found[0].id, "why": "text", "share": found[0].score}

    def _repeated_issue(self, draft: IssueDraft, outcome: str) -> dict[str, Any] | None:
        if outcome in ("unchanged", "refused"):
            return None
        known = self.linker.issue(draft.external_id)
        if known is not None:
            return {"known": known.id, "why": "number", "share": 1.0}
        same = self.known.get(hash(folded(draft.title)))
        return {"known": same, "why": "headline", "share": 1.0} if same is not None else None


def known_beside(
    session: Session, row: Import, repeats: Sequence[Mapping[str, Any]], *, by: Actor
) -> dict[int, Lesson] | dict[int, Issue]:
    """The lessons or issues that rows are shown beside, by their ids; gone ones are left out."""
    wanted = [int(found["known"]) for found in repeats if found.get("known")]
    if row.kind is ImportKind.issues:
        return {issue.id: issue for issue in issues.by_ids(session, wanted, by=by)}
    return {lesson.id: lesson for lesson in lesson_lists.by_ids(session, wanted, by=by)}


def folded(headline: str) -> str:
    """A headline as two people write the same one."""
    return "".join(filter(str.isalnum, headline.casefold()))


def _said(draft: LessonDraft | IssueDraft) -> str:
    return draft.headline if isinstance(draft, LessonDraft) else draft.title


def _text(draft: LessonDraft | IssueDraft) -> str:
    names = TEXTS if isinstance(draft, LessonDraft) else ("description", "resolution")
    texts = (getattr(draft, name) for name in names)
    return "\n\n".join(text for text in texts if text)[:TEXT_SHOWN]


def _plain(draft: LessonDraft | IssueDraft) -> dict[str, Any]:
    plain = {name: value for name, value in asdict(draft).items() if value not in (None, "")}
    return {
        name: value.isoformat() if hasattr(value, "isoformat") else
        value[: 3 * TEXT_SHOWN] if isinstance(value, str) else value
        for name, value in plain.items()
    }  # fmt: skip
