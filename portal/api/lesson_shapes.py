"""What is asked and answered of lessons, and how a lesson is shown to whoever reads it."""

from datetime import datetime
from typing import Annotated, Any, Literal, get_args

from pydantic import ConfigDict, Field, model_validator

from content.access import reads_whole
from content.lesson_texts import HEADLINE_MOST, TEXT_MOST, TOPIC_MOST, TOPICS_MOST
from content.models import (
    Confidentiality,
    Lesson,
    LessonKind,
    LessonState,
    Method,
    Phase,
    Priority,
    Reach,
    Size,
)
from content.types import Actor
from content.workflow import APART, Move
from portal.api import paging
from portal.api.schemas import (
    Body,
    Change,
    Code,
    Day,
    Days,
    Facts,
    Flag,
    Line,
    Link,
    Money,
    Shown,
    Text,
    author_of,
    change_of,
    link,
    project_facts,
    require_said,
    says,
)

Long = Annotated[Text, Field(max_length=TEXT_MOST)]
Mark = Literal["scope", "quality", "stakeholders", "safety"]
Step = Literal[
    "submit", "withdraw", "return", "reject", "reopen", "publish", "assign action", "implement",
    "verify", "supersede", "retire", "restore",
]  # fmt: skip
assert set(get_args(Step)) == {move.value for move in Move if move not in APART}
EVERY_STEP: tuple[Step, ...] = get_args(Step)
EXAMPLE: dict[str, Any] = {
    "headline": "Agree acceptance criteria before the contract is signed",
    "driving_event": "The buyer refused the handover because no criteria had been written down.",
    "cause": "The contract named no criteria.",
    "lesson": "Criteria written down late are argued about.",
    "recommendation": "Agree and sign the criteria before the work starts.",
    "phase": "planning",
    "topics": ["acceptance", "contracts"],
}


# What is asked --------------------------------------------------------------------------------


class LessonQuery(paging.Paged):
    """What a list of lessons is narrowed to, as on its page."""

    text: Annotated[Text, Field(max_length=200, description="In the headline or the number.")] = ""
    state: LessonState | None = None
    phase: Phase | None = None
    kind: LessonKind | None = None
    category: Annotated[Line, Field(max_length=200)] | None = None
    topic: Annotated[Line, Field(max_length=TOPIC_MOST)] | None = None
    priority: Priority | None = None
    project_code: Code | None = None
    department_code: Annotated[Line, Field(max_length=20)] | None = None
    mine: Annotated[Flag, Field(description="Only those that the token's person wrote.")] = False
    sort: Literal["newest", "oldest", "headline", "changed", "applied"] = "newest"


class AppliesTo(Body):
    """The kinds of project that a lesson fits; an empty list means any."""

    types: list[Annotated[Line, Field(max_length=60)]] = Field(default=[], max_length=20)
    sizes: list[Size] = Field(default=[], max_length=3)
    methods: list[Method] = Field(default=[], max_length=3)


class LessonFields(Body):
    """The fields that a person writes; those that are not named stay as they are."""

    summary: Long = ""
    driving_event: Long = ""
    """What happened."""
    cause: Long = ""
    early_warning: Long = ""
    effect: Long = ""
    """What it did to the project; with `cost`, `days` and `affects`."""
    cost: Money | None = None
    days: Days | None = None
    affects: list[Mark] = Field(default=[], max_length=4)
    lesson: Long = ""
    """What was learned."""
    recommendation: Long = ""
    project_code: Code | None = None
    department_code: Annotated[Line, Field(max_length=20)] | None = None
    """The project's own department where it is not named."""
    phase: Phase | None = None
    kind: LessonKind | None = None
    scope: Reach | None = None
    applies_to: AppliesTo = AppliesTo()
    category: Annotated[Line, Field(max_length=200)] | None = None
    topics: list[Annotated[Line, Field(max_length=TOPIC_MOST)]] = Field(
        default=[], max_length=TOPICS_MOST
    )
    priority: Priority | None = None
    previously_identified: bool | None = None
    date_occurred: Day | None = None
    author_hidden: bool = False
    """Whether readers do not see who wrote it."""
    confidentiality: Confidentiality = Confidentiality.open
    sanitised: Long = ""
    """What everybody may know of a restricted lesson."""
    review_by: Day | None = None
    evidence: Long = ""
    source_url: Annotated[str, Field(max_length=500, pattern=r"^(https?://[!-~]+)?$")] = ""


