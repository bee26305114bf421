"""A large organisation: the sample, and beside it as many made-up lessons as wanted.

It is what lists meet in real life and a plain table does not show: lessons in every state, of
departments and restricted, with authors, topics, answers and occurrences, 3,000 projects, more than
half as many issues as lessons, and themes that hold nine of ten texts. All follows from the number
of a row, so that each build is the same.
"""

import shutil
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.orm import Session

from content.starter.load import load_organisation
from portal import migrate
from portal.runtime import Runtime, open_runtime
from portal.settings import Settings
from portal.worker.handlers import rebuild
from tests.bench.bench_startpack import CLOSED, NOW, filled

PEOPLE, DEPARTMENTS, TOPICS = 400, 12, 300
ISSUES = 0.6  # for each lesson
OCCURRENCES = 0.05
THEMES = 60


def made_up(folder: Path, count: int) -> Runtime:
    """A portal with the sample organisation and so many lessons more; kept in `folder`."""
    place = folder / f"register-{count}"
    if not (place / "portal.db").exists():
        plain = filled(folder, count)
        plain.close()
        shutil.copytree(plain.settings.data_dir, place, symlinks=True)
        runtime = open_runtime(Settings(data_dir=place))
        migrate.upgrade(runtime.database)
        with runtime.database.writing() as session:
            _widen(session, count)
            _group(session)
        with runtime.database.writing() as session:
            load_organisation(session, runtime.files, at=NOW)
        (runtime.settings.data_dir / "index").unlink()  # of the plain lessons
        rebuild(runtime)
        runtime.database.take_stock()
        return runtime
    return open_runtime(Settings(data_dir=place))


