"""Comparison of texts: readable, whole, and quick also for texts made to be slow."""

import time
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from content.diff import Line, Piece, line_diff, word_diff

WORDS = st.lists(
    st.sampled_from(["the", "supplier", "was", "late", ",", ".", " ", "  ", "\n", "é", "x-y"]),
    max_size=300,
).map("".join)


def test_a_changed_phrase_reads_as_one_change():
    assert word_diff("The pump was late by two weeks.", "The pump came early by two weeks.") == (
        Piece("same", "The pump "),
        Piece("removed", "was late"),
        Piece("added", "came early"),
        Piece("same", " by two weeks."),
    )


def test_the_same_text_is_one_piece_and_no_text_is_none():
    assert word_diff("a b", "a b") == (Piece("same", "a b"),)
    assert word_diff("", "") == ()
    assert word_diff("", "new") == (Piece("added", "new"),)


@settings(max_examples=150)
@given(WORDS, WORDS)
def test_both_texts_can_be_read_from_the_pieces(old, new):
    pieces = word_diff(old, new)
    assert "".join(piece.text for piece in pieces if piece.op != "removed") == new
    assert "".join(piece.text for piece in pieces if piece.op != "added") == old
    assert all(piece.text for piece in pieces)
    ops = [piece.op for piece in pieces]
    assert all(before != after for before, after in pairwise(ops))


@settings(max_examples=100)
@given(
    st.lists(st.sampled_from("abcd"), max_size=60), st.lists(st.sampled_from("abcd"), max_size=60)
)
def test_every_line_is_shown_or_counted(before, after):
    lines = line_diff("\n".join(before), "\n".join(after))
    folded = sum(line.count for line in lines if line.op == "folded")
    assert sum(line.op in {"same", "removed"} for line in lines) + folded == len(before)
    assert sum(line.op in {"same", "added"} for line in lines) + folded == len(after)


def test_unchanged_lines_far_from_a_change_are_folded():
    old = "\n".join(f"line {number}" for number in range(1, 41))
    lines = line_diff(old, old.replace("line 20", "line twenty"))
    assert lines[0] == Line("folded", "", 1, 1, 16)
    assert [line.text for line in lines[1:4]] == ["line 17", "line 18", "line 19"]
    assert lines[4] == Line("removed", "line 20", old=20)
    assert lines[5] == Line("added", "line twenty", new=20)
    assert lines[-1] == Line("folded", "", 24, 24, 17)


def test_an_unchanged_text_is_folded_whole():
    assert line_diff("a\nb\nc\nd", "a\nb\nc\nd") == (Line("folded", "", 1, 1, 4),)


def test_long_and_repetitive_texts_are_quick():
    start = time.perf_counter()
    assert word_diff("a b " * 60_000, "b a " * 60_000)
    assert word_diff(" ".join(map(str, range(50_000))), " ".join(map(str, range(50_000, 0, -1))))
    assert line_diff("a\nb\n" * 20_000, "b\na\nc\n" * 20_000)
    # Seconds; difflib alone needs many minutes for these.
    assert time.perf_counter() - start < 20
