"""Text that was written in one encoding and read in another, mended where that can be proven.

UTF-8 leaves a proof: its characters are runs of bytes that hardly ever make sense otherwise, so
`â€™` can only be `’`. Damage without that proof is for `lost_marks`.
"""

import re

# The misreadings met in exports, most common first.
_MISREADINGS = ("cp1252", "latin-1", "mac_roman", "cp1250", "cp850", "cp437")
_RUN = re.compile(r"[^\x00-\x7f]{2,}|[^\x00-\x7f][\x7f-\x9f]")
_C1 = re.compile(r"[\x80-\x9f]")
# A closing quotation mark ends in a byte that Windows-1252 has not; it is dropped or replaced.
_CLOSING = re.compile("â€(?:\ufffd|\x9d|(?=[\\s.,;:!?)]|$))")
# What a misread UTF-8 text was, if it was one: Latin letters, marks, signs, Greek, Cyrillic.
_EXPECTED = re.compile(
    r"[\u00a0-\u024f\u0370-\u03ff\u0400-\u04ff\u1e00-\u1eff\u2010-\u2044\u20ac\u2103-\u2122"
    r"\u2190-\u2193\u2200-\u2265\u25a0-\u25cf\u2713\u2714\ufb00-\ufb04\ufeff\x00-\x7f]+"
)
# A text may have been misread more than once on its way.
_ROUNDS = 3


def repair(text: str) -> tuple[str, int]:
    """Return the mended text and how many places were mended."""
    count = 0
    for _ in range(_ROUNDS):
        text, changed = _round(text)
        count += changed
        if not changed:
            break
    text, closings = _CLOSING.subn("”", text)
    text, controls = _C1.subn(_control, text)
    return text, count + closings + controls


def _round(text: str) -> tuple[str, int]:
    changed = 0

    def mend(found: re.Match[str]) -> str:
        nonlocal changed
        mended = _mended(found[0])
        changed += mended != found[0]
        return mended

    return _RUN.sub(mend, text), changed


def _mended(run: str) -> str:
    """Return the run as UTF-8, whole or its longest part that is."""
    if len(run) > 400:
        return run
    for encoding in _MISREADINGS:
        pieces = _decoded(run, encoding)
        if pieces is not None:
            return pieces
    return run


def _decoded(run: str, encoding: str) -> str | None:
    bytes_ = b"".join(_byte(character, encoding) or b"\xff" for character in run)
    try:
        text = bytes_.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return text if _EXPECTED.fullmatch(text) and len(text) < len(run) else None


def _byte(character: str, encoding: str) -> bytes | None:
    """Return the byte; undefined bytes of Windows-1252 pass as controls in many programs."""
    try:
        return character.encode(encoding)
    except UnicodeEncodeError:
        return bytes([ord(character)]) if "\x80" <= character <= "\x9f" else None


def _control(found: re.Match[str]) -> str:
    """Read a C1 control, which no text holds, as the mark that Windows-1252 has in its place."""
    return bytes([ord(found[0])]).decode("cp1252", "replace")
