"""Names of what stands beside a lesson, whatever kinds of it were found."""

from itertools import combinations

from content import beside, library
from content.types import SYSTEM, Kind
from portal.runtime import Runtime
from tests.builders import NOW, Builders


def test_each_kind_is_named_with_the_others_and_alone(make: Builders, portal: Runtime) -> None:
    lesson, page = make.lesson(headline="Weigh the pump"), make.page(title="Gates")
    file = make.file(b"register", "txt")
    with portal.database.writing() as session:
        values = {"title": "Risk register", "kind": "register", "summary": "What may go wrong."}
        template = library.create(session, values, session.merge(file), by=SYSTEM, at=NOW)
        wanted = {
            (Kind.lesson, lesson.id): "Weigh the pump", (Kind.page, page.id): "Gates",
            (Kind.template, template.id): "Risk register",
        }  # fmt: skip
    with portal.database.reading() as session:
        for many in range(1, 4):
            for some in combinations(wanted, many):
                found = beside.names(session, some, by=SYSTEM)
                assert {key: row.title for key, row in found.items()} == {
                    key: wanted[key] for key in some
                }
