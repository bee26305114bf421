"""The quality coach: how many of its hints a careful reader agrees with.

    python -m tests.bench.bench_coach [--half held-out]

`coach_labels.csv` holds judgements over NASA's lessons (../shared/data/llis), and no word of them:
a word is a digest over the lesson's number and itself. 120 lessons drawn by chance were read whole,
so that in them what is not labelled is no fault, and a miss can be counted; more hints of each rule
were drawn by chance from the rest. Half of all lessons is for tuning. The first figures on the
other half (`hints`) were still too low, the rules were changed once more with those hints in view,
and that half was drawn from again (`hints 2`). Of `nothing to do`, `name of a person` and `blame`
nothing was left to draw: their last draw is not held out. One reader judged, a language model; no
human has checked it.

Beside the coach stand naive rules, over the lessons that were read whole. The lessons have no field
of their own for cause and effect, so that both mostly stand in the event: what the coach says of
these fields of the form is measured here at its worst.
"""

import argparse
import csv
import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from scipy.stats import binomtest

from content.coach import RULES, review
from tests.bench.judged import DATA, rows
from tests.bench.machine import machine

LABELS = Path(__file__).parent / "coach_labels.csv"
# The fields of the form that the lessons have, by the names that the lessons give them.
TEXTS = {
    "headline": "title",
    "summary": "abstract",
    "driving_event": "driving_event",
    "lesson": "lessons",
    "recommendation": "recommendations",
}
# Rules whose hint holds words that are right or wrong each for itself.
BY_WORD = ("is this short form known?", "name of a person")
DRAWS = ("whole", "hints", "hints 2")
Values = Mapping[str, str]
# A hint as it is judged: rule, field, and the word that it is about.
Claim = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Labels:
    """Which lessons were read whole, and what was said of each claim."""

    whole: Mapping[int, str]
    verdicts: Mapping[tuple[int, str, str, str], bool]
    drawn: Mapping[tuple[int, str, str, str], tuple[str, str]]

    def verdict(self, lesson: int, claim: Claim) -> bool | None:
        """Whether a reader agrees; nothing where nobody has judged."""
        told = self.verdicts.get(_key(lesson, claim))
        return False if told is None and lesson in self.whole else told

    def place(self, lesson: int, claim: Claim) -> tuple[str, str]:
        """Half and draw of a judged claim."""
        return self.drawn.get(_key(lesson, claim)) or (self.whole[lesson], "whole")

    def faults(self, half: str) -> Counter[str]:
        """How many faults the lessons that were read whole hold, by rule."""
        return Counter(
            key[1]
            for key, is_fault in self.verdicts.items()
            if is_fault and key[1] and self.drawn[key] == (half, "whole")
        )


def _key(lesson: int, claim: Claim) -> tuple[int, str, str, str]:
    rule, field, word = claim
    digest = hashlib.sha256(f"{lesson}:{word.casefold()}".encode()).hexdigest()[:12] if word else ""
    return lesson, rule, "" if rule in BY_WORD else field, digest


def labels() -> Labels:
    """The judgements."""
    whole, verdicts, drawn = {}, {}, {}
    with LABELS.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            key = int(row["lesson"]), row["rule"], row["field"], row["word"]
            if not row["rule"]:
                whole[key[0]] = row["half"]
            verdicts[key] = row["verdict"] == "true"
            drawn[key] = row["half"], row["draw"]
    return Labels(whole, verdicts, drawn)


# The two --------------------------------------------------------------------------------------


def coach(known: frozenset[str]) -> Callable[[Values], Iterable[Claim]]:
    """What the coach says, with the short names that a portal of theirs would know."""

    def claims(values: Values) -> Iterable[Claim]:
        for hint in review(values, known=known):
            for word in hint.found if hint.rule in BY_WORD else ("",):
                yield hint.rule, hint.field, word

    return claims


