"""What stands beside a lesson in review: topics, a category, and published lessons that say it too.

What is suggested is learned from the published lessons in this process and kept in memory. It is
learned again when they have changed, and not more often than once in a while.
"""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy.orm import Session

from content import lesson_lists, validation
from content.access import scope_of
from content.models import PUBLIC_STATES, Lesson
from content.types import Actor, Kind
from content.validation import Filed
from portal.runtime import Runtime
from search.engine import SearchRequest

if TYPE_CHECKING:
    from analytics.suggestions import LabelSuggester, Suggestion

# The newest lessons that are learned from: 2,000 of NASA's length take a second.
LEARNED_MOST = 2_000
# Seconds for which what was learned holds although lessons have changed.
HOLDS = 300
TOPICS_MOST, CATEGORIES_MOST, SIMILAR_MOST = 6, 3, 4
# Confidence below which a suggestion costs more attention than it saves.
TOPIC_LEAST, CATEGORY_LEAST = 0.15, 0.2
# Likeness below which words are shared by chance, as where similar lessons are shown while typing.
LIKE_LEAST = 0.14


@dataclass(frozen=True, slots=True)
class Near:
    """A published lesson and how like it is, from 0 to 1."""

    lesson: Lesson
    likeness: float


@dataclass(frozen=True, slots=True)
class Beside:
    """All that stands beside a lesson in review."""

    topics: "Sequence[Suggestion]"
    categories: "Sequence[Suggestion]"
    similar: Sequence[Near]
    learned_from: int


@dataclass(frozen=True, slots=True)
class _Learned:
    stamp: tuple[int, str]
    at: float
    count: int
    topics: "LabelSuggester"
    categories: "LabelSuggester"


class Suggestions:
    """What was learned, shared by all threads of a process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._learned: _Learned | None = None

    def learned(self, session: Session) -> _Learned:
        """The newest that there is; one thread learns and the others wait for it."""
        with self._lock:
            found = self._learned
            if found is None or time.monotonic() - found.at > HOLDS:
                stamp = validation.filed_stamp(session)
                if found is None or found.stamp != stamp:
                    found = _learn(stamp, validation.filed(session, most=LEARNED_MOST))
                else:
                    found = _Learned(
                        stamp, time.monotonic(), found.count, found.topics, found.categories
                    )
                self._learned = found
            return found


def _learn(stamp: tuple[int, str], rows: Sequence[Filed]) -> _Learned:
    # Its libraries take a second to load, and most people never review.
    from analytics.suggestions import LabelSuggester

    texts = [row.text for row in rows]
    return _Learned(
        stamp,
        time.monotonic(),
        len(rows),
        LabelSuggester().fit(texts, [row.topics for row in rows]),
        LabelSuggester().fit(texts, [[row.category] if row.category else [] for row in rows]),
    )


_KEPT: dict[str, Suggestions] = {}


def of(runtime: Runtime) -> Suggestions:
    """What this process has learned for this portal."""
    return _KEPT.setdefault(str(runtime.settings.data_dir.absolute()), Suggestions())


def beside(runtime: Runtime, session: Session, lesson: Lesson, *, by: Actor) -> Beside:
    """Suggestions and similar lessons for a reviewer; nothing is applied by itself."""
    learned = of(runtime).learned(session)
    text = validation.filed_text(lesson)
    return Beside(
        topics=learned.topics.suggest(text, most=TOPICS_MOST, least=TOPIC_LEAST),
        categories=learned.categories.suggest(text, most=CATEGORIES_MOST, least=CATEGORY_LEAST),
        similar=similar(runtime, session, lesson, by=by),
        learned_from=learned.count,
    )


def similar(runtime: Runtime, session: Session, lesson: Lesson, *, by: Actor) -> list[Near]:
    """The published lessons most like one that is not published, the nearest first."""
    wanted = SearchRequest(
        kinds=(Kind.lesson,),
        filters={"state": tuple(state.value for state in PUBLIC_STATES)},
        limit=SIMILAR_MOST,
    )
    text = "\n".join((lesson.driving_event, lesson.cause, lesson.lesson, lesson.effect))
    hits = runtime.search.like_text(text, scope_of(by), wanted, headline=lesson.headline).findings
    near = {hit.id: hit.score for hit in hits if hit.score >= LIKE_LEAST and hit.id != lesson.id}
    rows = {row.id: row for row in lesson_lists.by_ids(session, list(near), by=by)}
    return [
        Near(rows[number], score)
        for number, score in near.items()
        if number in rows and rows[number].state in PUBLIC_STATES
    ]
