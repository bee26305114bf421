"""A paper as PDF: typst sets it, tagged for screen readers (PDF/UA-1), in Lato.

The text comes to typst as data and never as its markup. Nothing is fetched, and no file but the
paper's own template and the fonts can be read: the template is the only file under its root.
"""

import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from content.errors import Refused
from content.exports import printable
from portal.papers.blocks import Bars, Paper

# What one paper may hold, in letters; a line takes as long to set as some twenty of them. That is
# 150 pages of words (0.5 s of a processor), or 30,000 short lines (2 s).
LETTERS_MOST, LINE = 600_000, 20
# Letters in a row without a space; longer ones are given places where a line may break.
UNBROKEN_MOST = 40
_MAY_BREAK = "\u200b"  # a space of no width
_UNBROKEN = re.compile(rf"\S{{{UNBROKEN_MOST}}}(?=\S)")
# How typst tells of a letter that no font has; all of them are told at once.
_MISSING = re.compile(r'the text `"(.*?)"` could not be displayed')
_ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")
_STAND_IN = "\ufffd"
_TOLD = (
    f"{_STAND_IN} stands for a letter that no font of this server has; the pages of the portal "
    "and its Word documents show it."
)
_TEMPLATE = Path(__file__).with_name("paper.typ")


def write_pdf(paper: Paper, *, at: datetime) -> bytes:
    """The paper as PDF, made `at`; the same paper gives the same bytes.

    Letters that no font has are replaced: emoji by their names, others by a mark that is explained
    at the end.

    Raises:
        Refused: the paper is too long.
    """
    import typst

    content = _as_data(paper)
    written = json.dumps(content, ensure_ascii=False)
    if len(written) + LINE * written.count("\\n") > LETTERS_MOST:
        raise Refused("This is too long for one document. Take less at once.")
    try:
        return _compiled(content, at)
    except typst.TypstError as error:
        missing = _missing(error.diagnostic)
        if not missing:
            raise
    return _compiled(_without(content, missing), at)


def _missing(diagnostic: str) -> frozenset[str]:
    """The letters that no font has; joiners and colours of emoji come along with them."""
    told = "".join(_MISSING.findall(diagnostic))
    told = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), told)
    plain = {letter for letter in told if letter.isascii() and letter.isprintable()}
    return frozenset(told) - plain - {_MAY_BREAK}


def _compiled(content: dict[str, Any], at: datetime) -> bytes:
    import typst

    compiler = typst.Compiler(
        _TEMPLATE,
        root=_TEMPLATE.parent,
        font_paths=_fonts(),
        sys_inputs={"paper": json.dumps(content, ensure_ascii=False)},
    )
    made = compiler.compile(format="pdf", pdf_standards=["ua-1"], timestamp=int(at.timestamp()))
    assert isinstance(made, bytes)
    return made


@cache
def _fonts() -> Any:
    """Lato; the machine's own fonts stand in for letters that it has not."""
    import font_lato
    import typst

    assert font_lato.__file__ is not None
    folder = Path(font_lato.__file__).parent / "files"
    return typst.Fonts(include_system_fonts=True, font_paths=[folder])


def _as_data(paper: Paper) -> dict[str, Any]:
    whole = asdict(paper) | {"blocks": list(_blocks(paper))}
    made: dict[str, Any] = _mapped(whole, _clean)
    return made


def _blocks(paper: Paper) -> Iterator[dict[str, Any]]:
    for block in paper.blocks:
        more = {"alt": block.alt} if isinstance(block, Bars) else {}
        yield {"kind": type(block).__name__.lower(), **asdict(block), **more}


def _mapped(value: Any, change: Any) -> Any:
    """`value` with every text in it changed; sets become lists, as JSON has none."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {name: _mapped(one, change) for name, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_mapped(one, change) for one in value]
    return value


def _clean(text: str) -> str:
    """Without what no font can show, and with breaks (of no width) in what is too long a word."""
    text = printable(text.replace("\r\n", "\n").replace("\r", "\n"))
    text = re.sub(r"\n(?:[ \t]*\n)+", "\n\n", text.strip("\n"))
    return _UNBROKEN.sub(rf"\g<0>{_MAY_BREAK}", text)


def _without(content: dict[str, Any], missing: frozenset[str]) -> dict[str, Any]:
    """The same with stand-ins for `missing` letters; what a mark stands for is said at the end."""
    table = str.maketrans({letter: _word(letter) for letter in missing})
    made: dict[str, Any] = _mapped(content, lambda text: text.translate(table))
    if _STAND_IN in table.values():
        made["blocks"].append({"kind": "text", "label": "", "text": _TOLD, "quiet": True})
    return made


def _word(letter: str) -> str:
    if unicodedata.category(letter) in ("Cc", "Cf", "Mn", "Sk"):  # joiners, accents, skin colours
        return ""
    if letter >= "\u2190" and unicodedata.category(letter) == "So":
        return f"({unicodedata.name(letter, 'sign').lower()})"
    return _STAND_IN
