"""Whether the event is told whole: why it came about, what it did, when and how much."""

import re
from collections.abc import Iterator

from content.coach.draft import Draft, Found, Prose, phrases, words

# Words of an event before anything is missed in it: what is shorter is still being typed.
EVENT_LEAST = 8
FIGURES_LEAST = 25
# In a longer tale the cause and the effect are told somewhere, in words that no list holds.
TALE_MOST = 60
# Words of a cause that may be new to it before it says more than the event does, as a share.
CAUSE_NEW = 0.2
CAUSE_LEAST = 3

_CAUSE = phrases("cause")
_EFFECT = phrases("effect")
_EMPTY = words("general", "empty")
_EVENTS = ("summary", "driving_event", "lesson")
_PAST = frozenset(
    ("was", "were", "had", "did", "could", "became", "came", "went", "took", "led", "fell")
)
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
    if not draft["cause"] and _is_short(draft) and not draft.says(_CAUSE, "headline", *_EVENTS):
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
    if _is_short(draft) and not draft.says(_EFFECT, "headline", *_EVENTS):
        yield "effect", ()


def _is_short(draft: Draft) -> bool:
    """Whether there is a tale, and it is short enough to be judged by its words."""
    told = sum(len(prose.words) for _, prose in draft.filled(*_EVENTS))
    return len(draft["driving_event"].words) >= EVENT_LEAST and told <= TALE_MOST


def no_figures(draft: Draft) -> Iterator[Found]:
    """A long event with no time and no amount in it."""
    event = draft["driving_event"]
    told = any(_TIMES.search(prose.text) for _, prose in draft.filled(*_EVENTS, "effect"))
    given = any(draft.values.get(name) for name in ("cost", "days"))
    if len(event.words) >= FIGURES_LEAST and _happened(event) and not told and not given:
        yield "driving_event", ()


def _happened(event: Prose) -> bool:
    """Whether it tells of something that was, not of how things are done."""
    return not _PAST.isdisjoint(event.lower)
