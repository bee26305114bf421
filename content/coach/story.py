"""Whether the event is told whole: why it came about, what it did, when and how much."""

import re
from collections.abc import Iterator

from content.coach.draft import Draft, Found, Prose, phrases, words

# Words of an event before anything is missed in it: what is shorter is still being typed.
EVENT_LEAST = 8
FIGURES_LEAST = 25
# Words of a cause that may be new to it before it says more than the event does, as a share.
CAUSE_NEW = 0.2
CAUSE_LEAST = 3

_CAUSE = phrases("cause")
_EFFECT = phrases("effect")
_EMPTY = words("general", "empty")
_EVENTS = ("summary", "driving_event", "lesson")
_AFFECTS = ("cost", "days", "affects")
_TIMES = re.compile(
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|twice|dozens?|hundreds?|thousands?"
    r"|millions?|half|quarter|yesterday|daily|weekly|monthly|annual|hours?|days?|weeks?|months?|years?"
    r"|january|february|march|april|june|july|august|september|october|november|december"
    r"|during|prior to|while|after|before|spring|summer|autumn|winter|night|morning)\b",
    re.IGNORECASE,
)


def no_cause(draft: Draft) -> Iterator[Found]:
    """Neither a cause nor a word in the event that tells one."""
    if draft["cause"] or len(draft["driving_event"].words) < EVENT_LEAST:
        return
    if not draft.says(_CAUSE, *_EVENTS):
        yield "cause", ()


def same_cause(draft: Draft) -> Iterator[Found]:
    """A cause that only says the event again."""
    cause, event = _told(draft["cause"]), _told(draft["driving_event"])
    if len(cause) >= CAUSE_LEAST and len(cause - event) <= CAUSE_NEW * len(cause):
        yield "cause", (draft["cause"].text.strip(),)


def _told(prose: Prose) -> set[str]:
    return set(prose.lower) - _EMPTY


def no_effect(draft: Draft) -> Iterator[Found]:
    """Nothing about what the event did: to time, money, people or the thing itself."""
    if draft["effect"] or any(draft.values.get(name) for name in _AFFECTS):
        return
    if len(draft["driving_event"].words) >= EVENT_LEAST and not draft.says(_EFFECT, *_EVENTS):
        yield "effect", ()


def no_figures(draft: Draft) -> Iterator[Found]:
    """A long event with no time and no amount in it."""
    event = draft["driving_event"]
    told = any(_TIMES.search(draft[name].text) for name in ("driving_event", "summary", "effect"))
    given = any(draft.values.get(name) for name in ("cost", "days"))
    if len(event.words) >= FIGURES_LEAST and not told and not given:
        yield "driving_event", ()
