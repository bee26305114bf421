"""lists of lessons and issues by index."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

LISTED = [
    "date_occurred", "state", "confidentiality", "department_id", "author_id", "project_id",
    "phase", "kind", "category", "priority", "author_hidden", "updated_at", "published_at",
    "confirmed_at", "review_by", "headline", "external_id",
]  # fmt: skip


def upgrade() -> None:
    op.create_index("ix_issue_raised_on", "issue", ["raised_on"])
    op.create_index("ix_lesson_listed", "lesson", LISTED)
    op.create_index("ix_lesson_published_at", "lesson", ["published_at"])
    given = sa.text("sanitised != ''")
    op.create_index(
        "ix_lesson_sanitised",
        "lesson",
        ["confidentiality", "state"],
        sqlite_where=given,
        postgresql_where=given,
    )


def downgrade() -> None:
    op.drop_index("ix_lesson_sanitised", "lesson")
    op.drop_index("ix_lesson_published_at", "lesson")
    op.drop_index("ix_lesson_listed", "lesson")
    op.drop_index("ix_issue_raised_on", "issue")
