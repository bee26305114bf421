"""The quality coach: what a reader will miss in a lesson that somebody is writing.

It looks at words only, so that it answers while somebody types; it never blocks, and it is wrong
at times. It keeps nothing. English only: of a text in another language it says nothing.
"""

from collections.abc import Collection, Mapping
from typing import Any

from content.coach.acronyms import short_forms
from content.coach.draft import Draft, Hint, Rule
from content.coach.language import is_english
from content.coach.rules import RULES

__all__ = ["RULES", "Hint", "Rule", "review", "short_forms"]


def review(
    values: Mapping[str, Any], *, people: Collection[str] = (), known: Collection[str] = ()
) -> list[Hint]:
    """The hints for a lesson as it is typed, in the order of the form's fields.

    `values` are the fields of a lesson as a form or an import holds them; what is no text, or is
    missing, counts as empty. `people` are names that the portal knows, as they are written in full;
    `known` are acronyms that everybody here knows, such as the short names of departments.
    """
    draft = Draft(values, people=people, known=known)
    if not is_english(draft):
        return []
    return [
        Hint(field, rule.name, rule.message, rule.example, found, rule.asks)
        for rule in RULES
        for field, found in rule.check(draft)
    ]
