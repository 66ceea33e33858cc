"""Which message gave a credit its other name, and what a bank said of a reversal a second time in other words.

Reason: what contradicts the records is kept for a person, and what tells more of them is found from them.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Take the step."""

    op.create_table(
        "reversal_disputes",
        sa.Column("reversal_id", KEY, autoincrement=False, nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("message_id", KEY, nullable=True),
        sa.Column("amount_vnd", KEY, nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["gateway_messages.id"], name=op.f("fk_reversal_disputes_message_id_gateway_messages")
        ),
        sa.ForeignKeyConstraint(
            ["reversal_id"], ["reversals.id"], name=op.f("fk_reversal_disputes_reversal_id_reversals")
        ),
        sa.PrimaryKeyConstraint("reversal_id", "digest", name=op.f("pk_reversal_disputes")),
    )
    with op.batch_alter_table("credit_aliases", schema=None) as batch_op:
        batch_op.add_column(sa.Column("message_id", KEY, nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_credit_aliases_message_id_gateway_messages"), "gateway_messages", ["message_id"], ["id"]
        )


def downgrade() -> None:
    """Take it back."""

    with op.batch_alter_table("credit_aliases", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_credit_aliases_message_id_gateway_messages"), type_="foreignkey")
        batch_op.drop_column("message_id")
    op.drop_table("reversal_disputes")
