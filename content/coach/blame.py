"""Words that blame: a reader learns from what made a mistake easy, not from who was careless."""

from collections.abc import Iterator

from content.coach.draft import Draft, Found, phrases, shown, words

_BLAME = phrases("blame")
_JUDGING = words("blame", "judging")
_SAID_OF = words("blame", "said_of")
# Words between a judging word and those it is said of.
JUDGED_WITHIN = 5


def blame(draft: Draft) -> Iterator[Found]:
    """Words that judge a person, not `a careless contact`."""
    for name, prose in draft.filled():
        judged = (word for part in prose.tale.sentences for word in _judged(part.lower))
        found = shown([*_BLAME.among(prose.lower), *judged])
        if found:
            yield name, found


def _judged(told: list[str]) -> Iterator[str]:
    for place, word in enumerate(told):
        near = told[max(0, place - JUDGED_WITHIN) : place + JUDGED_WITHIN]
        if word in _JUDGING and not _SAID_OF.isdisjoint(near):
            yield word