_SAYS = ("summary", "driving_event", "cause", "effect", "lesson", "recommendation")


class NewLesson(LessonFields):
    """A lesson as it is written; at least one of the texts says something."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [EXAMPLE],
            "anyOf": [says(name) for name in _SAYS],
        }
    )

    headline: Annotated[Line, Field(max_length=HEADLINE_MOST)]
    """The point in one line."""

    @model_validator(mode="after")
    def _says_something(self) -> "NewLesson":
        require_said(self, *_SAYS)
        return self


class LessonChange(LessonFields, Change):
    """What changes in a lesson."""

    model_config = ConfigDict(
        json_schema_extra=change_of({"cause": "The template of the contract named none."})
    )

    headline: Annotated[Line, Field(max_length=HEADLINE_MOST)] = "-"


class NewMove(Body):
    """One step of a lesson's life."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"move": "submit"}]})

    move: Step
    reason: Annotated[Text, Field(max_length=5_000)] = ""
    """Needed to return, reject, supersede and retire; the author reads it."""


# What is answered -----------------------------------------------------------------------------


class LessonWhole(Shown):
    """A lesson that the token's person reads whole."""

    whole: Literal[True] = True
    id: int
    external_id: str
    """The number that people quote: the one that it came with, or the portal's own."""
    version: int
    state: LessonState
    state_reason: str
    headline: str
    summary: str
    project: str | None
    project_code: str | None
    department: str | None
    department_code: str | None
    phase: Phase | None
    kind: LessonKind | None
    driving_event: str
    cause: str
    early_warning: str
    effect: str
    cost: int | None
    days: int | None
    affects: list[str]
    lesson: str
    recommendation: str
    scope: Reach | None
    applies_to: dict[Literal["types", "sizes", "methods"], list[str]]
    category: str | None
    topics: list[str]
    priority: Priority | None
    previously_identified: bool | None
    date_occurred: Day | None
    author: str | None
    """Null when the author is hidden, or when an import named none."""
    author_hidden: bool
    confidentiality: Confidentiality
    sanitised: str
    review_by: Day | None
    evidence: str
    source_url: str
    submitted_at: datetime | None
    published_at: datetime | None
    created_at: datetime
    updated_at: datetime
    applied: int
    """How many projects applied it."""
    moves: list[Step] | None = None
    """The steps that the token's person may take now; only where one lesson is asked for."""
    link: Link


class LessonInPart(Shown):
    """A restricted lesson that the token's person knows by its sanitised text only."""

    whole: Literal[False] = False
    id: int
    sanitised: str
    phase: Phase | None
    date_occurred: Day | None
    confidentiality: Confidentiality
    state: LessonState
    link: Link


class LessonPage(Facts):
    """One page of lessons."""

    items: list[LessonWhole | LessonInPart]


_PLAIN = (
    "id", "version", "state", "state_reason", "headline", "summary", "phase", "kind",
    "driving_event", "cause", "early_warning", "effect", "cost", "days", "affects", "lesson",
    "recommendation", "scope", "category", "topics", "priority", "previously_identified",
    "date_occurred", "author_hidden", "confidentiality", "sanitised", "review_by", "evidence",
    "source_url", "submitted_at", "published_at", "created_at", "updated_at",
)  # fmt: skip


def shown(
    lesson: Lesson, by: Actor, *, applied: int, moves: list[Step] | None = None
) -> LessonWhole | LessonInPart:
    """A lesson as far as `by` reads it."""
    place = link(f"/lessons/{lesson.id}")
    if not reads_whole(by, lesson):
        return LessonInPart(
            id=lesson.id, sanitised=lesson.sanitised, phase=lesson.phase,
            date_occurred=lesson.date_occurred, confidentiality=lesson.confidentiality,
            state=lesson.state, link=place,
        )  # fmt: skip
    department = lesson.department
    return LessonWhole(
        **{name: getattr(lesson, name) for name in _PLAIN},
        **project_facts(lesson.project),
        external_id=lesson.number,
        department=department.name if department else None,
        department_code=department.code if department else None,
        applies_to={
            "types": lesson.applies_to_types,
            "sizes": lesson.applies_to_sizes,
            "methods": lesson.applies_to_methods,
        },
        author=author_of(lesson, by),
        applied=applied,
        moves=moves,
        link=place,
    )
