"""Which characters the bytes of a text file stand for.

UTF-8 and UTF-16 prove themselves. Among the one-byte encodings of old exports nothing does, so
each is tried and judged by how plausible its letters and marks stand between their neighbours:
a quotation mark before a word, a degree after a digit, letters of one language within words.
"""

import codecs
import re
from collections.abc import Iterable
from dataclasses import dataclass

import charset_normalizer

from content.errors import Refused

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# In order of how common they are in exports; the first wins a draw.
_CANDIDATES = (
    "cp1252", "mac_roman", "cp1250", "iso8859_15", "iso8859_2", "cp1254", "cp1257", "cp850",
    "cp437", "mac_latin2",
)  # fmt: skip
_NAMES = {
    "cp1252": "Windows-1252", "mac_roman": "Mac OS Roman", "cp1250": "Windows-1250",
    "cp850": "DOS 850", "cp437": "DOS 437", "utf-8-sig": "UTF-8", "utf-16": "UTF-16",
    "utf-16-le": "UTF-16", "utf-16-be": "UTF-16", "utf-32": "UTF-32", "utf-8": "UTF-8",
}  # fmt: skip
# Letters beyond ASCII of the languages written in these encodings.
_ALPHABETS = tuple(
    map(
        frozenset,
        (
            "éèêëàâçîïôœùûüÿæ", "äöüß", "áéíñóúüªº", "ãáàâçéêíóôõú", "åäöé", "æøåé", "àèéìòù",
            "áčďéěíňóřšťúůýž", "áäčďéíĺľňóôŕšťúýž", "ąćęłńóśźż", "áéíóöőúüű", "ăâîșțşţ",
            "čćđšž", "çğıöşü", "āčēģīķļņšūž", "ąčęėįšųūž", "áðéíóúýþæö", "éëïöüóèá",
        ),
    )
)  # fmt: skip
_OPENING = frozenset("“‘„‚«‹¿¡")
_CLOSING = frozenset("”»›…")
_SIGNS = frozenset("•·®™©°±×÷½¼¾£€§¶µ²³¹†‡ªº")
_GAPS = frozenset("–—\xa0")
_LOST = frozenset("\ufffd")
# Share of letters beyond ASCII above which a text is not a Western language with accents.
_FOREIGN = 0.3
# Characters judged; a sample that long leaves no doubt.
_JUDGED = 20_000
_BEYOND = re.compile(r"[^\x00-\x7f]")


@dataclass(frozen=True, slots=True)
class Decoded:
    """Text, and how it was read in words for a person."""

    text: str
    encoding: str
    note: str


def decode(content: bytes) -> Decoded:
    """Return the text of `content`; raise `Refused` when it is no text."""
    for bom, encoding in _BOMS:
        if content.startswith(bom):
            return _read(content, encoding)
    if wide := _wide(content):
        return _read(content, wide)
    try:
        return Decoded(content.decode("utf-8"), "utf-8", "Encoding: UTF-8.")
    except UnicodeDecodeError:
        return _mixed(content) or _one_byte(content)


def _read(content: bytes, encoding: str) -> Decoded:
    text = content.decode(encoding, "replace")
    return Decoded(text.lstrip("\ufeff"), encoding, f"Encoding: {_NAMES[encoding]}.")


def _wide(content: bytes) -> str | None:
    """Tell UTF-16 without a mark by zeros in every second byte."""
    sample = content[:4000]
    if len(sample) < 4 or sample.count(0) < len(sample) * 0.3:
        return None
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    if max(even, odd) < 4 * max(1, min(even, odd)):
        raise Refused("The file is not text. CSV, XLSX and JSON Lines are taken.")
    return "utf-16-be" if even > odd else "utf-16-le"


