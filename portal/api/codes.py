"""From the codes and addresses that programs know to the rows behind them."""

from sqlalchemy.orm import Session

from content import people, projects
from content.errors import Invalid, NotFound
from content.types import Actor

# The id of no row: a filter by an unknown code finds nothing.
NOWHERE = 0


def project_id(
    session: Session, code: str | None, by: Actor, unknown: int | None = None
) -> int | None:
    """The project with this code; `unknown` answers for one that is not there.

    Raises:
        Invalid: there is none, and no `unknown` is given.
    """
    if code is None:
        return None
    try:
        return projects.by_code(session, code, by=by).id
    except NotFound:
        if unknown is not None:
            return unknown
        message = "There is no project with this code."
        raise Invalid(message, {"project_code": message}) from None


def department_id(session: Session, code: str | None, unknown: int | None = None) -> int | None:
    """The department with this code; see `project_id`."""
    if code is None:
        return None
    found = next((row.id for row in people.departments(session) if row.code == code), unknown)
    if found is None:
        message = "There is no department with this code."
        raise Invalid(message, {"department_code": message})
    return found


def person_id(session: Session, field: str, email: str | None) -> int | None:
    """The active colleague with this address, named by `field`; see `project_id`."""
    if email is None:
        return None
    person = people.by_email(session, email)
    if person is None or not person.active:
        message = "There is no colleague with this address."
        raise Invalid(message, {field: message})
    return person.id
