"""Themes of small corpora: found, named, the same in any order, and honest about what fits none."""

import json
import random
from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, given, settings

from analytics.corpus import masked, read
from analytics.fit import fit_file, fit_texts
from analytics.measures import adjusted_rand, v_measure
from analytics.themes import ThemeModel
from content.errors import Invalid
from content.types import ThemeText

SUBJECTS = {
    "permit": "permit road closure licence council wait application weeks granted office hearing",
    "supplier": "supplier delivery late contract penalty milestone pump order factory shipment",
    "data": "data migration duplicate record quality cleansing source field customer table",
}


def corpus(each: int = 12, seed: int = 1) -> tuple[list[ThemeText], list[str]]:
    """Texts about three subjects, in words drawn for each."""
    draw = random.Random(seed)
    texts, truth = [], []
    for subject, vocabulary in SUBJECTS.items():
        for number in range(each):
            words = draw.choices(vocabulary.split(), k=18)
            texts.append(ThemeText(f"{subject}-{number:02}", " ".join(words), f"P{number % 6}"))
            truth.append(subject)
    return texts, truth


def test_subjects_are_found_and_named() -> None:
    texts, truth = corpus()
    fitted = fit_texts(texts, themes=3)
    found = {document.id: document.theme for document in fitted.documents}
    assert v_measure(truth, [found[text.id] for text in texts]) > 0.9
    for theme in fitted.themes:
        subject = theme.representatives[0].split("-")[0]
        assert set(theme.terms[0].split()) <= set(SUBJECTS[subject].split())
    assert len({theme.label for theme in fitted.themes}) == 3


def test_the_number_of_themes_is_found() -> None:
    texts, _ = corpus()
    assert 2 <= len(fit_texts(texts).themes) <= 6


def test_seeds_agree() -> None:
    texts, _ = corpus()
    runs = [[d.theme for d in fit_texts(texts, themes=3, seed=seed).documents] for seed in (0, 7)]
    assert adjusted_rand(*runs) == 1.0


@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.randoms(use_true_random=False))
def test_the_order_of_documents_changes_nothing(order: random.Random) -> None:
    texts, _ = corpus(each=8)
    shuffled = texts.copy()
    order.shuffle(shuffled)
    assert fit_texts(shuffled) == fit_texts(texts)


@pytest.mark.parametrize(
    "texts",
    [["pump"], ["pump", "valve"], ["", "", ""], ["same text here"] * 5, ["a b", "12 34", "!!!"],
     ["pump valve seal", "valve seal", "permit road", "road permit"]],
)  # fmt: skip
def test_tiny_and_empty_corpora_have_an_answer(texts: list[str]) -> None:
    fitted = fit_texts([ThemeText(str(n), text) for n, text in enumerate(texts)])
    assert len(fitted.documents) == len(texts)
    sizes = sum(theme.size for theme in fitted.themes)
    assert sizes == sum(1 for document in fitted.documents if document.theme is not None)
    if not any(any(c.isalpha() for c in text) for text in texts):
        assert sizes == 0


def test_no_text_at_all_is_an_error() -> None:
    with pytest.raises(Invalid):
        fit_texts([])


def test_names_are_masked_whole() -> None:
    assert masked(["NET-01 at Eastbank, networking"], ["NET-01", "Eastbank", "it"]) == [
        "  at  , networking"
    ]


def test_the_model_keeps_the_contract_of_estimators() -> None:
    from sklearn.base import clone

    model = ThemeModel(n_themes=3, random_state=4)
    again = clone(model)
    assert again.get_params() == {
        "n_themes": 3, "random_state": 4, "semantic": False, "fineness": 1.0,
    }  # fmt: skip
    assert not hasattr(again, "labels_")


def write(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def test_a_file_gives_one_object_and_the_same_bytes_again(tmp_path: Path) -> None:
    texts, _ = corpus()
    rows = [json.dumps({"id": t.id, "text": t.text, "project": t.project}) for t in texts]
    source = write(tmp_path / "docs.jsonl", *rows)
    for name in ("a.json", "b.json"):
        fit_file(source, tmp_path / name, themes=3)
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
    found = json.loads((tmp_path / "a.json").read_text())
    assert {d["id"] for d in found["documents"]} == {t.id for t in texts}
    assert {"id", "label", "terms", "size", "representatives"} <= set(found["themes"][0])
    assert found["parameters"]["seed"] == 0
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.json", "b.json", "docs.jsonl"]


@pytest.mark.parametrize(
    "line",
    [
        "{",
        "[]",
        '{"id": "1"}',
        '{"text": "x"}',
        '{"id": "1", "text": 5}',
        '{"id": "0", "text": ""}',
    ],
)
def test_a_bad_line_is_named(line: str, tmp_path: Path) -> None:
    source = write(tmp_path / "docs.jsonl", '{"id": "0", "text": "fine"}', "", line)
    with pytest.raises(Invalid, match="Line 3"):
        read(source)


@pytest.mark.parametrize(
    "texts",
    [
        ["one text alone"],
        ["same words here"] * 6,
        ["NaN 1e999 -0 inf", "NaN NaN", "0x1F 1_000"],
        ["пусконаладка насоса", "насос течёт", "مضخة تسرب الماء", "泵漏水", "水泵泄漏"],
        ["pump " * 200_000, "valve leaks", "pump leaks"],
        ["\x00\x07 pump", "\u202epump\u202c", "\ud83d\ude00 pump"],
    ],
)
def test_hostile_files_have_a_sane_answer(texts: list[str], tmp_path: Path) -> None:
    rows = [json.dumps({"id": n, "text": text}) for n, text in enumerate(texts)]
    fit_file(write(tmp_path / "docs.jsonl", *rows), tmp_path / "themes.json")
    found = json.loads((tmp_path / "themes.json").read_text(encoding="utf-8"))
    assert [d["id"] for d in found["documents"]] == [str(n) for n in range(len(texts))]
    placed = [d["theme"] for d in found["documents"] if d["theme"] is not None]
    assert sorted(set(placed)) == [theme["id"] for theme in found["themes"]]
    assert all(theme["label"] for theme in found["themes"])


def test_an_empty_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="no text"):
        fit_file(write(tmp_path / "docs.jsonl", "", ""), tmp_path / "themes.json")
    assert not (tmp_path / "themes.json").exists()


def test_an_output_that_cannot_be_written_is_refused_before_the_work(tmp_path: Path) -> None:
    source = write(tmp_path / "docs.jsonl", '{"id": "1", "text": "one"}')
    steps: list[str] = []
    for output, why in ((tmp_path, "is a folder"), (tmp_path / "none" / "x.json", "no folder")):
        with pytest.raises(Invalid, match=why):
            fit_file(source, output, progress=lambda step, _share: steps.append(step))
    assert not steps
