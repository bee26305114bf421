"""People and their accounts: the verbs and reads of sign-in, passwords, invites and roles.

Passwords are hashed with argon2id; tokens are random, mailed or put in a cookie, and kept only
as their SHA-256. It refuses to say whether an address has an account.
"""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from email_validator import EmailNotValidError, validate_email
from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session, joinedload

from content import activity, jobs
from content.access import Action, people_visible_to, require
from content.db import contains
from content.errors import Conflict, Invalid, NotFound
from content.models import Department, MailedToken, Person, Purpose, SignIn
from content.types import SYSTEM, Actor, Role

# NIST SP 800-63B, 5.1.1.2: length counts, composition rules do not; an upper bound limits work.
PASSWORD_LEAST = 12
PASSWORD_MOST = 200
# How long a mailed link works.
LINK_LIFE = {Purpose.invite: timedelta(days=7), Purpose.reset: timedelta(hours=2)}


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


def hash_password(password: str) -> str:
    """An argon2id hash; takes tens of milliseconds on purpose, so call it before writing.

    Raises:
        Invalid: the password is too short or too long.
    """
    if not PASSWORD_LEAST <= len(password) <= PASSWORD_MOST:
        reason = f"Use {PASSWORD_LEAST} to {PASSWORD_MOST} characters; a sentence is best."
        raise Invalid(reason, {"password": reason})
    return _hasher().hash(password)


@cache
def _nobody() -> str:
    return _hasher().hash(secrets.token_hex(16))


def check_password(person: Person | None, password: str) -> bool:
    """Whether `password` is right; takes the same time when there is no such person."""
    known = person.password_hash if person is not None else None
    try:
        right = _hasher().verify(known or _nobody(), password[:PASSWORD_MOST])
    except (VerificationError, InvalidHashError):
        return False
    return right and person is not None and known is not None and person.active


def by_email(session: Session, email: str) -> Person | None:
    """The person with this address, in whatever case it was typed."""
    return session.scalars(select(Person).where(Person.email == email.strip().lower())).first()


def get(session: Session, person_id: int) -> Person:
    """One person.

    Raises:
        NotFound: there is nobody with this id.
    """
    person = session.get(Person, person_id)
    if person is None:
        raise NotFound("There is nobody with this number.")
    return person


def departments(session: Session) -> Sequence[Department]:
    """All departments by name."""
    return session.scalars(select(Department).order_by(Department.name)).all()


def listing(session: Session, *, by: Actor, text: str = "") -> Sequence[Person]:
    """The people that `by` may see, by name; `text` looks in name and address."""
    query = select(Person).where(people_visible_to(by)).options(joinedload(Person.department))
    if text:
        like = contains(text)
        query = query.where(
            or_(Person.name.ilike(like, escape="\\"), Person.email.ilike(like, escape="\\"))
        )
    return session.scalars(query.order_by(Person.name, Person.id)).all()


def names(session: Session, *, by: Actor) -> Sequence[str]:
    """The names of the people whom `by` may see."""
    require(by, Action.portal_use)
    return session.scalars(select(Person.name).where(people_visible_to(by))).all()


def reviewers(session: Session, *, by: Actor, limit: int = 3) -> Sequence[Person]:
    """The people of the PMO whom one can ask, by name."""
    query = select(Person).where(people_visible_to(by), Person.role == Role.reviewer)
    query = query.where(Person.active.is_(True)).order_by(Person.name).limit(limit)
    return session.scalars(query).all()


def invited_count(session: Session) -> int:
    """How many people have been invited and have not chosen a password yet."""
    query = select(func.count()).select_from(Person)
    return session.scalar(query.where(Person.active, Person.password_hash.is_(None))) or 0


# Signing in and out ---------------------------------------------------------------------------


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def open_sign_in(session: Session, person: Person, *, at: datetime, days: int) -> str:
    """Start a sign-in and answer its token, which stands nowhere else."""
    token = secrets.token_urlsafe(32)
    session.execute(delete(SignIn).where(SignIn.expires_at < at))
    session.add(
        SignIn(
            token_hash=_digest(token),
            person_id=person.id,
            created_at=at,
            expires_at=at + timedelta(days=days),
        )
    )
    return token


def signed_in(session: Session, token: str, *, at: datetime) -> Person | None:
    """The active person behind a token, as they are now."""
    query = (
        select(Person)
        .join(SignIn, SignIn.person_id == Person.id)
        .where(SignIn.token_hash == _digest(token), SignIn.expires_at > at, Person.active)
    )
    return session.scalars(query).first()


def close_sign_in(session: Session, token: str) -> None:
    """End one sign-in."""
    session.execute(delete(SignIn).where(SignIn.token_hash == _digest(token)))


def close_all(session: Session, person_id: int) -> None:
    """End every sign-in of a person."""
    session.execute(delete(SignIn).where(SignIn.person_id == person_id))


