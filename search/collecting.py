"""Collecting the columns of the segment that is being written (`search/columns` reads them)."""

import json
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from content.meaning import Encoder
from content.types import Document
from search.columns import KINDS, PLAIN, VARIANTS, Array, Columns, hashes_of
from search.schema import FACETS, FIELDS, FREQUENCY_MOST, PARTS, TITLE_TIMES, Read

# Characters: shorter words are too like each other to correct, longer ones are no words.
SPELLED_LEAST, SPELLED_MOST = 3, 30
_TYPES = {"kind": np.uint8, "variant": np.uint8, "since": np.int64, "id": np.int64}


class Table:
    """Values by number, in the order in which they came."""

    def __init__(self) -> None:
        self.number: dict[str, int] = {}

    def of(self, value: str) -> int:
        """The number of `value`, a new one when it is new."""
        return self.number.setdefault(value, len(self.number))


class Pairs:
    """Documents and the values they have: any number of values for each."""

    def __init__(self) -> None:
        self.table = Table()
        self.rows: list[int] = []
        self.codes: list[int] = []

    def add(self, row: int, values: Iterable[str]) -> None:
        """Give a document its values."""
        for value in values:
            self.rows.append(row)
            self.codes.append(self.table.of(value))


class Rows:
    """Lists of numbers, one for each document, as one array with the place where each begins."""

    def __init__(self) -> None:
        self.starts = [0]
        self.chunks: list[Array] = []

    def add(self, numbers: Array) -> None:
        """The numbers of the next document."""
        self.chunks.append(numbers)
        self.starts.append(self.starts[-1] + len(numbers))

    def arrays(self, kind: Any) -> tuple[Array, Array]:
        """Where each document begins, and all numbers."""
        flat = np.concatenate(self.chunks) if self.chunks else np.empty(0)
        return np.array(self.starts, np.int64), flat.astype(kind)


