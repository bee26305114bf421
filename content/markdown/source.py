"""What of a text is Markdown: front matter, control characters and excess are taken away.

Refuses nothing. A text beyond the limit is cut, and the page says so.
"""

import re

# Characters. The longest page of four published playbooks has 84,000; a page six times as long
# still renders in seconds.
MAX_CHARACTERS = 500_000
# Characters of one line. Inline rules look back and forth within a paragraph; prose stays far
# below (the longest paragraph of four published playbooks has 4,700).
MAX_LINE = 20_000
# Lines in which front matter must end to be taken for front matter.
MAX_FRONT_MATTER_LINES = 200

CUT_NOTICE = "\n\n*This page is longer than 500,000 characters and was cut here.*\n"

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_KEY = {
    "---": re.compile(r"[\w.\-]+\s*:|#"),
    "+++": re.compile(r"[\w.\-\"\[]+.*=|\[|#"),
}


def readable(source: str) -> str:
    """Return the part of `source` that is shown as a page."""
    text = source[:MAX_CHARACTERS]
    if len(source) > MAX_CHARACTERS:
        text += CUT_NOTICE
    text = _CONTROL.sub("\ufffd", text.removeprefix("\ufeff"))
    text = without_front_matter(text.replace("\r\n", "\n").replace("\r", "\n"))
    return _broken(text)


def without_front_matter(text: str) -> str:
    """Drop a leading block between `---` (YAML) or `+++` (TOML) lines."""
    fence = text[:3]
    if fence not in _KEY:
        return text
    lines = text.split("\n", MAX_FRONT_MATTER_LINES)
    if lines[0].rstrip() != fence or len(lines) < 2 or not _KEY[fence].match(lines[1].strip()):
        return text
    for number, line in enumerate(lines[1:MAX_FRONT_MATTER_LINES], start=1):
        if line.rstrip() == fence:
            return "\n".join(lines[number + 1 :])
    return text


def _broken(text: str) -> str:
    """Make paragraphs of lines that no person writes, which would cost minutes to look through."""
    if len(text) <= MAX_LINE:
        return text
    return "\n".join(map(_broken_line, text.split("\n")))


def _broken_line(line: str) -> str:
    if len(line) <= MAX_LINE:
        return line
    return "\n\n".join(line[i : i + MAX_LINE] for i in range(0, len(line), MAX_LINE))
