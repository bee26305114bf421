"""What a fit learned is kept: the same points from its file, nothing from a file that is none."""

from pathlib import Path

import numpy as np
import pytest

from analytics.basis import Basis
from analytics.features import TextFeatures

TEXTS = [
    f"{text} part{number % 5}"
    for number in range(30)
    for text in ("permit road council hearing", "pump valve seal leak")
]
LATER = ["council permit refused", "turbine blade cracked", "", "пусконаладка"]


@pytest.fixture
def basis() -> Basis:
    return Basis.fit(TextFeatures(), TEXTS)


def test_what_is_known_is_taken_and_the_rest_placed(basis: Basis) -> None:
    found = basis.of([*LATER, *TEXTS])
    assert np.array_equal(found.points[len(LATER) :], basis.points)
    assert np.array_equal(found.points[: len(LATER)], basis.features.transform(LATER))
    assert found.learned.tolist() == [False] * len(LATER) + [True] * len(TEXTS)
    assert not found.points[1:4].any()


def test_texts_that_are_gone_leave_it(basis: Basis) -> None:
    found = basis.of(TEXTS[:2])
    assert len(found.points) == len(found.places) == 2
    assert len(basis.of([]).points) == 0


def test_a_file_gives_the_same_and_is_the_same_again(basis: Basis, tmp_path: Path) -> None:
    later = basis.of([*TEXTS, *LATER])
    for name in ("a", "b"):
        later.save(tmp_path / "themes" / name)
    again = Basis.load(tmp_path / "themes" / "a", TextFeatures())
    assert again is not None
    assert (tmp_path / "themes" / "a").read_bytes() == (tmp_path / "themes" / "b").read_bytes()
    assert sorted(p.name for p in (tmp_path / "themes").iterdir()) == ["a", "b"]
    others = ["pump seal leak", *LATER, *TEXTS[:3]]
    one, two = later.of(others), again.of(others)
    assert np.array_equal(one.points, two.points)
    assert (one.weights != two.weights).nnz == 0
    assert one.learned.tolist() == two.learned.tolist()


def test_a_full_disk_leaves_no_piece_behind(
    basis: Basis, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_what: object, **_how: object) -> None:
        raise OSError("no space left")

    basis.save(tmp_path / "a")
    kept = (tmp_path / "a").read_bytes()
    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(OSError, match="no space"):
        basis.save(tmp_path / "a")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
    assert (tmp_path / "a").read_bytes() == kept


def test_no_word_at_all_can_be_kept(tmp_path: Path) -> None:
    Basis.fit(TextFeatures(), ["", "12"]).save(tmp_path / "a")
    found = Basis.load(tmp_path / "a", TextFeatures())
    assert found is not None
    assert not found.of(["", "pump"]).points.any()


@pytest.mark.parametrize("content", [None, b"", b"PK\x03\x04 nothing", b"\x80\x04K\x01."])
def test_a_file_that_is_none_is_no_basis(content: bytes | None, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "a").write_bytes(content)
    assert Basis.load(tmp_path / "a", TextFeatures()) is None


def test_a_broken_file_is_no_basis(basis: Basis, tmp_path: Path) -> None:
    basis.save(tmp_path / "a")
    whole = (tmp_path / "a").read_bytes()
    (tmp_path / "a").write_bytes(whole[: len(whole) // 2])
    assert Basis.load(tmp_path / "a", TextFeatures()) is None


def test_other_parameters_have_another_basis(basis: Basis, tmp_path: Path) -> None:
    basis.save(tmp_path / "a")
    assert Basis.load(tmp_path / "a", TextFeatures(n_components=7)) is None


def test_objects_in_a_file_are_not_opened(basis: Basis, tmp_path: Path) -> None:
    """An array of objects is a pickle, which runs what it likes."""
    with (tmp_path / "a").open("wb") as handle:
        np.savez(handle, allow_pickle=True, key=np.array([{"a": 1}], dtype=object))
    assert Basis.load(tmp_path / "a", TextFeatures()) is None