class ColumnsWriter:
    """Collects the columns of the segment that is being written."""

    def __init__(self, encoder: Encoder | None = None) -> None:
        self.size = 0
        self._encoder = encoder
        self._meanings: list[Array] = []
        self._plain: dict[str, list[int]] = {name: [] for name in PLAIN}
        self._lengths: list[list[int]] = []
        self._starts: list[list[int]] = []
        self._external: list[str] = []
        self._facets = {name: Pairs() for name in FACETS}
        self._audience, self._hidden = Pairs(), Pairs()
        self._stem_table, self._word_table = Table(), Table()
        self._stems, self._frequency, self._words = Rows(), Rows(), Rows()

    def add(self, document: Document, read: Read) -> None:
        """The next document of the segment."""
        row = self.size
        self._add_plain(document)
        self._lengths.append([len(read.fields[name]) for name in FIELDS])
        self._starts.append(read.starts)
        facets = {**document.facets, "kind": (document.kind.value,)}
        for name, values in facets.items():
            if name in self._facets:
                self._facets[name].add(row, dict.fromkeys(values))
        self._audience.add(row, dict.fromkeys(document.audience))
        self._hidden.add(row, dict.fromkeys(document.hidden_from))
        self._add_words(document, read)
        if self._encoder is not None:
            text = "\n".join((document.title, *document.texts.values()))
            self._meanings.append(self._encoder.encode([text])[0].astype(np.float16))
        self.size += 1

    def _add_plain(self, document: Document) -> None:
        values = {
            "kind": KINDS.index(document.kind),
            "variant": VARIANTS.index(document.variant),
            "id": document.id,
            "day": document.day.toordinal() if document.day else 0,
            "since": int(document.since.timestamp()) if document.since else 0,
            "applied": document.applied,
        }
        for name, value in values.items():
            self._plain[name].append(value)
        self._external.append(document.external_id)

    def _add_words(self, document: Document, read: Read) -> None:
        spoken = [*read.fields["title"], *read.fields["keywords"], *read.fields["text"]]
        counts = Counter([stem for _, stem, _ in spoken])
        for _, stem, _ in read.fields["title"]:
            counts[stem] += TITLE_TIMES - 1
        number = self._stem_table.of
        self._stems.add(np.array([number(stem) for stem in counts], np.uint32))
        frequency = np.array(list(counts.values()), np.int64)
        self._frequency.add(np.minimum(frequency, FREQUENCY_MOST).astype(np.uint8))
        words: set[str] = set()
        if "all" in document.audience and not document.hidden_from:
            words = {plain for plain, _, _ in (*spoken, *read.fields["files"])}
        self._words.add(np.array(sorted(self._word_numbers(words)), np.uint32))

    def _word_numbers(self, words: set[str]) -> Iterator[int]:
        known = self._word_table.number
        new = sorted(word for word in words if word not in known and _spelled(word))
        for word in new:
            self._word_table.of(word)
        return (known[word] for word in words if word in known)

    def take(self, other: Columns, rows: Sequence[int]) -> None:
        """Take over `rows` of a segment that is merged into this one, in their order."""
        base = self.size
        place = {row: base + n for n, row in enumerate(rows)}
        for name in PLAIN:
            self._plain[name].extend(other.plain[name][rows].tolist())
        self._lengths.extend(other.lengths[:, rows].T.tolist())
        self._starts.extend(other.starts[rows].tolist())
        external = other.external_ids
        self._external.extend(external[row] for row in rows)
        groups = [(self._facets[name], other.facets[name]) for name in FACETS]
        groups += [(self._audience, other.audience), (self._hidden, other.hidden)]
        for mine, (values, their_rows, codes) in groups:
            for row, code in zip(their_rows.tolist(), codes.tolist(), strict=True):
                if row in place:
                    mine.add(place[row], (values[code],))
        self._take_words(other, rows)
        if self._encoder is not None:
            self._meanings.extend(
                np.zeros((len(rows), self._encoder.width), np.float16)
                if other.meanings is None
                else other.meanings[rows]
            )
        self.size += len(rows)

    def _take_words(self, other: Columns, rows: Sequence[int]) -> None:
        stems = np.array([self._stem_table.of(stem) for stem in other.stem_names], np.uint32)
        words = np.array([self._word_table.of(word) for word in other.word_names], np.uint32)
        for row in rows:
            part = slice(other.stem_starts[row], other.stem_starts[row + 1])
            self._stems.add(stems[other.stems[part]])
            self._frequency.add(np.array(other.frequency[part]))
            part = slice(other.word_starts[row], other.word_starts[row + 1])
            self._words.add(np.sort(words[other.words[part]]))

    def save(self, folder: Path) -> None:
        """Write the columns into a new folder."""
        folder.mkdir()
        for name, values in self._plain.items():
            np.save(folder / f"{name}.npy", np.array(values, _TYPES.get(name, np.int32)))
        lengths = np.array(self._lengths, np.int32).reshape(self.size, len(FIELDS))
        np.save(folder / "lengths.npy", np.ascontiguousarray(lengths.T))
        starts = np.array(self._starts, np.int32).reshape(self.size, len(PARTS))
        np.save(folder / "starts.npy", starts)
        names: dict[str, list[str]] = {"external": self._external}
        pairs = {f"facet.{name}": found for name, found in self._facets.items()}
        pairs |= {"audience": self._audience, "hidden": self._hidden}
        for name, found in pairs.items():
            names[name] = list(found.table.number)
            np.save(folder / f"{name}.npy", np.array([found.rows, found.codes], np.int32))
        if self._encoder is not None:
            np.save(folder / "meanings.npy", np.array(self._meanings, np.float16))
        self._save_words(folder, names)
        (folder / "names.json").write_text(json.dumps(names), encoding="utf-8")

    def _save_words(self, folder: Path, names: dict[str, list[str]]) -> None:
        starts, flat = self._stems.arrays(np.uint32)
        np.save(folder / "stem_starts.npy", starts)
        np.save(folder / "stems.npy", flat)
        np.save(folder / "frequency.npy", self._frequency.arrays(np.uint8)[1])
        stems = list(self._stem_table.number)
        (folder / "stems.txt").write_text("\n".join(stems), encoding="utf-8")
        np.save(folder / "stem_hashes.npy", hashes_of(stems))
        counts = np.bincount(flat, minlength=len(stems)).astype(np.int32)
        np.save(folder / "stem_documents.npy", counts)
        starts, flat = self._words.arrays(np.uint32)
        np.save(folder / "word_starts.npy", starts)
        np.save(folder / "words.npy", flat)
        words = list(self._word_table.number)
        (folder / "words.txt").write_text("\n".join(words), encoding="utf-8")
        counts = np.bincount(flat, minlength=len(words)).astype(np.int32)
        np.save(folder / "word_documents.npy", counts)
        keys, owners = deletes_of(words)
        np.save(folder / "delete_keys.npy", keys)
        np.save(folder / "delete_words.npy", owners)


def _spelled(word: str) -> bool:
    return SPELLED_LEAST <= len(word) <= SPELLED_MOST and word.isalpha()


def key_of(word: str) -> int:
    """A word as a number for the index of deletions."""
    return zlib.crc32(word.encode())


def deletes_of(words: Sequence[str]) -> tuple[Array, Array]:
    """Every word and what is left of it without one letter: keys in order, and whose they are.

    Two words that are one edit apart share a key (symmetric deletion; Garbe, SymSpell, 2012).
    """
    keys: list[int] = []
    owners: list[int] = []
    for number, word in enumerate(words):
        found = {key_of(word)}
        found.update(key_of(word[:i] + word[i + 1 :]) for i in range(len(word)))
        keys.extend(found)
        owners.extend([number] * len(found))
    order = np.argsort(np.array(keys, np.uint32), kind="stable")
    return np.array(keys, np.uint32)[order], np.array(owners, np.uint32)[order]