# Passwords and links --------------------------------------------------------------------------


def set_password(
    session: Session, person: Person, password_hash: str, *, by: Actor, at: datetime
) -> None:
    """Take a hashed password and sign the person out everywhere."""
    person.password_hash = password_hash
    close_all(session, person.id)
    activity.record(session, "person", person.id, "set password", by=by, at=at)


def mail_link(
    session: Session, person: Person, purpose: Purpose, *, by: Actor, at: datetime
) -> None:
    """Have a mail with a one-time link sent; older links of the person stop working."""
    token = secrets.token_urlsafe(32)
    session.execute(delete(MailedToken).where(MailedToken.person_id == person.id))
    session.add(
        MailedToken(
            token_hash=_digest(token),
            purpose=purpose,
            person_id=person.id,
            created_at=at,
            expires_at=at + LINK_LIFE[purpose],
        )
    )
    payload = {"template": purpose.value, "to": person.email, "name": person.name, "token": token}
    jobs.enqueue(session, "mail", payload, by=by, at=at)


def ask_reset(session: Session, email: str, *, at: datetime) -> None:
    """Mail a link to reset the password, if there is such an account; say nothing either way."""
    person = by_email(session, email)
    if person is not None and person.active:
        mail_link(session, person, Purpose.reset, by=SYSTEM, at=at)


def token_owner(session: Session, token: str, *, at: datetime) -> MailedToken:
    """The mailed link that `token` belongs to.

    Raises:
        NotFound: it is unknown, used, or too old.
    """
    row = session.scalars(
        select(MailedToken)
        .where(MailedToken.token_hash == _digest(token))
        .options(joinedload(MailedToken.person))
    ).first()
    if row is None or row.used_at is not None or row.expires_at <= at or not row.person.active:
        raise NotFound("This link does not work any more. Ask for a new one on the sign-in page.")
    return row


def use_token(session: Session, token: str, password_hash: str, *, at: datetime) -> Person:
    """Set the password that the link's owner chose, once."""
    row = token_owner(session, token, at=at)
    row.used_at = at
    set_password(session, row.person, password_hash, by=row.person.as_actor(), at=at)
    return row.person


# Administration -------------------------------------------------------------------------------


def invite(
    session: Session,
    *,
    email: str,
    name: str,
    role: Role,
    department_id: int | None,
    by: Actor,
    at: datetime,
) -> Person:
    """Make an account and mail its owner a link to choose a password.

    Raises:
        Invalid: the address is none. Conflict: it has an account.
    """
    require(by, Action.people_manage)
    address = valid_email(email)
    if by_email(session, address) is not None:
        raise Conflict(f"{address} has an account already.")
    person = Person(
        email=address,
        name=name.strip(),
        role=role,
        department_id=department_id,
        active=True,
        created_at=at,
    )
    session.add(person)
    session.flush()
    activity.record(session, "person", person.id, "invite", by=by, at=at, moved=(None, role))
    mail_link(session, person, Purpose.invite, by=by, at=at)
    return person


def valid_email(text: str) -> str:
    """The address in lower case.

    Raises:
        Invalid: it is not an address.
    """
    try:
        # Intranets have names that no public server knows, so nothing is looked up.
        found = validate_email(text.strip(), check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise Invalid(str(error), {"email": str(error)}) from error
    return found.normalized.lower()


def change(
    session: Session,
    person: Person,
    *,
    name: str,
    role: Role,
    department_id: int | None,
    by: Actor,
    at: datetime,
) -> None:
    """Change what an administrator may change of a person.

    Raises:
        Conflict: the last administrator would lose the role.
    """
    require(by, Action.people_manage)
    if person.role is Role.admin and role is not Role.admin:
        _keep_one_admin(session, person)
    moved = (person.role.value, role.value) if person.role is not role else (None, None)
    person.name, person.role, person.department_id = name.strip(), role, department_id
    activity.record(session, "person", person.id, "change", by=by, at=at, moved=moved)


def set_active(session: Session, person: Person, active: bool, *, by: Actor, at: datetime) -> None:
    """Deactivate (and sign out at once) or activate again.

    Raises:
        Conflict: the person is the last active administrator.
    """
    require(by, Action.people_manage)
    if not active and person.role is Role.admin:
        _keep_one_admin(session, person)
    person.active = active
    if not active:
        close_all(session, person.id)
    verb = "activate" if active else "deactivate"
    activity.record(session, "person", person.id, verb, by=by, at=at)


def _keep_one_admin(session: Session, leaving: Person) -> None:
    others = select(func.count()).select_from(Person)
    others = others.where(Person.role == Role.admin, Person.active, Person.id != leaving.id)
    if session.scalar(others) == 0:
        raise Conflict("This is the last administrator. Make somebody else one first.")
