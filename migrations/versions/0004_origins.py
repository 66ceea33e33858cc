"""A credit came first by a notification or by a statement.

Reason: by its origin a notification finds the credit that a statement brought already; one by any other word would
become money a second time.
"""

from __future__ import annotations

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the step."""

    with op.batch_alter_table("credits", schema=None) as batch_op:
        batch_op.create_check_constraint(
            batch_op.f("ck_credits_origin_known"), "origin IN ('notification', 'statement')"
        )


def downgrade() -> None:
    """Take it back."""

    with op.batch_alter_table("credits", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_credits_origin_known"), type_="check")
