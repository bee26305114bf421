"""The ranking of start packs: its order, what answers change, what is folded, what is said."""

from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from analytics.learned import LEAST, MOST, Crossed, Kind, Learned, Said
from analytics.startpack import PACK_MOST, Candidate, Profile, alike, of_reader, rank, words_of

TODAY = date(2026, 11, 2)
HARBOUR = Profile(
    "construction", "large", "predictive", 1, "planning", text="A deep foundation in soft soil."
)
BUILDING = Kind("construction", "predictive")
NOTHING = Learned()
TEXTS = ("Order soil borings early", "Match invoices with orders", "Name one owner", "")


def lesson(number: int, likeness: float = 0.2, **values: object) -> Candidate:
    return Candidate(number, likeness, Profile("construction"), **values)  # type: ignore[arg-type]


def order(candidates: list[Candidate], learned: Learned = NOTHING, **how: int) -> list[int]:
    return [choice.id for choice in rank(HARBOUR, candidates, learned, today=TODAY, **how)]


likenesses = st.floats(0, 1, allow_nan=False)
profiles = st.builds(
    Profile,
    st.sampled_from((None, "construction", "software")),
    st.sampled_from((None, "small", "large")),
    st.sampled_from((None, "agile", "predictive")),
    st.sampled_from((None, 1, 2)),
    st.sampled_from((None, "planning", "closing")),
)
drawn = st.lists(
    st.builds(
        Candidate,
        st.integers(1, 60),
        likenesses,
        profiles,
        types=st.sampled_from((frozenset(), frozenset({"software"}))),
        corporate=st.booleans(),
        high=st.booleans(),
        applied=st.integers(0, 5),
        day=st.sampled_from((None, date(2020, 1, 1), date(2026, 1, 1))),
        text=st.sampled_from(TEXTS),
    ),
    max_size=40,
    unique_by=lambda candidate: candidate.id,
)
answered = st.lists(
    st.builds(
        lambda lesson, type_, many, share: Said(lesson, Kind(type_), many, round(many * share)),
        st.integers(1, 60),
        st.sampled_from(("construction", "software")),
        st.integers(1, 30),
        st.floats(0, 1),
    ),
    max_size=30,
)


@given(drawn, answered, st.randoms(use_true_random=False))
def test_the_order_of_candidates_changes_nothing(found, said, random) -> None:  # type: ignore[no-untyped-def]
    shuffled = random.sample(found, len(found))
    learned = Learned(said, [Crossed("construction", "construction", 40, 30)], overall=(60, 40))
    assert rank(HARBOUR, found, learned, today=TODAY) == rank(
        HARBOUR, shuffled, learned, today=TODAY
    )


@given(drawn, st.integers(1, 12))
def test_each_lesson_stands_once_and_no_more_than_asked(found: list[Candidate], most: int) -> None:
    chosen = rank(HARBOUR, found, NOTHING, today=TODAY, most=most)
    numbers = [number for choice in chosen for number in (choice.id, *choice.alike)]
    assert len(numbers) == len(set(numbers))
    assert set(numbers) <= {candidate.id for candidate in found}
    assert len(chosen) <= most
    scores = [choice.score for choice in chosen]
    assert scores == sorted(scores, reverse=True)
    assert all(len(choice.reasons) <= 3 for choice in chosen)


@given(drawn, st.integers(1, 3))
def test_what_was_answered_stays(found: list[Candidate], most: int) -> None:
    stay = {candidate.id for candidate in found[::3]}
    chosen = rank(HARBOUR, found, NOTHING, today=TODAY, most=most, stay=stay)
    assert stay <= {choice.id for choice in chosen}


@given(st.integers(0, 50), st.integers(0, 50), st.integers(1, 20), answered)
def test_an_answer_more_moves_a_share_its_own_way(
    fitted: int, against: int, more: int, others: list[Said]
) -> None:
    others = [said for said in others if said.lesson != 1]
    crossed = [Crossed("construction", "construction", 100, 60)]

    def share(good: int, many: int) -> float:
        learned = Learned([*others, Said(1, BUILDING, many, good)], crossed, overall=(100, 60))
        assert LEAST <= learned.factor(1, BUILDING, "construction") <= MOST
        return learned.share(1, BUILDING, "construction")

    many = fitted + against
    assert share(fitted + more, many + more) >= share(fitted, many) - 1e-12
    assert share(fitted, many + more) <= share(fitted, many) + 1e-12
    assert 0 < share(fitted, many) < 1


def test_what_does_not_fit_a_kind_sinks_for_that_kind_and_hardly_for_others() -> None:
    crossed = [Crossed("construction", kind, 50, 35) for kind in ("construction", "software")]
    learned = Learned(
        [Said(1, BUILDING, 6, 0), Said(2, BUILDING, 6, 6)], crossed, overall=(100, 70)
    )
    three = [lesson(1, text="one"), lesson(2, text="two"), lesson(3, text="three")]
    assert order(three) == [1, 2, 3]
    assert order(three, learned) == [2, 3, 1]
    own = learned.share(1, BUILDING, "construction")
    other = learned.share(1, Kind("software", "agile"), "construction")
    assert own < other / 2
    assert learned.share(3, BUILDING, "construction") > own


def test_a_lesson_without_answers_is_judged_by_where_it_comes_from() -> None:
    crossed = [
        Crossed("construction", "construction", 40, 36),
        Crossed("software", "construction", 40, 8),
    ]
    learned = Learned([], crossed, overall=(80, 44))
    assert learned.share(9, BUILDING, "construction") > learned.share(9, BUILDING, "software")


