"""Proposed groups of short notes: how many proposed pairs are right, how many true ones are found.

    python -m tests.bench.bench_notes

There is no public set of workshop notes whose groups are known. Closest are the titles of issues
that their reporters linked as duplicates (../shared/data/issues, Hadoop): each made-up workshop
holds ten linked pairs of one half of the links and twenty other titles. Titles that say the same
and that nobody linked count as wrong, so that the share that is right is a lower bound. The
settings were chosen on the even half.
"""

import json
import random
import time
from itertools import combinations

from analytics import notes
from tests.bench.judged import DATA
from tests.bench.machine import machine

WORKSHOPS, PAIRS, OTHERS = 20, 10, 20


def issues() -> tuple[dict[str, str], list[frozenset[str]]]:
    """The titles by number, and the linked pairs in order."""
    with (DATA / "issues" / "hadoop_duplicates_dev.jsonl").open(encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    titles = {row["issue_id"]: row["title"] for row in rows}
    pairs = {
        frozenset((row["issue_id"], other))
        for row in rows
        for other in row["duplicates"]
        if other in titles
    }
    return titles, sorted(pairs, key=sorted)


def shares(half: int) -> tuple[float, float]:
    """The share of proposed pairs that are linked, and of linked ones that are proposed."""
    titles, pairs = issues()
    linked = {number for pair in pairs for number in pair}
    others = sorted(set(titles) - linked)
    draw, right, proposed, there = random.Random(half), 0, 0, 0
    for _ in range(WORKSHOPS):
        chosen = draw.sample(pairs[half::2], PAIRS)
        numbers = sorted({n for pair in chosen for n in pair}) + draw.sample(others, OTHERS)
        made = notes.proposals([titles[n] for n in numbers], [None] * len(numbers))
        found = {
            frozenset((numbers[a], numbers[b]))
            for proposal in made
            for a, b in combinations(proposal.notes, 2)
        }
        true = {pair for pair in pairs if pair <= set(numbers)}
        right, proposed, there = (
            right + len(found & true), proposed + len(found), there + len(true),
        )  # fmt: skip
    return right / max(1, proposed), right / there


def main() -> None:
    """Print both halves, and the time for a full workshop."""
    print(machine())
    for half, name in enumerate(("even half (chosen on)", "odd half (held out)")):
        print("{}: {:.2f} of proposed pairs are linked, {:.2f} of linked ones are proposed".format(
            name, *shares(half)
        ))  # fmt: skip
    titles, _ = issues()
    full = [titles[number] for number in sorted(titles)][:1000]
    began = time.process_time()
    notes.proposals(full, [None] * len(full))
    print(f"{len(full)} notes: {time.process_time() - began:.2f} s of CPU")


if __name__ == "__main__":
    main()
