"""What the pages of an import ask a person, out of what was found in the file, and their answers.

Every question has an answer that is taken when nobody looks: what is certain is linked, what is
only alike is left out or registered, and said so in the report.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from content import people
from content.errors import Invalid
from content.importing import CREATE, Choice, Linker
from content.imports import Confidence, Guess, Look, guess_value, likest
from content.imports.fields import TEXTS
from content.models import (
    CATEGORIES,
    Confidentiality,
    Import,
    ImportKind,
    IssueStatus,
    LessonKind,
    Phase,
    Priority,
    Reach,
    Severity,
)
from portal import importer

# Likeness from which one button links every name to its likest project.
SURE = 90
# In a select: keep the value as the file has it.
AS_IS = "="

_LISTS: Mapping[str, Sequence[str]] = {
    "phase": tuple(Phase),
    "kind": tuple(LessonKind),
    "priority": tuple(Priority),
    "confidentiality": tuple(Confidentiality),
    "scope": tuple(Reach),
    "severity": tuple(Severity),
    "status": tuple(IssueStatus),
    "category": CATEGORIES,
}


def label(field: str) -> str:
    """A field's name for people."""
    return {"external_id": "Number or id", "lesson": "What was learned"}.get(
        field, field.replace("_", " ").capitalize()
    )


# Columns --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ColumnChoice:
    """One column of the file, and the field that it fills."""

    name: str
    samples: Sequence[str]
    filled: int
    field: str
    guess: Guess | None


def columns_of(
    row: Import, look: Look, guesses: Mapping[str, Mapping[str, str]],
    typed: Mapping[str, str] | None = None,
) -> list[ColumnChoice]:  # fmt: skip
    """Every column with its field: as it was typed, else as it was decided."""
    fields = {column: field for field, column in row.mapping.items() if column}
    guessed = {
        said["column"]: Guess(said["column"], Confidence(said["confidence"]), said["why"])
        for field, said in guesses.items()
        if row.mapping.get(field) == said["column"]
    }
    return [
        ColumnChoice(
            column.name,
            column.samples,
            column.filled,
            typed.get(f"to-{place}", "") if typed is not None else fields.get(column.name, ""),
            guessed.get(column.name),
        )
        for place, column in enumerate(look.columns)
    ]


def mapping_in(form: Mapping[str, str], look: Look, row: Import) -> dict[str, str]:
    """Which column is which field, as a form says.

    Raises:
        Invalid: two columns fill one field, or nothing fills a field that every row needs.
    """
    mapping: dict[str, str] = dict.fromkeys(importer.fields_of(row.kind), "")
    problems: dict[str, str] = {}
    for place, column in enumerate(look.columns):
        field = form.get(f"to-{place}", "")
        if field not in mapping:
            continue
        if mapping[field]:
            problems[f"to-{place}"] = f"{mapping[field]} is {label(field)} already."
        mapping[field] = column.name
    if row.kind is ImportKind.issues and not mapping["title"]:
        problems["to-0"] = "Say which column is the title; every issue needs one."
    elif row.kind is ImportKind.lessons and not any(mapping[name] for name in TEXTS):
        problems["to-0"] = "Say which column tells what happened or what was learned."
    if problems:
        raise Invalid("Please look at the columns below.", problems)
    return mapping


# Values ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ValueChoice:
    """One value of the file, how often it stands there, and which of ours it means."""

    field: str
    value: str
    count: int
    ours: str
    confidence: Confidence | None
    decided: bool
    options: Sequence[tuple[str, str]]


def values_of(session: Session, row: Import, look: Look) -> list[ValueChoice]:
    """Every value of the fields that have lists of ours, the most frequent first."""
    found: list[ValueChoice] = []
    decided = row.decided.get("values", {})
    for field in ("status", "severity", "phase", "kind", "priority", "confidentiality", "scope",
                  "department", "category"):  # fmt: skip
        column = look.column(row.mapping.get(field, ""))
        if column is None or not column.counts:
            continue
        options = _options(session, field)
        names = _names(session, field)
        said = decided.get(field, {})
        for value, count in sorted(column.counts.items(), key=lambda pair: (-pair[1], pair[0])):
            meant = guess_value(field, value, names)
            ours = said.get(value, meant.ours or (AS_IS if field == "category" else ""))
            known = {option for option, _ in options}
            shown = ours if ours in known else AS_IS if field == "category" and ours else ""
            sure = None if value in said else meant.confidence
            found.append(ValueChoice(field, value, count, shown, sure, value in said, options))
    return found