def _widen(session: Session, count: int) -> None:
    """Give the plain lessons of the start pack's bench what a register has."""
    values = {
        "count": count, "people": PEOPLE, "departments": DEPARTMENTS, "topics": TOPICS,
        "issues": int(count * ISSUES), "occurrences": int(count * OCCURRENCES),
        "closed": CLOSED, "at": f"{NOW:%Y-%m-%d %H:%M:%S}.000000",
    }  # fmt: skip
    # Rows by numbers, as SQLite counts; a prime spreads them, so that no column follows another.
    numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {}) "
    for upto, statement in (
        (":departments", "INSERT INTO department (code, name) "
         "SELECT 'M' || i, 'Made-up department ' || i FROM n"),
        (":people", "INSERT INTO person (email, name, role, department_id, password_hash, active, "
         "is_demo, created_at) SELECT 'p' || i || '@example.org', 'Person ' || i, 'member', "
         "1 + i % :departments, '', 1, 0, :at FROM n"),
        (":issues", "INSERT INTO issue (project_id, title, description, category, severity, status,"
         " raised_on, closed_on, resolution, days, created_at, updated_at, version) "
         "SELECT 1 + i * 7919 % :closed, 'Issue ' || i || ' about ' || (i * 31 % 997), "
         "'What happened in case ' || i, 'cost', CASE i % 4 WHEN 0 THEN 'low' WHEN 1 THEN 'medium' "
         "WHEN 2 THEN 'high' ELSE 'critical' END, CASE WHEN i % 10 < 8 THEN 'closed' WHEN i % 10 = "
         "8 THEN 'open' ELSE 'in progress' END, date('2016-01-01', '+' || (i * 13 % 3800) || "
         "' days'), CASE WHEN i % 10 < 8 THEN date('2016-03-01', '+' || (i * 13 % 3800) || ' days')"
         " END, '', i % 40, :at, :at, 1 FROM n"),
        (":count", "INSERT INTO lesson_topic (lesson_id, topic) "
         "SELECT i, 'topic ' || (i * i % :topics) FROM n UNION "
         "SELECT i, 'topic ' || (i * 7 % :topics) FROM n"),
        (":occurrences", "INSERT INTO occurrence (lesson_id, project_id, effect, note, by_id, at, "
         "version) SELECT 1 + i * 104729 % :count, 1 + i * 7919 % :closed, '', '', "
         "1 + i % :people, :at, 1 FROM n"),
    ):  # fmt: skip
        session.execute(text(numbers.format(upto) + statement), values)
    session.execute(
        text(
            "UPDATE project SET department_id = 1 + id * 31 % :departments, "
            "manager_id = 2 + id * 17 % :people, planned_end_on = date('2012-01-01', '+' || "
            "(id * 7 % 5000) || ' days'), closed_on = CASE WHEN state = 'closed' THEN "
            "date('2012-01-01', '+' || (id * 7 % 5000) || ' days') END"
        ), values,
    )  # fmt: skip
    session.execute(
        text(
            "UPDATE lesson SET author_id = 2 + id * 7919 % :people, "
            "department_id = 1 + id * 31 % :departments, "
            "author_hidden = id % 9 = 0, "
            "kind = CASE WHEN id % 5 = 0 THEN 'success' ELSE 'problem' END, "
            "category = CASE id * 7 % 4 WHEN 0 THEN 'cost' WHEN 1 THEN 'scope' WHEN 2 THEN 'risk' "
            "ELSE 'quality' END, "
            "confidentiality = CASE WHEN id * 101 % 20 < 17 THEN 'open' WHEN id * 101 % 20 < 19 "
            "THEN 'department' ELSE 'restricted' END, "
            "sanitised = CASE WHEN id * 101 % 20 = 19 AND id % 2 THEN 'In short, ' || headline "
            "ELSE '' END, "
            "state = CASE id * 53 % 50 WHEN 0 THEN 'draft' WHEN 1 THEN 'submitted' WHEN 2 THEN "
            "'returned' WHEN 3 THEN 'rejected' WHEN 4 THEN 'retired' WHEN 5 THEN 'superseded' "
            "WHEN 6 THEN 'implemented' WHEN 7 THEN 'verified' ELSE 'published' END, "
            "submitted_at = CASE WHEN id * 53 % 50 > 3 THEN datetime(:at, '-' || "
            "(id * 13 % 3600 + id % 60) || ' days') ELSE datetime(:at, '-' || (id % 90) || "
            "' days') END || '.000000', "
            "published_at = CASE WHEN id * 53 % 50 > 3 THEN datetime(:at, '-' || "
            "(id * 13 % 3600) || ' days') || '.000000' END, "
            "updated_at = datetime(:at, '-' || (id * 13 % 3600) || ' days') || '.000000'"
        ), values,
    )  # fmt: skip


def _group(session: Session) -> None:
    """Put the texts of closed projects into themes, as a run would: by a number of their own."""
    at = f"{NOW:%Y-%m-%d %H:%M:%S}.000000"
    session.execute(
        text(
            "INSERT INTO theme_run (id, started_at, finished_at, texts, unclustered, projects, "
            "parameters, digest, difference) "
            "VALUES (1, :at, :at, 0, 0, 0, '{}', '', '{}')"
        ), {"at": at},
    )  # fmt: skip
    for number in range(1, THEMES + 1):
        session.execute(
            text(
                "INSERT INTO theme (id, label, terms, state, first_run_id, last_run_id, size, "
                "projects, note, stage) VALUES (:id, 'Made-up theme ' || :id, '[]', 'current', 1, "
                "1, 0, 0, '', 'proposed')"
            ), {"id": number},
        )  # fmt: skip
    in_use = "row.state IN ('published', 'action assigned', 'implemented', 'verified')"
    for kind, condition in (("lesson", in_use), ("issue", "1")):
        session.execute(
            text(
                "INSERT INTO theme_member (theme_id, kind, object_id, score, rank, margin) "
                f"SELECT 1 + (row.id * 7919 + row.project_id * 31) % :many, '{kind}', row.id, 0.5, "
                f"row.id, 0.1 FROM {kind} AS row JOIN project ON project.id = row.project_id "
                f"WHERE project.state = 'closed' AND {condition} "
                "AND (row.id * 7919 + row.project_id * 31) % :many < :themes"
            ), {"many": THEMES * 10 // 9, "themes": THEMES},
        )  # fmt: skip