def test_nothing_is_learned_from_no_answers() -> None:
    assert NOTHING.factor(1, BUILDING, "construction") == 1.0


def test_high_priority_for_all_comes_before_the_same_lesson_of_one_project() -> None:
    assert order([lesson(1, text="a"), lesson(2, text="b", corporate=True, high=True)]) == [2, 1]


def test_a_lesson_for_other_types_sinks() -> None:
    pair = [lesson(1, text="a", types=frozenset({"software"})), lesson(2, text="b")]
    assert order(pair) == [2, 1]


def test_what_says_the_same_is_folded_under_the_better_one() -> None:
    text = "Order soil borings before the foundation of a pumping station is designed"
    same = [lesson(1, 0.1, text=text), lesson(2, 0.3, text=text + " again"), lesson(3, 0.2)]
    first, second = rank(HARBOUR, same, NOTHING, today=TODAY)
    assert (first.id, first.alike) == (2, (1,))
    assert second.id == 3
    assert not alike(words_of(""), words_of(""))


def test_the_reasons_say_what_is_true_of_it_and_name_the_words() -> None:
    near = lesson(1, 0.3, text="The foundation stood in soft soil", corporate=True, high=True)
    near = replace(near, profile=Profile("construction", "large"), applied=2)
    far = [lesson(n, 0.0, text=f"Nothing like it {n}") for n in range(2, 12)]
    first = rank(HARBOUR, [near, *far], NOTHING, today=TODAY)[0]
    assert first.reasons == (
        "Its words are very close to your description: foundation.",
        "High priority, holds for the whole organisation.",
        "Same type and size: construction, large.",
    )


def test_little_likeness_is_not_called_close() -> None:
    (only,) = rank(HARBOUR, [lesson(1, 0.02, text="soil")], NOTHING, today=TODAY)
    assert not any("close" in reason for reason in only.reasons)


@given(st.lists(st.tuples(st.integers(0, 3), likenesses), min_size=1, max_size=12), st.data())
def test_what_is_said_of_an_open_lesson_depends_on_open_lessons_alone(
    drawn: list[tuple[int, float]], data: st.DataObject
) -> None:
    """Its manager reads more than a colleague who looks at the pack."""
    say = ("deep", "foundation soft", "ordered foundation", "inspected borings soft")
    text = "A foundation in soft soil, inspected; borings ordered deep."
    project = replace(HARBOUR, text=text)

    def of(number: int, likeness: float, what: int, *, is_open: bool) -> Candidate:
        # Words of its own, so that none is folded under another.
        own = " ".join(chr(ord("a") + number) * many for many in range(4, 12))
        return lesson(number, likeness, text=f"{say[what]} {own}", is_open=is_open)

    told = [of(n, like, what, is_open=True) for n, (what, like) in enumerate(drawn)]
    closed = st.builds(
        of, st.integers(12, 25), likenesses, st.integers(0, 3), is_open=st.just(False)
    )
    more = data.draw(st.lists(closed, max_size=12, unique_by=lambda candidate: candidate.id))
    before = rank(project, told, NOTHING, today=TODAY)
    after = rank(project, [*told, *more], NOTHING, today=TODAY)
    assert [row for row in after if row.id < 12] == before


@given(drawn, st.data(), st.integers(1, 6))
def test_nobody_sees_that_there_are_lessons_they_may_not_read(
    found: list[Candidate], data: st.DataObject, most: int
) -> None:
    """Neither a place that is missing nor a lesson that is folded under one of those."""
    hidden = {c.id for c in found if data.draw(st.booleans())}
    stay = {c.id for c in found if data.draw(st.integers(0, 5)) == 0}
    open_ = [c for c in found if c.id not in hidden]
    every = [replace(c, is_open=c.id not in hidden) for c in found]

    def shown(candidates: list[Candidate], seen: set[int]) -> dict[int, list[int]]:
        chosen = rank(HARBOUR, candidates, NOTHING, today=TODAY, most=most, stay=stay)
        rows = [(choice.id, choice.alike) for choice in chosen]
        return of_reader(rows, seen, stay & {choice.id for choice in chosen}, most)

    numbers = {c.id for c in open_}
    assert shown(every, numbers) == shown(open_, numbers)
    all_ = shown(every, numbers | hidden)
    assert len(set(all_) - stay) <= most
    named = [n for number, others in all_.items() for n in (number, *others)]
    assert len(named) == len(set(named))


def test_one_who_reads_all_has_near_duplicates_folded_as_well() -> None:
    text = "Order soil borings before the foundation of a pumping station is designed"
    secret = lesson(1, 0.3, text=text, is_open=False)
    twin, other = lesson(2, 0.2, text=f"{text} again"), lesson(3, 0.1)
    chosen = rank(HARBOUR, [secret, twin, other], NOTHING, today=TODAY, most=2)
    rows = [(choice.id, choice.alike) for choice in chosen]
    assert of_reader(rows, {1, 2, 3}, set()) == {1: [2], 3: []}
    assert of_reader(rows, {2, 3}, set()) == {2: [], 3: []}
    assert of_reader(rows, {1, 2, 3}, {2}) == {1: [], 2: [], 3: []}
    assert len(of_reader([(n, ()) for n in range(99)], range(99), {98})) == PACK_MOST + 1
