"""Markdown: the dialect by cases in files, safety by a property, the real playbooks whole."""

from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from content.markdown import render
from content.markdown.source import MAX_CHARACTERS

CASES = Path(__file__).parent / "markdown_cases"

ALLOWED_SCHEMES = ("http:", "https:", "mailto:")
FORBIDDEN_TAGS = {
    "script", "style", "iframe", "object", "embed", "form", "button", "svg", "base", "meta",
    "link", "html", "body", "template", "textarea", "select", "video", "audio", "annotation-xml",
}  # fmt: skip


def cases():
    for path in sorted(CASES.glob("*.md")):
        parts = path.read_text(encoding="utf-8").split("\n.\n")
        for index in range(0, len(parts) - 2, 3):
            title = parts[index].strip()
            yield pytest.param(parts[index + 1], parts[index + 2], id=f"{path.stem}: {title}")


class Judge(HTMLParser):
    """Reads HTML as a browser would and lists what is active in it."""

    def __init__(self) -> None:
        super().__init__()
        self.active: list[str] = []

    def handle_starttag(self, tag, attrs):
        if tag in FORBIDDEN_TAGS:
            self.active.append(tag)
        if tag == "input" and dict(attrs).get("type") != "checkbox":
            self.active.append("input")
        for name, value in attrs:
            if name.startswith("on") or name in {"style", "srcset", "formaction", "xlink:href"}:
                self.active.append(name)
            if name in {"href", "src"} and not self.is_harmless(value or ""):
                self.active.append(f"{name}={value}")

    @staticmethod
    def is_harmless(address: str) -> bool:
        bare = "".join(address.split()).lower()
        scheme = bare.split("/")[0].split("?")[0].split("#")[0]
        return ":" not in scheme or bare.startswith(ALLOWED_SCHEMES)


def active(html: str) -> list[str]:
    judge = Judge()
    judge.feed(html)
    judge.close()
    return judge.active


@pytest.mark.parametrize(("source", "expected"), list(cases()))
def test_case(source, expected):
    assert render(source).html.strip("\n") == expected.strip("\n")


def test_the_judge_sees_what_is_active():
    assert active('<a href="java\nscript:x">') == ["href=java\nscript:x"]
    assert active("<p onclick=x style=y><script>") == ["onclick", "style", "script"]
    assert active('<a href="/a?b=c:d">') == []


PIECES = st.sampled_from(
    [
        "<script>", "</script>", "<img src=x onerror=alert(1)>", "javascript:", "data:text/html,",
        "[a](", "![", "](", ")", "<", ">", '"', "'", "`", "```", "$", "$$", "\\href{", "\\text{",
        "}", "{", "&#106;", "&lt;", "\n", "\n\n", "    ", "| a |", "|-|", "::: note\n", "!!! x\n",
        "- [ ] ", "[^1]", "[^1]: ", "# ", "> ", "template:", "page:", "http://", "//", "onload=",
        "\x00", "\u2028", "\t", "<!--", "-->", "<svg/onload=alert(1)>", "style=", "+++\n", "---\n",
        "\\", "*", "_", "~~", ": ", "<br>", "<math>", "<mglyph>", "<style>", "vbscript:", "\ud800",
    ]
)  # fmt: skip
TEXTS = st.lists(PIECES | st.text(max_size=8), max_size=40).map("".join)


@settings(max_examples=300)
@given(TEXTS)
def test_no_text_gives_active_html(source):
    page = render(source, resolve=lambda name: "/found/" + name.partition(":")[2])
    assert active(page.html) == []
    assert page.words >= 0


@settings(max_examples=60)
@given(st.text(max_size=300), st.text(max_size=60))
def test_no_address_from_outside_gives_active_html(text, address):
    page = render(f"[x](page:a/b) {text}", resolve=lambda _: address)
    assert active(page.html) == []


def test_our_own_links_are_asked_for_each_time():
    source = "See [the register](template:risk-register) and [gate 2](page:life/03-gates#Gate 2)."
    source = source.replace("#Gate 2", "#gate-2")
    asked = []

    def resolve(name):
        asked.append(name)
        return {"template:risk-register": "/library/risk-register"}.get(name)

    first = render(source, resolve=resolve)
    assert '<a href="/library/risk-register">the register</a>' in first.html
    assert '<span class="broken-link">gate 2</span>' in first.html
    assert asked == ["template:risk-register", "page:life/03-gates"]
    later = render(source, resolve=lambda name: "/p/" + name)
    assert 'href="/p/page:life/03-gates#s-gate-2"' in later.html


def test_headings_begin_at_two_skip_no_level_and_have_anchors_of_their_own():
    page = render("# Title\n\n#### Deep\n\n## Again\n\n## Again\n\n### `code` *it*")
    assert [(h.level, h.text, h.anchor) for h in page.toc] == [
        (2, "Title", "s-title"),
        (3, "Deep", "s-deep"),
        (3, "Again", "s-again"),
        (3, "Again", "s-again-1"),
        (4, "code it", "s-code-it"),
    ]
    assert "<h1" not in page.html
    assert '<h2 id="s-title">Title</h2>' in page.html


def test_two_tables_have_different_names():
    table = "| a |\n|---|\n| b |\n\n"
    html = render(table + "text\n\n" + table).html
    assert 'aria-label="Table"' in html
    assert 'aria-label="Table 2"' in html


def test_plain_text_and_words():
    page = render(
        "---\ntitle: no\n---\n## Two words\n\nThe *late* supplier's `x=1`\n\n| a | b |\n|-|-|\n"
    )
    assert page.plain.split("\n") == ["Two words", "The late supplier's x=1", "a", "b"]
    assert page.words == 9


def test_a_thematic_break_is_not_front_matter():
    assert "Kept" in render("---\n\nKept\n\n---\n").html


def test_a_text_beyond_the_limit_is_cut_and_says_so():
    page = render("word " * (MAX_CHARACTERS // 5 + 10))
    assert "was cut here" in page.html
    assert page.words <= MAX_CHARACTERS // 5 + 20


@pytest.mark.parametrize(
    "source",
    ["> " * 3000, "[" * 30_000, "- " * 3000, "*a " * 10_000, "${{{{" * 500, "::: note\n" * 900],
)
def test_nesting_without_end_is_survived(source):
    assert active(render(source).html) == []


def test_the_same_text_is_rendered_once():
    assert render("Cached *text*") is render("Cached *text*")


def test_real_playbooks_render_without_active_html(shared_data):
    pages = sorted((shared_data / "playbooks").rglob("*.md"))
    assert len(pages) > 500
    for path in pages:
        page = render(path.read_text(encoding="utf-8", errors="replace"))
        assert active(page.html) == [], path
        assert page.html or path.stat().st_size < 2_000, path
        levels = [1, *(heading.level for heading in page.toc)]
        assert all(after <= before + 1 for before, after in pairwise(levels))