def _names(session: Session, field: str) -> dict[str, str]:
    if field == "department":
        rows = people.departments(session)
        return {name: row.code for row in rows for name in (row.code, row.name)}
    return {str(value): str(value) for value in _LISTS[field]}


def _options(session: Session, field: str) -> list[tuple[str, str]]:
    if field == "department":
        return [("", "leave out"), *((d.code, d.name) for d in people.departments(session))]
    free = [(AS_IS, "as it is")] if field == "category" else []
    ours = [(str(value), str(value).capitalize()) for value in _LISTS[field]]
    return [("", "leave out"), *free, *ours]


def values_in(
    form: Mapping[str, str], shown: Sequence[ValueChoice], decided: Mapping[str, Mapping[str, str]]
) -> dict[str, dict[str, str]]:
    """The decisions with those of a form, which shows a part of the values.

    Raises:
        Invalid: something is chosen that was not offered.
    """
    taken = {field: dict(said) for field, said in decided.items()}
    known = {(choice.field, choice.value): choice for choice in shown}
    for place in range(len(shown)):
        field, value = form.get(f"f-{place}", ""), form.get(f"v-{place}", "")
        choice, ours = known.get((field, value)), form.get(f"o-{place}")
        if choice is None or ours is None:
            continue
        if ours not in {option for option, _ in choice.options}:
            raise Invalid("Choose one of the values offered.", {f"o-{place}": "Choose one."})
        taken.setdefault(field, {})[value] = value if ours == AS_IS else ours
    return taken


# Projects -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ProjectChoice:
    """A name in the file that is no project's, or several projects'; `said` is what was decided."""

    name: str
    count: int
    said: int | str
    decided: bool
    shared: bool
    likest: Sequence[tuple[int, str, int]]


def project_names(row: Import, look: Look) -> dict[str, int]:
    """The projects that a file names, with how often; of issues also by their keys."""
    column = look.column(row.mapping.get("project", ""))
    if column is not None:
        return dict(column.counts or {})
    for field in ("url", "external_id"):
        column = look.column(row.mapping.get(field, ""))
        if row.kind is ImportKind.issues and column is not None and column.projects:
            return dict(column.projects)
    return {}


def projects_of(
    session: Session, row: Import, look: Look, names: Mapping[int, str]
) -> tuple[list[ProjectChoice], int]:
    """The names that a person must be asked about, most frequent first; and how many are known."""
    linker = Linker(session)
    decided = row.decided.get("projects", {})
    asked: list[ProjectChoice] = []
    known = 0
    counts = project_names(row, look)
    for name, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0])):
        found = linker.candidates(name)
        if len(found) == 1:
            known += 1
            continue
        said = decided.get(name.casefold())
        alike = [(key, 100) for key in found] or []
        asked.append(
            ProjectChoice(
                name,
                count,
                said if said is not None else ("" if found else CREATE),
                said is not None,
                bool(found),
                [(key, names.get(key, ""), score) for key, score in alike],
            )
        )
    return asked, known


def with_likest(choice: ProjectChoice, names: Mapping[int, str]) -> ProjectChoice:
    """The choice with the projects most like its name, unless several have that very name."""
    if choice.shared:
        return choice
    alike = [(key, names[key], score) for key, score in _likest(choice.name, names)]
    if isinstance(choice.said, int) and choice.said not in {key for key, _, _ in alike}:
        alike.append((choice.said, names.get(choice.said, "a project"), 0))
    return ProjectChoice(
        choice.name, choice.count, choice.said, choice.decided, choice.shared, alike
    )


def _likest(name: str, names: Mapping[int, str], many: int = 4) -> list[tuple[int, int]]:
    """The projects most like a name, leaving aside the codes before theirs."""
    return likest(name, {key: text.partition(" ")[2] for key, text in names.items()}, many)


