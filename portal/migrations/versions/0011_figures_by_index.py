"""figures over all lessons and all texts of themes by index."""

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

WAITED = [
    "published_at", "submitted_at", "state", "confidentiality", "department_id", "author_id",
    "project_id",
]  # fmt: skip


def upgrade() -> None:
    op.create_index("ix_lesson_waited", "lesson", WAITED)
    op.create_index("ix_theme_member_text", "theme_member", ["kind", "object_id", "theme_id"])


def downgrade() -> None:
    op.drop_index("ix_theme_member_text", "theme_member")
    op.drop_index("ix_lesson_waited", "lesson")
