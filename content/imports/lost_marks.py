"""Marks that were turned into letters by a broken conversion long ago (`KSCês` for `KSC’s`).

No encoding explains them, and the original bytes are gone; but in an English text the place often
proves the mark: only an apostrophe stands between a word of the text and its `s`. What the place
proves is mended; what it does not is left as found, and named. Other languages, in which such
letters are at home, are left alone.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

# Words that make a text English, and their share above which it is; English prose has 0.10 to
# 0.15, lists of English names 0.02, other languages below 0.005.
_FUNCTION_WORDS = frozenset({"the", "of", "and", "to", "was", "for", "that", "is"})
_ENGLISH_SHARE = 0.03
# Times that a word must stand elsewhere in the file to count as one of its words.
_KNOWN = 2
# Times that a file must prove a character to be a mark, and its share among all its uses, above
# which it is one everywhere in that file.
_PROVEN = 3
_PROVEN_SHARE = 0.6
# Characters of the sample that the words are learned from.
_SAMPLE = 20_000_000

# Whole words: "for" in a French "forêt" is none.
_WORD = re.compile(r"[^\W\d_]+")
_LOST = "¿\ufffd"
_X = rf"[^\x00-\x7f“”‘’–—…•·®™©°±×÷µ½¼§\s]|[{_LOST}]"
_TRIPLE = re.compile("[âŠ_](?:¿¿|èè|\ufffd\ufffd)")
_APOSTROPHE = re.compile(
    rf"(?<![A-Za-z])([A-Za-z]{{2,}}|[A-Za-z]*\d+)({_X}|\?)(s|t|re|ve|ll|d|m)(?![\w=?])"
)
_PLURAL = re.compile(rf"(?<![\w-])([A-Za-z]{{2,}}s)({_X})(?=\s[A-Za-z])")
_NEGATED = "aren can couldn didn doesn don hadn hasn haven isn mustn shouldn wasn weren won wouldn"
_CONTRACTED = frozenset(_NEGATED.split())
_PAIRS = {"ì": "î", "Ò": "Ó", "ô": "ö", "–": "”"}
_OPENING = re.compile(rf"(?<![^\s(\[/\"“])({_X}|–)(?=([A-Za-z0-9][A-Za-z0-9]*))")
# Characters between the marks of one quotation.
_MAX_QUOTED = 200
_TURNED = re.compile(r"(?<![^\s(\[])”(?=[A-Za-z0-9])")
_DASH = re.compile(rf"(?<=\s)({_X})(?=\s)")
_JOINED = re.compile(rf"(?<!\w)([A-Za-z]{{3,}})({_X})([A-Za-z]{{3,}})(?!\w)")
_DEGREE = re.compile(r"(?<=\d)(\s?)[ç¡øº∞¿\ufffd](\s?)(?=[FC]\b)")
_SPACE = re.compile(
    r"(?<=[.!?;:,)\]])\s{0,3}[¾Ê]+(?=\s|$)|(?<=[a-z])Ê+(?=\s|$)|"
    r"(?<=[A-Za-z0-9)][.!?])\s{0,2}_+(?=\s|$)"
)
_STRAY = re.compile(r"(?<=[A-Za-z])Â(?=[\s.,;:)]|$)|[,‚]Ä(?=[\s.;)]|$)")


_TRAILING = re.compile(rf"(?<=[A-Za-z0-9.,!?;)])({_X})(?=[\s,.;:)]|$)")
_CLAUSE = re.compile(r"\s[a-z0-9]")


@dataclass(frozen=True, slots=True)
class Mended:
    """A text after mending: `mended` tells each kind of change, `left` what is still damaged."""

    text: str
    mended: tuple[str, ...] = ()
    left: tuple[str, ...] = ()


class LostMarks:
    """Mends marks by the words of one file, which it learns first, and by what they prove."""

    def __init__(self, texts: Iterable[str]) -> None:
        words: Counter[str] = Counter()
        suspicious: list[str] = []
        seen = 0
        for text in texts:
            words.update(word.lower() for word in _WORD.findall(text))
            if not text.isascii():
                suspicious.append(text)
            seen += len(text)
            if seen > _SAMPLE:
                break
        self._words = words
        share = sum(words[word] for word in _FUNCTION_WORDS) / max(1, words.total())
        self._english = share >= _ENGLISH_SHARE
        self._proven = self._prove(suspicious) if self._english else frozenset()

    def mend(self, text: str) -> Mended:
        """Mend what its place proves; `text` without characters beyond ASCII passes quickly."""
        if not self._english or (text.isascii() and "?" not in text and "_" not in text):
            return Mended(text)
        return _Mending(text, self._words, self._proven).result()

    def _prove(self, texts: list[str]) -> frozenset[str]:
        """Return the letters that stand for marks wherever this file has them."""
        uses: Counter[str] = Counter()
        proofs: Counter[str] = Counter()
        for text in texts:
            uses.update(character for character in text if character > "\x7f")
            for change, count in _Mending(text, self._words, frozenset()).changes_made().items():
                proofs[change[0]] += count
        return frozenset(
            mark
            for mark, count in proofs.items()
            if count >= _PROVEN and count >= _PROVEN_SHARE * uses[mark] and mark not in "–”_?"
        )


class _Mending:
    """One text on its way through the rules, surest first."""

    def __init__(self, text: str, words: Counter[str], proven: frozenset[str]) -> None:
        self.text = text
        self.words = words
        self.changes: Counter[str] = Counter()
        self.proven = proven | set(_LOST)

    def result(self) -> Mended:
        changes = self.changes_made()
        told = tuple(f"{kind} ({count})" for kind, count in changes.items())
        return Mended(self.text, told, self._left())

    def changes_made(self) -> Counter[str]:
        self._change(_TRIPLE, lambda found: self._to(found[0], "one lost mark", "¿"))
        self._change(_APOSTROPHE, self._apostrophe)
        self._change(_PLURAL, self._plural)
        self._quotations()
        self._change(_TURNED, lambda found: self._to("”", "“", "“"))
        self._change(_DEGREE, lambda found: self._to(found[0].strip(), "°", f"{found[1]}°"))
        self._change(_SPACE, lambda found: self._to(found[0].strip()[0], "space", ""))
        self._change(_JOINED, self._joined)
        self._change(_DASH, self._dash)
        self._change(_STRAY, lambda found: self._to(found[0], "nothing", ""))
        if self.proven - set(_LOST) or any(mark in self.text for mark in _LOST):
            self._change(_TRAILING, self._trailing)
        return self.changes

    def _change(
        self, pattern: re.Pattern[str], replacement: Callable[[re.Match[str]], str]
    ) -> None:
        self.text = pattern.sub(replacement, self.text)

    def _to(self, mark: str, meaning: str, text: str) -> str:
        self.changes[f"{mark} to {meaning}"] += 1
        return text

    def _knows(self, word: str) -> bool:
        return self.words[word.lower()] >= _KNOWN

    def _apostrophe(self, found: re.Match[str]) -> str:
        stem, mark, ending = found.groups()
        contracted = stem.lower() in _CONTRACTED
        if ending == "t" and not contracted:
            return found[0]
        known = contracted or mark in self.proven or (stem.isupper() and ending == "s")
        if not known and not self._knows(stem):
            return found[0]
        return self._to(mark, "’", f"{stem}’{ending}")

    def _plural(self, found: re.Match[str]) -> str:
        stem, mark = found.groups()
        if not self._knows(stem) and mark not in self.proven:
            return found[0]
        if self._is_open(found.start(2), mark):
            return found[0]
        return self._to(mark, "’", f"{stem}’")

    def _is_open(self, end: int, mark: str) -> bool:
        """Whether `mark` may close a quotation that it or a real mark opened shortly before."""
        before = self.text[max(0, end - _MAX_QUOTED) : end]
        return before.count("“") > before.count("”") or bool(
            re.search(rf"(?:^|[\s(]){re.escape(mark)}\w", before)
        )

    def _quotations(self) -> None:
        position = 0
        while found := _OPENING.search(self.text, position):
            position = found.end()
            mark, word = found.groups()
            closing = _PAIRS.get(mark, mark)
            end = self._closing(position, closing)
            known = self._knows(word) or mark in self.proven or any(map(str.isdigit, word))
            if end is None or not known or (mark == "–" and "“" in self.text[position:end]):
                continue
            quoted = self.text[found.end() : end]
            self.text = f"{self.text[: found.start()]}“{quoted}”{self.text[end + 1 :]}"
            self._to(mark, "“", "")
            if closing != "”":
                self._to(closing, "”", "")

    def _closing(self, start: int, mark: str) -> int | None:
        """Return where the quotation ends: after a word or its full stop, before a gap."""
        closing = re.compile(rf"(?<=[A-Za-z0-9.,!?;)]){re.escape(mark)}(?![A-Za-z0-9])")
        found = closing.search(self.text, start, start + _MAX_QUOTED)
        if found is None:
            return None
        word = re.search(r"[A-Za-z]+$", self.text[start : found.start()])
        if word and mark not in self.proven | {"”"} and not self._knows(word[0]):
            return None
        return found.start()

    def _joined(self, found: re.Match[str]) -> str:
        left, mark, right = found.groups()
        if not (self._knows(left) and self._knows(right)):
            return found[0]
        return self._to(mark, "—", f"{left}—{right}")

    def _dash(self, found: re.Match[str]) -> str:
        return self._to(found[1], "–", "–") if found[1] in self.proven else found[0]

    def _trailing(self, found: re.Match[str]) -> str:
        """Read a lost mark after a word: it closes what is open, else it parts two clauses."""
        mark = found[1]
        if mark not in self.proven or "?" in self.text[found.end() : found.end() + 1]:
            return found[0]
        if self._is_open(found.start(), mark):
            return self._to(mark, "”", "”")
        if (
            found[0] == mark
            and _CLAUSE.match(self.text, found.end())
            and (self.text[found.start() - 1].isalpha())
        ):
            return self._to(mark, "– (doubtful)", " –")
        return found[0]

    def _left(self) -> tuple[str, ...]:
        """Name the places of marks known as lost that no rule could read."""
        places = re.finditer(f"[{re.escape(''.join(sorted(self.proven)))}]", self.text)
        return tuple(
            " ".join(self.text[max(0, place.start() - 20) : place.end() + 20].split())
            for place in places
        )
