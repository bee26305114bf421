"""Damage in texts: what can be proven is mended, what cannot is left and named."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from content.imports.lost_marks import LostMarks
from content.imports.markup import one_line, tidy, without_markup
from content.imports.mojibake import repair

PROSE = [
    "The supplier of the pump was late and the project had to wait for the parts of the valve.",
    "The discipline of the team is that they do operations for the example and for the sensors.",
    "It is a project for the supplier and the discipline, and operations of the pump.",
    "The customer said that the sensors of the customer do not work for the trust of all.",
    "They trust the word minor and the minor stow; a stow is soft and the soft word is plain.",
]


def mended(text: str, *more: str):
    return LostMarks([*PROSE, text, *more]).mend(text)


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1", "mac_roman", "cp437", "cp850"])
def test_utf8_read_as_something_else(encoding):
    right = "The supplier’s “plan – für Zürich, 20 °C"
    assert repair(right.encode().decode(encoding))[0] == right


@pytest.mark.parametrize("end", ["\ufffd", "\x9d", " and", ".", ""])
def test_a_closing_quote_whose_last_byte_was_lost(end):
    rest = end if end.strip("\ufffd\x9d") else ""
    assert repair(f"â€œplanâ€{end}")[0] == f"“plan”{rest}"


def test_utf8_misread_twice():
    right = "naïve café"
    wrong = right.encode().decode("latin-1").encode().decode("latin-1")
    assert repair(wrong) == (right, 4)


def test_controls_that_are_marks_of_windows():
    assert repair("it\x92s \x93so\x94") == ("it’s “so”", 3)


@pytest.mark.parametrize(
    "text",
    ["Größe", "SÃO PAULO", "à la carte", "naïve", "été", "“so”", "5 µm ± 2 °C", "Ærø", "日本"],
)
def test_right_text_stays(text):
    assert repair(text) == (text, 0)


@given(st.text(max_size=60))
def test_repair_is_total(text):
    assert isinstance(repair(text)[0], str)
    assert LostMarks([text]).mend(text).text is not None


@pytest.mark.parametrize(
    ("damaged", "right"),
    [
        ("the disciplineês plan", "the discipline’s plan"),
        ("the project?s plan", "the project’s plan"),
        ("it didnêt change", "it didn’t change"),
        ("at KSCês site", "at KSC’s site"),
        ("the sensorsê fields", "the sensors’ fields"),
        ("a –soft stow” of it", "a “soft stow” of it"),
        ("a èminorè word", "a “minor” word"),
        ("a ¿minor¿ word", "a “minor” word"),
        ("an ìminor wordî here", "an “minor word” here"),
        ("the chair said, ”There is trust", "the chair said, “There is trust"),
        ("operationsãfor example", "operations—for example"),
        ("over 300 çF today", "over 300 °F today"),
        ("of the pump.¾ The team", "of the pump. The team"),
        ("of the pump.¾¾", "of the pump."),
        ("the parts._ The team", "the parts. The team"),
        ("one â¿¿minorâ¿¿ word", "one “minor” word"),
        ("the LoctiteÂ as", "the Loctite as"),
    ],
)
def test_marks_that_their_place_proves(damaged, right):
    found = mended(damaged)
    assert found.text == right
    assert found.mended


@pytest.mark.parametrize(
    "text",
    [
        "vis-à-vis the customer",
        "the café and the résumé of José García",
        "Is it late? so be it",
        "see page?id=3 and page?s=1",
        "a naïve façade",
        "between 2010 – 2012",
        "the ¾ inch pipe of the pump",
        "5 µm ± 2 °C",
        "the “soft” word",
        "wait – there is more",
    ],
)
def test_right_english_stays(text):
    assert mended(text).text == text


def test_other_languages_are_left_alone():
    french = "L’intérêt du prêt est la forêt ; les arrêts après le procès à côté de l’église"
    assert LostMarks([french] * 5).mend(french).text == french
    spanish = "¿Qué pasó con el proveedor? ¿Cuándo llegó?"
    assert LostMarks([spanish] * 5).mend(spanish).text == spanish


def test_what_a_file_proves_often_holds_everywhere_in_it():
    proof = ["the pumpês part", "the teamês part", "the customerês word", "the supplierês word"]
    assert mended("the OV-103ês gear", *proof).text == "the OV-103’s gear"
    assert mended("the OV-103ês gear").left == ()


def test_what_cannot_be_read_is_named():
    found = mended("usually 2¿ or 3¿. Another word")
    assert found.text == "usually 2¿ or 3¿. Another word"
    assert len(found.left) == 2


def test_html_becomes_text():
    source = (
        "<p>One&nbsp;&amp;&#8217;s</p><ul><li>first</li><LI class='x'>second</LI></ul>a<br/>b"
        "<script>alert(1)</script><!-- gone --> N<sub>2</sub>O "
        '<a href="https://example.org/x">here</a> <a href="./local.pdf">file</a>'
    )
    plain, changed = without_markup(source)
    assert changed
    assert tidy(plain) == (
        "One &’s\n\n- first\n- second\na\nb N2O here (https://example.org/x) file"
    )


@pytest.mark.parametrize(
    "text", ["a < 5 V and b > 3", "<name> of <researcher>", "AT&T R&D", "a&param=1"]
)
def test_what_is_no_html_stays(text):
    assert without_markup(text) == (text, False)


def test_white_space():
    assert tidy("a\u00a0 b\r\n\r\n\r\n\r\nc\u200b \n d\x07") == "a b\n\nc\nd"
    assert one_line(" a\n b\t c ") == "a b c"