def _mixed(content: bytes) -> Decoded | None:
    """Read UTF-8 into which some bytes of Windows-1252 were pasted, as happens by hand."""
    pieces: list[str] = []
    position = wrong = 0
    view = memoryview(content)
    while position < len(content):
        try:
            pieces.append(str(view[position:], "utf-8"))
            break
        except UnicodeDecodeError as error:
            wrong += 1
            # Reading on from here costs the rest again: past this many it is not UTF-8.
            if wrong > 200:
                return None
            bad = position + error.start
            pieces.append(str(view[position:bad], "utf-8"))
            pieces.append(content[bad : bad + 1].decode("cp1252", "replace"))
            position = bad + 1
    text = "".join(pieces)
    right = len(_BEYOND.findall(text)) - wrong
    if right < 2 * wrong:
        return None
    note = f"Encoding: UTF-8 with {wrong} damaged bytes, which were read as Windows-1252."
    return Decoded(text, "utf-8", note)


def _one_byte(content: bytes) -> Decoded:
    best = _foreign(content)
    if best is None:
        readings = [(name, content.decode(name, "replace")) for name in _CANDIDATES]
        best = max(readings, key=lambda reading: plausibility(reading[1]))
    name, text = best
    return Decoded(text, name, f"Encoding: {_NAMES.get(name, name)} (told by its letters).")


def _foreign(content: bytes) -> tuple[str, str] | None:
    """Ask charset-normalizer where most letters lie beyond ASCII (Cyrillic, Greek, Chinese ...)."""
    sample = content[:200_000]
    beyond = sum(1 for byte in sample if byte > 127)
    letters = sum(1 for byte in sample if chr(byte).isalpha() or byte > 127)
    if beyond < _FOREIGN * max(1, letters):
        return None
    guess = charset_normalizer.from_bytes(sample).best()
    if guess is None:
        return None
    return guess.encoding, content.decode(guess.encoding, "replace")


def plausibility(text: str) -> float:
    """Return how well the characters beyond ASCII stand where they stand; higher is better."""
    found = [match.start() for match in _BEYOND.finditer(text)][:_JUDGED]
    alphabet = _alphabet(text[index].lower() for index in found)
    return sum(_judge(text, index, alphabet) for index in found)


def _alphabet(letters: Iterable[str]) -> frozenset[str]:
    """Return the language that explains most of the letters."""
    counted: dict[str, int] = {}
    for letter in letters:
        counted[letter] = counted.get(letter, 0) + 1
    return max(_ALPHABETS, key=lambda known: sum(counted.get(letter, 0) for letter in known))


def _judge(text: str, index: int, alphabet: frozenset[str]) -> float:
    character = text[index]
    before = text[index - 1] if index else " "
    after = text[index + 1] if index + 1 < len(text) else " "
    if character in _LOST or "\x80" <= character <= "\x9f":
        return -5.0
    if character.isalpha() and character not in _SIGNS:
        return _judge_letter(character, before, after, alphabet)
    return _judge_mark(character, before, after)


def _judge_mark(character: str, before: str, after: str) -> float:
    """Return what a mark is worth where it stands."""
    if character == "\u2019":
        return 2.0 if before.isalnum() else -1.0
    if character in _OPENING:
        return 2.0 if not before.isalnum() and after.isalnum() else -1.0
    if character in _CLOSING:
        return 2.0 if not before.isspace() and not after.isalpha() else -1.0
    within_word = before.isalpha() and after.isalpha()
    if character in _GAPS:
        return 0.2 if within_word and character == "\xa0" else 1.0
    if character in _SIGNS:
        return -1.0 if within_word else 1.5
    return -1.0


def _judge_letter(character: str, before: str, after: str, alphabet: frozenset[str]) -> float:
    known = 1.0 if character.lower() in alphabet else 0.2
    if not before.isalpha() and not after.isalpha():
        return -0.5
    if character.isupper():
        if before.islower():
            return -2.0
        return known if after.islower() or after.isupper() or before.isupper() else -1.0
    if before.isupper() and after.isupper():
        return -1.0
    return known