def naive(values: Values) -> Iterable[Claim]:
    """What one would write first."""
    text, event = " ".join(values.values()), values["driving_event"]
    explained = set(re.findall(r"\(([A-Z]{2,6})\)", text))
    for word in set(re.findall(r"\b[A-Z]{2,6}\b", text)) - explained:
        yield "is this short form known?", "", word
    for name in set(re.findall(r"\b[A-Z][a-z]+ [A-Z][a-z]+\b", text)):
        yield "name of a person", "", name
    for field in ("lesson", "recommendation"):
        if 0 < len(values[field].split()) < 12:
            yield "too general", field, ""
        if 0 < len(values[field].split()) < 5:
            yield "only a pointer", field, ""
        if re.search(r"\b(fault|blame|careless|negligent|failed to|error)\b", values[field]):
            yield "blame", field, ""
    if not re.search(r"\b(should|must|shall)\b", values["recommendation"]):
        yield "nothing to do", "recommendation", ""
    if len(values["headline"].split()) <= 5:
        yield "topic for a headline", "headline", ""
    if not re.search(r"\d", event):
        yield "no time or amount", "driving_event", ""
    if not re.search(r"\b(because|due to|caused?)\b", text):
        yield "is it told why?", "cause", ""
    if not re.search(r"\b(delay|cost|damage|loss|injur)", text):
        yield "is it told what it did?", "effect", ""


# Counting -------------------------------------------------------------------------------------

Counts = dict[str, dict[tuple[str, str], list[bool]]]


def judge(
    lessons: Mapping[int, Values], told: Labels, claims: Callable[[Values], Iterable[Claim]]
) -> Counts:
    """The verdicts on what is claimed, by rule, half and draw."""
    found: Counts = defaultdict(lambda: defaultdict(list))
    for number, values in lessons.items():
        for claim in claims(values):
            verdict = told.verdict(number, claim)
            if verdict is not None:
                found[claim[0]][told.place(number, claim)].append(verdict)
    return found


def shown(verdicts: list[bool]) -> str:
    """`17/20 0.85 (0.64-0.95)`: right of all, the share, its Wilson interval of 95%."""
    if not verdicts:
        return "none"
    right, every = sum(verdicts), len(verdicts)
    low, high = binomtest(right, every).proportion_ci(method="wilson")
    return f"{right}/{every} {right / every:.2f} ({low:.2f}-{high:.2f})"


def report(half: str, told: Labels, ours: Counts, theirs: Counts) -> None:
    """A line for each rule: precision over all judged hints, and beside the naive rule."""
    faults = told.faults(half)
    print(f"\n{half} half; precision with Wilson's interval of 95%; with ? it asks")
    print(f"{'rule':<27}{'all judged hints':<25}{'last draw':<25}{'read whole':<25}"
          f"{'naive rule, read whole':<27}recall ours, naive")  # fmt: skip
    for rule in RULES:
        mine, other = ours[rule.name], theirs[rule.name]
        every = [verdict for draw in DRAWS for verdict in mine[half, draw]]
        last = next((mine[half, draw] for draw in reversed(DRAWS) if mine[half, draw]), [])
        read, naively = mine[half, "whole"], other[half, "whole"]
        many = faults[rule.name]
        recall = f"{sum(read)}/{many}, {sum(naively)}/{many}" if many else "no such fault"
        print(f"{rule.name:<27}{shown(every):<25}{shown(last):<25}"
              f"{shown(read):<25}{shown(naively):<27}{recall}")  # fmt: skip


def main() -> None:
    """Measure and print."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--half", choices=("tuning", "held-out"), default="held-out")
    asked = reader.parse_args()
    path = DATA / "llis" / "llis_dev.jsonl"
    if not path.is_file():
        print(f"left out: {path} is not there")
        return
    found, told = list(rows(path)), labels()
    lessons = {row["lesson_id"]: {ours: row[name] or "" for ours, name in TEXTS.items()}
               for row in found}  # fmt: skip
    # Their departments are centres, their projects programmes.
    names = " ".join(f"{row['centre']} {row['program'] or ''}" for row in found)
    known = frozenset(re.findall(r"\b[A-Z][A-Z&]+[A-Z]\b", names))
    print(machine())
    ours = judge(lessons, told, coach(known))
    theirs = judge({number: lessons[number] for number in told.whole}, told, naive)
    report(asked.half, told, ours, theirs)


if __name__ == "__main__":
    main()
