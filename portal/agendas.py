"""What the pages and the documents of a review show, gathered once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy.orm import Session

from analytics import actions, agenda, room
from analytics.agenda import Back, Typical
from analytics.review_models import Action, Review, ReviewItem
from analytics.room import Tally
from content.types import Actor


@dataclass(frozen=True, slots=True)
class Agenda:
    """A review with all that stands around it, for one reader."""

    review: Review
    past: Sequence[Review]  # those that were closed before, the latest first
    back: Sequence[Back]
    typical: Mapping[int, Sequence[Typical]]
    decided: Mapping[int, Sequence[ReviewItem]]
    running: Mapping[int, Sequence[Action]]  # actions against a theme, but for those from here
    actions: Sequence[Action]  # actions that this review decided
    tallies: Mapping[int, Tally]

    @property
    def earlier(self) -> Review | None:
        """The review before this one."""
        return self.past[0] if self.past else None

    @property
    def ends_at(self) -> datetime:
        """When it is planned to end."""
        return self.review.starts_at + timedelta(minutes=self.review.minutes)

    @property
    def times(self) -> Mapping[int, datetime]:
        """When each part begins by the plan: 0 for the look back, then the numbers of items."""
        at, found = self.review.starts_at, {}
        for number, minutes in (
            (room.BACK, self.review.back_minutes),
            *((item.id, item.minutes) for item in self.review.items),
        ):
            found[number] = at
            at += timedelta(minutes=minutes)
        return found

    def actions_of(self, item: ReviewItem) -> list[Action]:
        """The actions that this review decided about a theme."""
        return [row for row in self.actions if row.item_id == item.id]


def gather(
    session: Session, review: Review, *, by: Actor, today: date, reader: Actor | None = None
) -> Agenda:
    """Everything around a review; texts and effects are what `reader` (else `by`) may read."""
    reader = reader or by
    past = agenda.past(session, review)
    themes = [item.theme_id for item in review.items]
    here = {item.id for item in review.items}
    found = actions.listing(session, by=reader, theme_ids=themes, item_ids=[*agenda.items_of(past)])
    running: dict[int, list[Action]] = {}
    for row in found:
        if row.theme_id in themes and row.item_id not in here:
            running.setdefault(row.theme_id, []).append(row)
    return Agenda(
        review=review,
        past=past,
        back=agenda.looking_back(session, review, past, found, reader=reader, today=today),
        typical=agenda.typical(session, themes, by=reader),
        decided=agenda.decided_before(review, past),
        running=running,
        actions=[row for row in found if row.item_id in here],
        tallies=room.tallies(review, by=by),
    )
