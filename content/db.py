"""The engine, the unit of work and the column types; the one place that knows SQLite's ways.

Reading and writing are two different units. A writing unit begins ``IMMEDIATE`` behind one lock
for all threads and processes, so that a busy portal queues instead of answering "locked"; a
reading unit sees one snapshot and never waits. On PostgreSQL both are plain transactions.

It refuses to commit inside a verb: only the unit that opened a session ends it.
"""

import fcntl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from sqlalchemy import (
    DDL,
    DateTime,
    Dialect,
    Engine,
    Enum,
    MetaData,
    Table,
    TypeDecorator,
    create_engine,
    event,
    text,
)
from sqlalchemy.engine import Connection, ExceptionContext, make_url
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from content.errors import NotFound

# Alembic can only alter what has a name.
NAMING = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

# Seconds a connection waits for a lock that the write gate does not cover (a backup, a shell).
BUSY_TIMEOUT = 10
# Seconds after which a connection is opened anew: it reads only then what `take_stock` wrote.
CONNECTION_AGE = 3_600


class Base(DeclarativeBase):
    """The root of every table."""

    metadata = MetaData(naming_convention=NAMING)


class UTCDateTime(TypeDecorator[datetime]):
    """An aware moment, kept as naive UTC because SQLite has no time zones."""

    impl = DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone cannot be stored")
        return value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


def choice(enum: type[StrEnum], name: str) -> Enum:
    """A column type that holds a value of `enum` as text, checked by the database too."""
    return Enum(
        enum,
        name=name,
        native_enum=False,
        create_constraint=True,
        length=32,
        values_callable=lambda members: [member.value for member in members],
    )


def contains(pattern: str) -> str:
    """`pattern` as the operand of a LIKE with ``escape="\\\\"``, its own wildcards made plain."""
    escaped = pattern.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


class aside(FunctionElement[Any]):  # noqa: N801  (reads as a function in queries)
    """A column in a condition that is true of most rows, so that no index is asked for it.

    SQLite looks for each part of an "or" in an index of its own, and fetches nearly every row of
    the table that way, long texts and all, before it takes the first 25. Set aside (its unary
    plus), the condition is tested on the way through an index that holds the columns, in order.
    """

    inherit_cache = True

    def __init__(self, column: Any) -> None:
        super().__init__(column)
        self.type = column.type


@compiles(aside)
def _plain(element: aside, compiler: SQLCompiler, **more: Any) -> str:
    return compiler.process(element.clauses, **more)


@compiles(aside, "sqlite")
def _with_plus(element: aside, compiler: SQLCompiler, **more: Any) -> str:
    return f"+{compiler.process(element.clauses, **more)}"


def now() -> datetime:
    """This moment, aware, in UTC."""
    return datetime.now(UTC)


def append_only(table: Table) -> None:
    """Let the database itself refuse to change or delete rows of `table`."""
    for statement in append_only_sql(table.name, "sqlite"):
        _after_create(table, statement, "sqlite")
    for statement in append_only_sql(table.name, "postgresql"):
        _after_create(table, statement, "postgresql")


def _after_create(table: Table, statement: str, dialect: str) -> None:
    ddl = DDL(statement)  # type: ignore[no-untyped-call]  # SQLAlchemy leaves this one untyped
    event.listen(table, "after_create", ddl.execute_if(dialect=dialect))


def append_only_sql(table: str, dialect: str) -> list[str]:
    """The statements that make `table` append-only, for models and migrations alike."""
    if dialect == "sqlite":
        return [
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            for verb in ("UPDATE", "DELETE")
        ]
    return [
        f"CREATE FUNCTION {table}_append_only() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$",
        f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {table}_append_only()",
    ]


class Database:
    """One database: how to read it and how to write it.

    `url` is an SQLAlchemy URL; `gate` is the file that writers of all processes lock (SQLite only).
    """

    def __init__(self, url: str, gate: Path | None = None) -> None:
        self.url = make_url(url)
        self.engine = _engine(url)
        self._writing = self.engine.execution_options(portal_begin="IMMEDIATE")
        self._gate = gate if self.is_sqlite else None
        self._thread_lock = threading.Lock()

    @property
    def is_sqlite(self) -> bool:
        """Whether writers must queue behind the gate."""
        return self.url.get_backend_name() == "sqlite"

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """One snapshot; whatever was changed in it is thrown away."""
        with Session(self.engine) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """One unit of work: committed whole at the end, or not at all."""
        session = Session(self._writing, expire_on_commit=False)
        with self._queue(), session, session.begin():
            yield session

    @contextmanager
    def migrating(self) -> Iterator[Connection]:
        """A connection whose tables are altered; committed at the end.

        SQLite alters a table by copying it and dropping the old one, and a drop deletes what
        refers to its rows by cascade. Foreign keys therefore rest meanwhile and are checked
        afterwards (SQLite, "Making Other Kinds Of Table Schema Changes").
        """
        with self.engine.connect() as connection:
            if not self.is_sqlite:
                yield connection
                connection.commit()
                return
            driver = connection.connection.driver_connection
            assert driver is not None
            driver.execute("PRAGMA foreign_keys=OFF")  # before a transaction begins, else in vain
            try:
                yield connection
                broken = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
                if broken:
                    raise RuntimeError(f"rows without what they refer to: {broken[:5]}")
                connection.commit()
            finally:
                connection.rollback()
                driver.execute("PRAGMA foreign_keys=ON")

    @contextmanager
    def _queue(self) -> Iterator[None]:
        if not self.is_sqlite:
            yield
            return
        with self._thread_lock:
            if self._gate is None:
                yield
                return
            with self._gate.open("a") as handle:
                fcntl.flock(handle, fcntl.LOCK_EX)
                yield  # closing the file gives the lock back, also when the process dies

    def take_stock(self) -> None:
        """Let SQLite learn how its tables are filled; it chooses indexes by that.

        Every row is read: from a sample SQLite takes a state that half of all lessons have for one
        of a hundredth, and each index for one of another length. With 100,000 lessons and 60,000
        issues it takes 260 ms of CPU. PostgreSQL does this by itself.
        """
        if not self.is_sqlite:
            return
        with self._queue(), self._writing.connect() as connection:
            connection.exec_driver_sql("ANALYZE")
            connection.commit()
        self.engine.dispose()  # the pooled connections know the old figures

    def close(self) -> None:
        """Give back every connection."""
        self.engine.dispose()


def _engine(url: str) -> Engine:
    if make_url(url).get_backend_name() != "sqlite":
        return create_engine(url, pool_pre_ping=True)
    engine = create_engine(url, connect_args={"timeout": BUSY_TIMEOUT}, pool_recycle=CONNECTION_AGE)
    event.listen(engine, "connect", _set_pragmas)
    event.listen(engine, "begin", _begin)
    event.listen(engine, "handle_error", _refuse_huge)
    return engine


def _set_pragmas(connection: Any, _record: object) -> None:
    # The driver's own implicit BEGIN would come too late for IMMEDIATE; _begin sends it instead.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _refuse_huge(context: ExceptionContext) -> None:
    """A number of more than 64 bits, which SQLite cannot take, is nobody's: no row has it."""
    if isinstance(context.original_exception, OverflowError):
        raise NotFound("There is nothing here, or it is not open to you.")


def _begin(connection: Connection) -> None:
    mode = connection.get_execution_options().get("portal_begin", "DEFERRED")
    connection.exec_driver_sql(f"BEGIN {mode}")


def is_alive(session: Session) -> bool:
    """Whether the database answers."""
    return bool(session.execute(text("SELECT 1")).scalar_one() == 1)
