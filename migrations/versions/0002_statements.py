"""Statements of banks, their lines, and the differences that people work on.

Reason: notifications get lost; a bank's statement says what must be there, and every line of it is accounted for.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the step."""

    op.create_table(
        "statements",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("gateway", sa.String(length=32), nullable=False),
        sa.Column("source", sa.String(length=8), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("credits_count", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("credits_vnd", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("debits_count", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("debits_vnd", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("passed_over", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("imported_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("imported_by_name", sa.String(), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("source IN ('camt', 'csv', 'pull')", name=op.f("ck_statements_source_known")),
        sa.CheckConstraint(
            "credits_vnd >= credits_count AND debits_vnd >= debits_count", name=op.f("ck_statements_sums_add_up")
        ),
        sa.ForeignKeyConstraint(["imported_by_id"], ["users.id"], name=op.f("fk_statements_imported_by_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statements")),
        sa.UniqueConstraint("gateway", "digest", name=op.f("uq_statements_gateway_digest")),
    )
    op.create_table(
        "statement_accounts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("statement_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("account_number", sa.String(length=34), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("entire", sa.Boolean(), nullable=False),
        sa.Column("opening_vnd", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("closing_vnd", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["statements.id"], name=op.f("fk_statement_accounts_statement_id_statements")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement_accounts")),
    )
    with op.batch_alter_table("statement_accounts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_statement_accounts_statement_id"), ["statement_id"], unique=False)

    op.create_table(
        "statement_lines",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("statement_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("account_number", sa.String(length=34), nullable=False),
        sa.Column("direction", sa.String(length=6), nullable=False),
        sa.Column("amount_vnd", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("booked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("day_only", sa.Boolean(), nullable=False),
        sa.Column("bank_ref", sa.String(length=64), nullable=True),
        sa.Column("external_id", sa.String(length=64), nullable=True),
        sa.Column("other_refs", sa.String(), nullable=False),
        sa.Column("virtual_account", sa.String(length=34), nullable=True),
        sa.Column("content", sa.String(), nullable=False),
        sa.Column("party_name", sa.String(), nullable=True),
        sa.Column("party_account", sa.String(length=64), nullable=True),
        sa.Column("party_bank_bin", sa.String(length=6), nullable=True),
        sa.Column("bank_bin", sa.String(length=6), nullable=True),
        sa.Column("is_reversal", sa.Boolean(), nullable=False),
        sa.Column("line_number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("entry_ref", sa.String(length=64), nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.Column("reason", sa.String(length=32), nullable=True),
        sa.Column("credit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("refund_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("reversal_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint("direction IN ('credit', 'debit')", name=op.f("ck_statement_lines_direction_known")),
        sa.CheckConstraint(
            "outcome IN ('matched', 'recorded', 'different', 'doubled', 'unknown')",
            name=op.f("ck_statement_lines_outcome_known"),
        ),
        sa.CheckConstraint("amount_vnd >= 1", name=op.f("ck_statement_lines_amount_moved")),
        sa.ForeignKeyConstraint(["credit_id"], ["credits.id"], name=op.f("fk_statement_lines_credit_id_credits")),
        sa.ForeignKeyConstraint(["refund_id"], ["refunds.id"], name=op.f("fk_statement_lines_refund_id_refunds")),
        sa.ForeignKeyConstraint(
            ["reversal_id"], ["reversals.id"], name=op.f("fk_statement_lines_reversal_id_reversals")
        ),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["statements.id"], name=op.f("fk_statement_lines_statement_id_statements")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement_lines")),
        sa.UniqueConstraint("statement_id", "position", name=op.f("uq_statement_lines_statement_id_position")),
    )
    with op.batch_alter_table("statement_lines", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_statement_lines_credit_id"), ["credit_id"], unique=False)
        batch_op.create_index(
            "ix_statement_lines_unsettled",
            ["statement_id", "position"],
            unique=False,
            sqlite_where=sa.text("outcome IS NULL"),
            postgresql_where=sa.text("outcome IS NULL"),
        )

    op.create_table(
        "differences",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("gateway", sa.String(length=32), nullable=False),
        sa.Column("statement_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("line_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("credit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("account_number", sa.String(length=34), nullable=True),
        sa.Column("bank_vnd", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("our_vnd", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("line_number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("entry_ref", sa.String(length=64), nullable=True),
        sa.Column("expected", sa.String(), server_default="", nullable=False),
        sa.Column("found", sa.String(), server_default="", nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_open", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.ForeignKeyConstraint(["credit_id"], ["credits.id"], name=op.f("fk_differences_credit_id_credits")),
        sa.ForeignKeyConstraint(
            ["line_id"], ["statement_lines.id"], name=op.f("fk_differences_line_id_statement_lines")
        ),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["statements.id"], name=op.f("fk_differences_statement_id_statements")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_differences")),
        sa.UniqueConstraint("key", name=op.f("uq_differences_key")),
    )
    with op.batch_alter_table("differences", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_differences_credit_id"), ["credit_id"], unique=False)
        batch_op.create_index(
            "ix_differences_open",
            ["opened_at"],
            unique=False,
            sqlite_where=sa.text("is_open"),
            postgresql_where=sa.text("is_open"),
        )
        batch_op.create_index(batch_op.f("ix_differences_statement_id"), ["statement_id"], unique=False)

    op.create_table(
        "difference_entries",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("difference_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("action", sa.String(length=8), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("made_by_name", sa.String(), nullable=False),
        sa.Column("statement_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint("action IN ('close', 'reopen')", name=op.f("ck_difference_entries_action_known")),
        sa.ForeignKeyConstraint(
            ["difference_id"], ["differences.id"], name=op.f("fk_difference_entries_difference_id_differences")
        ),
        sa.ForeignKeyConstraint(["made_by_id"], ["users.id"], name=op.f("fk_difference_entries_made_by_id_users")),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["statements.id"], name=op.f("fk_difference_entries_statement_id_statements")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_difference_entries")),
        sa.UniqueConstraint("difference_id", "number", name=op.f("uq_difference_entries_difference_id_number")),
    )


def downgrade() -> None:
    """Take it back."""

    op.drop_table("difference_entries")
    with op.batch_alter_table("differences", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_differences_statement_id"))
        batch_op.drop_index("ix_differences_open", sqlite_where=sa.text("is_open"), postgresql_where=sa.text("is_open"))
        batch_op.drop_index(batch_op.f("ix_differences_credit_id"))

    op.drop_table("differences")
    with op.batch_alter_table("statement_lines", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_statement_lines_unsettled",
            sqlite_where=sa.text("outcome IS NULL"),
            postgresql_where=sa.text("outcome IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_statement_lines_credit_id"))

    op.drop_table("statement_lines")
    with op.batch_alter_table("statement_accounts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_statement_accounts_statement_id"))

    op.drop_table("statement_accounts")
    op.drop_table("statements")
