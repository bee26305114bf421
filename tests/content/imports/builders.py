"""Tables for the tests of imports, written as files or made in memory."""

from content.imports import Row, Table, guess_mapping, read_table, to_drafts


def written(folder, content: bytes | str, name: str = "lessons.csv"):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def table(*rows: dict[str, str]) -> Table:
    columns = tuple(dict.fromkeys(name for row in rows for name in row))
    return Table(columns, [Row(number, row) for number, row in enumerate(rows, start=2)])


def drafts(*rows: dict[str, str], **options):
    made = table(*rows)
    return list(to_drafts(made, {name: name for name in made.columns}, **options))


def draft(**fields: str):
    [made] = drafts({"headline": "Late supplier", "summary": "It came late.", **fields})
    return made


def drafts_of(path):
    found = read_table(path)
    return list(to_drafts(found, guess_mapping(found.columns, found.rows[:50])))
