"""Whether a draft is in English: the rules know no other language, and say nothing of one."""

from content.coach.draft import Draft, words

_ENGLISH = words("language", "english")
_OTHERS = words("language", "others")
# Where no small word tells, so many words that are English do.
_WORDS = words("action", "verbs") | words("action", "openers") | words("general", "empty")
WORDS_LEAST = 2


def is_english(draft: Draft) -> bool:
    """Whether more of its small words are English than of other languages.

    These are German, French, Spanish, Italian and Dutch. A draft that tells no language, such as
    one of a name and a number, is not taken for English.
    """
    told = [word for _, prose in draft.filled() for word in prose.lower]
    english = sum(word in _ENGLISH for word in told)
    others = sum(word in _OTHERS for word in told)
    if not english and not others:
        return sum(word in _WORDS for word in told) >= WORDS_LEAST
    return english > others
