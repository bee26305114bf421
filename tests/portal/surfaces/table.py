"""Who reads which lesson, and on which surfaces a lesson that is open to a person stands.

`whole` is every word of it. `part` is the sanitised text and nothing else. `link` is every word, by
its address and not in any list: taken out of use, and others may have quoted it. `-` is nothing at
all: its address answers 404 like one that is not there.
"""

from collections.abc import Mapping

WHOLE, PART, LINK, NOTHING = "whole", "part", "link", "-"

# Columns are people of the scene: who wrote the lesson, who manages its project, a colleague in its
# department, a member and a trainer of another department, a reviewer, an administrator.
_SEES = """
lesson                 author manager colleague outsider trainer reviewer admin
open                   whole  whole   whole     whole    whole   whole    whole
unsigned               whole  whole   whole     whole    whole   whole    whole
department             whole  whole   whole     -        -       whole    whole
restricted             whole  whole   -         -        -       whole    whole
sanitised              whole  whole   part      part     part    whole    whole
draft                  whole  whole   -         -        -       whole    whole
submitted              whole  whole   -         -        -       whole    whole
returned               whole  whole   -         -        -       whole    whole
rejected               whole  whole   -         -        -       whole    whole
retired-open           whole  whole   link      link     link    whole    whole
retired-department     whole  whole   link      -        -       whole    whole
retired-restricted     whole  whole   -         -        -       whole    whole
"""


def _rows(text: str) -> Mapping[str, Mapping[str, str]]:
    head, *lines = [line.split() for line in text.strip().splitlines()]
    return {line[0]: dict(zip(head[1:], line[1:], strict=True)) for line in lines}


SEES: Mapping[str, Mapping[str, str]] = _rows(_SEES)
LESSONS = tuple(SEES)
PEOPLE = tuple(SEES["open"])
# One of each kind, where each lesson is asked for by itself.
EACH_KIND = ("open", "department", "restricted", "sanitised", "draft")

# Where a published lesson is met by whoever reads it whole, and the addresses of that surface: the
# walk that meets it there would meet it as well when a filter were missing.
REACHED: Mapping[str, str] = {
    "its page": r"/lessons/\d+$",
    "its revisions": r"/lessons/\d+/revisions",
    "where it happened too": r"/lessons/\d+/occurrences",
    "the list": r"/lessons/\?",
    "search": r"/search\?",
    "the palette": r"/palette\?",
    "lessons like a text": r"POST /search/like",
    "lessons beside what one types": r"POST /lessons/capture/.*/beside",
    "its project": r"/projects/[^/]+$",
    # The page of a theme shows some of its texts; this one, all of them.
    "the texts of a theme": r"/themes/\d+/texts$",
    "lessons as CSV": r"/exports/lessons.csv",
    "lessons as Excel": r"/exports/lessons.xlsx",
    "lessons as JSON": r"/exports/lessons.json",
    "lessons on paper": r"/exports/lessons.html",
    "findings as CSV": r"/exports/findings.csv",
    "a theme as CSV": r"/exports/theme.csv",
    "a feed": r"/feeds/",
    "lessons of the API": r"/api/v1/lessons\?",
    "a lesson of the API": r"/api/v1/lessons/\d+$",
    "search of the API": r"/api/v1/search\?",
    "mails": r"mail",
}
# Words are completed from what is open to everybody alone.
REACHED_IF_OPEN: Mapping[str, str] = {"completions": r"/search/suggest\?"}
# Surfaces of whoever manages an open project that it fits.
REACHED_BY_MANAGER: Mapping[str, str] = {
    "a start pack": r"/projects/[^/]+/pack$",
    "a start pack as Excel": r"/projects/[^/]+/pack/export.xlsx",
    "a start pack as Word": r"/projects/[^/]+/pack/export.docx",
    "a start pack of the API": r"/api/v1/projects/[^/]+/pack$",
}


def asked(lesson: str) -> str:
    """The word of a lesson that everybody asks for."""
    return "qas" + lesson.replace("-", "")


def hints(lesson: str) -> str:
    """What somebody knows of a lesson who types something like it."""
    return " ".join(f"{asked(lesson)}{end}" for end in ("", "hook", "load", "rope"))


def told(lesson: str) -> str:
    """The word of a lesson that only those may meet who read it whole."""
    return "wert" + lesson.replace("-", "")


def words(person: str, *cells: str) -> frozenset[str]:
    """The words of the lessons that stand so in the column of `person`."""
    return frozenset(told(row) for row in LESSONS if SEES[row][person] in cells)