def projects_in(
    form: Mapping[str, str],
    shown: Sequence[ProjectChoice],
    codes: Mapping[str, int],
    decided: Mapping[str, int | str],
) -> dict[str, int | str]:
    """The decisions with those of a form.

    Raises:
        Invalid: a code is no project's.
    """
    taken = dict(decided)
    names = {choice.name for choice in shown}
    problems: dict[str, str] = {}
    for place in range(len(shown)):
        name = form.get(f"n-{place}", "")
        if name not in names:
            continue
        said: int | str = form.get(f"p-{place}", "")
        if typed := form.get(f"c-{place}", "").strip():
            if (code := typed.split(" ")[0].casefold()) in codes:
                said = codes[code]
            else:
                problems[f"c-{place}"] = f"No project has the code {typed[:40]}."
        known = set(codes.values())
        if isinstance(said, str) and said.isdecimal():
            said = int(said) if int(said) in known else CREATE
        taken[name.casefold()] = said if said in ("", CREATE) or said in known else CREATE
    if problems:
        raise Invalid("Please look at the projects below.", problems)
    return taken


def default_project(form: Mapping[str, str], codes: Mapping[str, int]) -> int | None:
    """The project of rows that name none.

    Raises:
        Invalid: the code is no project's.
    """
    typed = form.get("default", "").strip()
    if not typed:
        return None
    code = typed.split(" ")[0].casefold()
    if code not in codes:
        text = f"No project has the code {typed[:40]}."
        raise Invalid(text, {"default": text})
    return codes[code]


def nearly_sure(
    asked: Sequence[ProjectChoice], names: Mapping[int, str], taken: Mapping[str, int | str]
) -> dict[str, int | str]:
    """Links of the names that are `SURE` to be one project, and of no other as much."""
    found: dict[str, int | str] = {}
    for choice in asked:
        if choice.shared or isinstance(taken.get(choice.name.casefold()), int):
            continue
        best = _likest(choice.name, names, 2)
        if best and best[0][1] >= SURE and (len(best) < 2 or best[1][1] < best[0][1]):
            found[choice.name.casefold()] = best[0][0]
    return found


# Repeats --------------------------------------------------------------------------------------


def choices_for(kind: ImportKind, found: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What may become of a row that repeats something."""
    there = "the earlier row" if found.get("of_row") else "the known one"
    offered = [("new", "Take it as new"), ("skip", "Leave this row out")]
    if kind is ImportKind.lessons:
        offered.append(("occurrence", f"Add it as an occurrence of {there}"))
    if not found.get("of_row") or kind is ImportKind.lessons:
        offered.append(("update", f"Let it change {there}"))
    return offered


def default_choice(found: Mapping[str, Any]) -> str:
    """What becomes of a repeat that nobody decides on."""
    return "update" if found["why"] == "number" else "new"


def repeats_in(
    form: Mapping[str, str],
    repeats: Sequence[Mapping[str, Any]],
    decided: Mapping[str, Sequence[Any]],
    kind: ImportKind,
) -> dict[str, list[Any]]:
    """The decisions with those of a form; `rest` decides all that stand open yet."""
    taken = {number: list(said) for number, said in decided.items()}
    rest, why = form.get("rest", ""), form.get("rest-why", "")
    for found in repeats:
        number = str(found["row"])
        said = form.get(f"r-{number}", "")
        if not said and rest and number not in taken and why in ("", found["why"]):
            said = rest
        if said in {choice for choice, _ in choices_for(kind, found)}:
            taken[number] = [Choice(said).value, found.get("known"), found.get("of_row")]
    return taken


def outcome(
    found: Mapping[str, Any], decided: Mapping[str, Sequence[Any]]
) -> list[tuple[str, int]]:
    """How many rows come to what under the choices, in words for a person."""
    counts = dict(found["counts"])
    open_yet = 0
    for repeat in found["repeats"]:
        said = decided.get(str(repeat["row"]))
        open_yet += said is None
        before = "changed" if repeat["why"] == "number" else "new"
        choice = said[0] if said else default_choice(repeat)
        after = {"skip": "skipped", "update": "changed"}.get(choice, choice)
        counts[before] = counts.get(before, 0) - 1
        counts[after] = counts.get(after, 0) + 1
    words = {
        "new": "new", "changed": "will change", "unchanged": "there already",
        "occurrence": "added as occurrences", "skipped": "left out", "refused": "refused",
    }  # fmt: skip
    told = [(text, counts.get(name, 0)) for name, text in words.items()]
    return [*((text, count) for text, count in told if count > 0), ("undecided", open_yet)]
