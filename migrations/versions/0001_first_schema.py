"""The first schema: users, places, stalls and codes, money, statements.

Reason: the house has to stand on something.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001_first_schema"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Take the step."""
    op.create_table(
        "areas",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("level", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("search_key", sa.String(), nullable=False),
        sa.Column("parent_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint("level IN ('province', 'district', 'commune')", name=op.f("ck_areas_level_known")),
        sa.CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_areas_dates_in_order")),
        sa.ForeignKeyConstraint(["parent_id"], ["areas.id"], name=op.f("fk_areas_parent_id_areas")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_areas")),
        sa.UniqueConstraint("code", "valid_from", name=op.f("uq_areas_code_valid_from")),
    )
    with op.batch_alter_table("areas", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_areas_parent_id"), ["parent_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_areas_search_key"), ["search_key"], unique=False)

    op.create_table(
        "gateway_messages",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("gateway", sa.String(length=32), nullable=False),
        sa.Column("message_id", sa.String(length=128), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_day", sa.Date(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gateway_messages")),
        sa.UniqueConstraint(
            "gateway", "received_day", "digest", name=op.f("uq_gateway_messages_gateway_received_day_digest")
        ),
    )
    op.create_table(
        "throttles",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("bucket", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("tries_left", sa.Double(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_throttles")),
        sa.UniqueConstraint("bucket", "key", name=op.f("uq_throttles_bucket_key")),
    )
    with op.batch_alter_table("throttles", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_throttles_bucket_updated_at"), ["bucket", "updated_at"], unique=False)

    op.create_table(
        "unmatched_chain_head",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("last_number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("last_digest", sa.LargeBinary(length=32), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_unmatched_chain_head_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unmatched_chain_head")),
    )
    op.create_table(
        "unreadable_messages",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("gateway", sa.String(length=32), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unreadable_messages")),
        sa.UniqueConstraint("gateway", "digest", name=op.f("uq_unreadable_messages_gateway_digest")),
    )
    op.create_table(
        "users",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("username", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("search_key", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=True),
        sa.Column("must_change_password", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_users")),
        sa.UniqueConstraint("username", name=op.f("uq_users_username")),
    )
    with op.batch_alter_table("users", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_users_search_key"), ["search_key"], unique=False)

    op.create_table(
        "area_boundaries",
        sa.Column("area_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("geometry", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["areas.id"], name=op.f("fk_area_boundaries_area_id_areas")),
        sa.PrimaryKeyConstraint("area_id", name=op.f("pk_area_boundaries")),
    )
    op.create_table(
        "area_successions",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("predecessor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("successor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(
            ["predecessor_id"], ["areas.id"], name=op.f("fk_area_successions_predecessor_id_areas")
        ),
        sa.ForeignKeyConstraint(["successor_id"], ["areas.id"], name=op.f("fk_area_successions_successor_id_areas")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_area_successions")),
        sa.UniqueConstraint(
            "predecessor_id", "successor_id", name=op.f("uq_area_successions_predecessor_id_successor_id")
        ),
    )
    with op.batch_alter_table("area_successions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_area_successions_successor_id"), ["successor_id"], unique=False)

    op.create_table(
        "area_titles",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("area_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("type", sa.String(length=32), nullable=False),
        sa.Column("full_name", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["area_id"], ["areas.id"], name=op.f("fk_area_titles_area_id_areas")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_area_titles")),
        sa.UniqueConstraint("area_id", "valid_from", name=op.f("uq_area_titles_area_id_valid_from")),
    )
    op.create_table(
        "audit_entries",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("actor_name", sa.String(), nullable=False),
        sa.Column("action", sa.String(), nullable=False),
        sa.Column("subject_type", sa.String(), nullable=False),
        sa.Column("subject_id", sa.String(), nullable=False),
        sa.Column("market_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("before", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("after", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("request_id", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_audit_entries_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entries")),
    )
    with op.batch_alter_table("audit_entries", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_entries_market_id_at"), ["market_id", "at"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_audit_entries_subject_type_subject_id"), ["subject_type", "subject_id"], unique=False
        )

    op.create_table(
        "credits",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("gateway", sa.String(length=32), nullable=False),
        sa.Column("external_id", sa.String(length=64), nullable=False),
        sa.Column("message_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("bank_ref", sa.String(length=64), nullable=False),
        sa.Column("bank_bin", sa.String(length=6), nullable=True),
        sa.Column("account_number", sa.String(length=32), nullable=False),
        sa.Column("virtual_account", sa.String(length=32), nullable=True),
        sa.Column("amount_vnd", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("content", sa.String(), nullable=False),
        sa.Column("payer_bank_bin", sa.String(length=6), nullable=True),
        sa.Column("payer_name", sa.String(), nullable=True),
        sa.Column("payer_ref", sa.String(), nullable=True),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("origin", sa.String(length=16), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.CheckConstraint("origin IN ('notification', 'statement')", name=op.f("ck_credits_origin_known")),
        sa.CheckConstraint("amount_vnd BETWEEN 1 AND 499999999", name=op.f("ck_credits_amount_in_range")),
        sa.ForeignKeyConstraint(
            ["message_id"], ["gateway_messages.id"], name=op.f("fk_credits_message_id_gateway_messages")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credits")),
        sa.UniqueConstraint("gateway", "external_id", name=op.f("uq_credits_gateway_external_id")),
    )
    with op.batch_alter_table("credits", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_credits_bank_ref"), ["bank_ref"], unique=False)
        batch_op.create_index(
            "ix_credits_of_statements",
            ["gateway", "bank_ref"],
            unique=False,
            sqlite_where=sa.text("origin = 'statement'"),
            postgresql_where=sa.text("origin = 'statement'"),
        )

    op.create_table(
        "grants",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("scope", sa.String(length=16), nullable=False),
        sa.Column("target_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("granted_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(scope = 'everywhere') = (target_id IS NULL)", name=op.f("ck_grants_target_given")),
        sa.ForeignKeyConstraint(["granted_by_id"], ["users.id"], name=op.f("fk_grants_granted_by_id_users")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_grants_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grants")),
    )
    with op.batch_alter_table("grants", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_grants_user_id"), ["user_id"], unique=False)

    op.create_table(
        "idempotency_keys",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("content_type", sa.String(), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_idempotency_keys_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_idempotency_keys")),
        sa.UniqueConstraint("user_id", "key", name=op.f("uq_idempotency_keys_user_id_key")),
    )
    with op.batch_alter_table("idempotency_keys", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_idempotency_keys_started_at"), ["started_at"], unique=False)

    op.create_table(
        "markets",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("code", sa.String(length=8), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("search_key", sa.String(), nullable=False),
        sa.Column("commune_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("former_commune_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("stalls_reported", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("evidence", sa.String(), nullable=True),
        sa.Column("sources", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "commune_id IS NOT NULL OR former_commune_id IS NOT NULL", name=op.f("ck_markets_stands_somewhere")
        ),
        sa.ForeignKeyConstraint(["commune_id"], ["areas.id"], name=op.f("fk_markets_commune_id_areas")),
        sa.ForeignKeyConstraint(["former_commune_id"], ["areas.id"], name=op.f("fk_markets_former_commune_id_areas")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_markets")),
        sa.UniqueConstraint("code", name=op.f("uq_markets_code")),
    )
    with op.batch_alter_table("markets", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_markets_commune_id"), ["commune_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_markets_former_commune_id"), ["former_commune_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_markets_search_key"), ["search_key"], unique=False)

    op.create_table(
        "sign_ins",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_sign_ins_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_ins")),
        sa.UniqueConstraint("digest", name=op.f("uq_sign_ins_digest")),
    )
    with op.batch_alter_table("sign_ins", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_ins_expires_at"), ["expires_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_sign_ins_user_id"), ["user_id"], unique=False)

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
        sa.Column("processed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("source IN ('camt', 'csv', 'pull')", name=op.f("ck_statements_source_known")),
        sa.CheckConstraint(
            "credits_vnd >= credits_count AND debits_vnd >= debits_count", name=op.f("ck_statements_sums_add_up")
        ),
        sa.ForeignKeyConstraint(["imported_by_id"], ["users.id"], name=op.f("fk_statements_imported_by_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statements")),
        sa.UniqueConstraint("gateway", "digest", name=op.f("uq_statements_gateway_digest")),
    )
    op.create_table(
        "tokens",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_tokens_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tokens")),
        sa.UniqueConstraint("digest", name=op.f("uq_tokens_digest")),
    )
    with op.batch_alter_table("tokens", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_tokens_user_id"), ["user_id"], unique=False)

    op.create_table(
        "vendors",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("phone", sa.String(length=16), nullable=False),
        sa.Column("phone_set_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("user_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["phone_set_by_id"], ["users.id"], name=op.f("fk_vendors_phone_set_by_id_users")),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_vendors_user_id_users")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vendors")),
    )
    with op.batch_alter_table("vendors", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_vendors_user_id"), ["user_id"], unique=False)

    op.create_table(
        "credit_aliases",
        sa.Column("gateway", sa.String(length=32), nullable=False),
        sa.Column("external_id", sa.String(length=64), nullable=False),
        sa.Column("credit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("message_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(["credit_id"], ["credits.id"], name=op.f("fk_credit_aliases_credit_id_credits")),
        sa.ForeignKeyConstraint(
            ["message_id"], ["gateway_messages.id"], name=op.f("fk_credit_aliases_message_id_gateway_messages")
        ),
        sa.PrimaryKeyConstraint("gateway", "external_id", name=op.f("pk_credit_aliases")),
        sa.UniqueConstraint("credit_id", name=op.f("uq_credit_aliases_credit_id")),
    )
    op.create_table(
        "credit_conflicts",
        sa.Column(
            "credit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("message_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("amount_vnd", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["credit_id"], ["credits.id"], name=op.f("fk_credit_conflicts_credit_id_credits")),
        sa.ForeignKeyConstraint(
            ["message_id"], ["gateway_messages.id"], name=op.f("fk_credit_conflicts_message_id_gateway_messages")
        ),
        sa.PrimaryKeyConstraint("credit_id", "digest", name=op.f("pk_credit_conflicts")),
    )
    op.create_table(
        "stalls",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("market_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.String(length=8), nullable=False),
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("vendor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("goods_line", sa.String(length=64), nullable=False),
        sa.Column("search_key", sa.String(), server_default="", nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("synthetic", sa.Boolean(), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("registered_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("registered_by_name", sa.String(), nullable=False),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint(
            "status IN ('pending', 'active', 'suspended', 'closed')", name=op.f("ck_stalls_status_known")
        ),
        sa.ForeignKeyConstraint(["approved_by_id"], ["users.id"], name=op.f("fk_stalls_approved_by_id_users")),
        sa.ForeignKeyConstraint(["market_id"], ["markets.id"], name=op.f("fk_stalls_market_id_markets")),
        sa.ForeignKeyConstraint(["registered_by_id"], ["users.id"], name=op.f("fk_stalls_registered_by_id_users")),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendors.id"], name=op.f("fk_stalls_vendor_id_vendors")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stalls")),
        sa.UniqueConstraint("code", name=op.f("uq_stalls_code")),
        sa.UniqueConstraint("market_id", "number", name=op.f("uq_stalls_market_id_number")),
    )
    with op.batch_alter_table("stalls", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_stalls_market_id_status"), ["market_id", "status"], unique=False)
        batch_op.create_index(batch_op.f("ix_stalls_vendor_id"), ["vendor_id"], unique=False)

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
        "cash_sales",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("stall_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("market_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("amount_vnd", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("sold_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("market_day", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("entry_key", sa.String(length=64), nullable=False),
        sa.Column("undoes_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint("amount_vnd BETWEEN 1 AND 499999999", name=op.f("ck_cash_sales_amount_in_range")),
        sa.ForeignKeyConstraint(["market_id"], ["markets.id"], name=op.f("fk_cash_sales_market_id_markets")),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["users.id"], name=op.f("fk_cash_sales_recorded_by_id_users")),
        sa.ForeignKeyConstraint(["stall_id"], ["stalls.id"], name=op.f("fk_cash_sales_stall_id_stalls")),
        sa.ForeignKeyConstraint(["undoes_id"], ["cash_sales.id"], name=op.f("fk_cash_sales_undoes_id_cash_sales")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cash_sales")),
        sa.UniqueConstraint("stall_id", "entry_key", name=op.f("uq_cash_sales_stall_id_entry_key")),
        sa.UniqueConstraint("undoes_id", name=op.f("uq_cash_sales_undoes_id")),
    )
    with op.batch_alter_table("cash_sales", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_cash_sales_stall_id_sold_at"), ["stall_id", "sold_at"], unique=False)

    op.create_table(
        "payment_requests",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("reference", sa.String(length=12), nullable=False),
        sa.Column("stall_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("market_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("amount_vnd", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("note", sa.String(length=64), server_default="", nullable=False),
        sa.Column("payload", sa.String(length=512), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cancelled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "received_count", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), server_default="0", nullable=False
        ),
        sa.Column(
            "received_vnd", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), server_default="0", nullable=False
        ),
        sa.Column(
            "late_count", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), server_default="0", nullable=False
        ),
        sa.Column("late_vnd", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), server_default="0", nullable=False),
        sa.CheckConstraint("amount_vnd BETWEEN 1 AND 499999999", name=op.f("ck_payment_requests_amount_in_range")),
        sa.CheckConstraint("expires_at > created_at", name=op.f("ck_payment_requests_times_in_order")),
        sa.CheckConstraint(
            "received_vnd >= received_count AND late_vnd >= late_count", name=op.f("ck_payment_requests_money_adds_up")
        ),
        sa.ForeignKeyConstraint(["created_by_id"], ["users.id"], name=op.f("fk_payment_requests_created_by_id_users")),
        sa.ForeignKeyConstraint(["market_id"], ["markets.id"], name=op.f("fk_payment_requests_market_id_markets")),
        sa.ForeignKeyConstraint(["stall_id"], ["stalls.id"], name=op.f("fk_payment_requests_stall_id_stalls")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_requests")),
        sa.UniqueConstraint("public_id", name=op.f("uq_payment_requests_public_id")),
        sa.UniqueConstraint("reference", name=op.f("uq_payment_requests_reference")),
    )
    with op.batch_alter_table("payment_requests", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_payment_requests_stall_id_created_at"), ["stall_id", "created_at"], unique=False
        )

    op.create_table(
        "settlement_accounts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("stall_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("bank_bin", sa.String(length=6), nullable=False),
        sa.Column("account_number", sa.String(length=19), nullable=False),
        sa.Column("holder_name", sa.String(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("name_check", sa.String(length=16), nullable=False),
        sa.Column("name_found", sa.String(), nullable=True),
        sa.Column("overruled_because", sa.String(), nullable=True),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proposed_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("proposed_by_name", sa.String(), server_default="", nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint(
            "status IN ('proposed', 'current', 'past', 'rejected')", name=op.f("ck_settlement_accounts_status_known")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by_id"], ["users.id"], name=op.f("fk_settlement_accounts_decided_by_id_users")
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by_id"], ["users.id"], name=op.f("fk_settlement_accounts_proposed_by_id_users")
        ),
        sa.ForeignKeyConstraint(["stall_id"], ["stalls.id"], name=op.f("fk_settlement_accounts_stall_id_stalls")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_settlement_accounts")),
    )
    with op.batch_alter_table("settlement_accounts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_settlement_accounts_account_number"), ["account_number"], unique=False)
        batch_op.create_index(
            "uq_settlement_accounts_current",
            ["stall_id"],
            unique=True,
            sqlite_where=sa.text("status = 'current'"),
            postgresql_where=sa.text("status = 'current'"),
        )
        batch_op.create_index(
            "uq_settlement_accounts_proposed",
            ["stall_id"],
            unique=True,
            sqlite_where=sa.text("status = 'proposed'"),
            postgresql_where=sa.text("status = 'proposed'"),
        )

    op.create_table(
        "stall_chain_heads",
        sa.Column(
            "stall_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("market_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("last_receipt_number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("last_digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column(
            "last_correction_number",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            server_default="0",
            nullable=False,
        ),
        sa.Column("last_correction_digest", sa.LargeBinary(length=32), nullable=True),
        sa.ForeignKeyConstraint(["market_id"], ["markets.id"], name=op.f("fk_stall_chain_heads_market_id_markets")),
        sa.ForeignKeyConstraint(["stall_id"], ["stalls.id"], name=op.f("fk_stall_chain_heads_stall_id_stalls")),
        sa.PrimaryKeyConstraint("stall_id", name=op.f("pk_stall_chain_heads")),
        sa.UniqueConstraint("stall_id", "market_id", name=op.f("uq_stall_chain_heads_stall_id_market_id")),
    )
    op.create_table(
        "stall_days",
        sa.Column(
            "stall_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("market_day", sa.Date(), nullable=False),
        sa.Column("market_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "payments_count", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), server_default="0", nullable=False
        ),
        sa.Column(
            "payments_vnd", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), server_default="0", nullable=False
        ),
        sa.Column(
            "cash_count", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), server_default="0", nullable=False
        ),
        sa.Column("cash_vnd", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), server_default="0", nullable=False),
        sa.Column(
            "refunds_count", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), server_default="0", nullable=False
        ),
        sa.Column(
            "refunds_vnd", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), server_default="0", nullable=False
        ),
        sa.Column(
            "reversals_count", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), server_default="0", nullable=False
        ),
        sa.Column(
            "reversals_vnd", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), server_default="0", nullable=False
        ),
        sa.Column(
            "cash_refund_count",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            server_default="0",
            nullable=False,
        ),
        sa.Column(
            "cash_refund_vnd", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), server_default="0", nullable=False
        ),
        sa.CheckConstraint("cash_count >= 0 AND cash_vnd >= 0", name=op.f("ck_stall_days_cash_adds_up")),
        sa.CheckConstraint(
            "payments_count >= 0 AND payments_vnd >= payments_count", name=op.f("ck_stall_days_payments_add_up")
        ),
        sa.CheckConstraint(
            "refunds_vnd >= 0 AND reversals_vnd >= 0 AND cash_refund_vnd >= 0",
            name=op.f("ck_stall_days_what_went_back_adds_up"),
        ),
        sa.ForeignKeyConstraint(["market_id"], ["markets.id"], name=op.f("fk_stall_days_market_id_markets")),
        sa.ForeignKeyConstraint(["stall_id"], ["stalls.id"], name=op.f("fk_stall_days_stall_id_stalls")),
        sa.PrimaryKeyConstraint("stall_id", "market_day", name=op.f("pk_stall_days")),
    )
    with op.batch_alter_table("stall_days", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_stall_days_market_id_market_day"), ["market_id", "market_day"], unique=False
        )

    op.create_table(
        "stall_operations",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("stall_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("market_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("until_day", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "until_day IS NULL OR until_day >= from_day", name=op.f("ck_stall_operations_days_in_order")
        ),
        sa.ForeignKeyConstraint(["market_id"], ["markets.id"], name=op.f("fk_stall_operations_market_id_markets")),
        sa.ForeignKeyConstraint(["stall_id"], ["stalls.id"], name=op.f("fk_stall_operations_stall_id_stalls")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stall_operations")),
    )
    with op.batch_alter_table("stall_operations", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_stall_operations_stall_id_from_day"), ["stall_id", "from_day"], unique=False
        )
        batch_op.create_index(
            "uq_stall_operations_open",
            ["stall_id"],
            unique=True,
            sqlite_where=sa.text("until_day IS NULL"),
            postgresql_where=sa.text("until_day IS NULL"),
        )

    op.create_table(
        "payment_codes",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("stall_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("market_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("version", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reference", sa.String(length=12), nullable=False),
        sa.Column("gateway", sa.String(length=32), nullable=True),
        sa.Column("virtual_account", sa.String(length=19), nullable=True),
        sa.Column("settlement_account_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("bank_bin", sa.String(length=6), nullable=False),
        sa.Column("account_number", sa.String(length=19), nullable=False),
        sa.Column("payload", sa.String(length=512), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("until_day", sa.Date(), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_because", sa.String(), nullable=True),
        sa.CheckConstraint(
            "(until_day IS NULL) = (revoked_at IS NULL)", name=op.f("ck_payment_codes_revoked_with_its_day")
        ),
        sa.CheckConstraint("until_day IS NULL OR until_day >= from_day", name=op.f("ck_payment_codes_days_in_order")),
        sa.ForeignKeyConstraint(["market_id"], ["markets.id"], name=op.f("fk_payment_codes_market_id_markets")),
        sa.ForeignKeyConstraint(
            ["settlement_account_id"],
            ["settlement_accounts.id"],
            name=op.f("fk_payment_codes_settlement_account_id_settlement_accounts"),
        ),
        sa.ForeignKeyConstraint(["stall_id"], ["stalls.id"], name=op.f("fk_payment_codes_stall_id_stalls")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_codes")),
        sa.UniqueConstraint("gateway", "virtual_account", name=op.f("uq_payment_codes_gateway_virtual_account")),
        sa.UniqueConstraint("reference", name=op.f("uq_payment_codes_reference")),
        sa.UniqueConstraint("stall_id", "version", name=op.f("uq_payment_codes_stall_id_version")),
    )
    with op.batch_alter_table("payment_codes", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_payment_codes_bank_bin_account_number"), ["bank_bin", "account_number"], unique=False
        )
        batch_op.create_index(
            "uq_payment_codes_live",
            ["stall_id"],
            unique=True,
            sqlite_where=sa.text("revoked_at IS NULL"),
            postgresql_where=sa.text("revoked_at IS NULL"),
        )

    op.create_table(
        "payments",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("credit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("stall_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("market_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("receipt_number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("amount_vnd", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("paid_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("market_day", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("matched_by", sa.String(length=16), nullable=False),
        sa.Column("request_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("late", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column(
            "assignment", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), server_default="0", nullable=False
        ),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.CheckConstraint("amount_vnd BETWEEN 1 AND 499999999", name=op.f("ck_payments_amount_in_range")),
        sa.CheckConstraint("receipt_number >= 1", name=op.f("ck_payments_receipt_number_counts")),
        sa.ForeignKeyConstraint(["credit_id"], ["credits.id"], name=op.f("fk_payments_credit_id_credits")),
        sa.ForeignKeyConstraint(
            ["request_id"], ["payment_requests.id"], name=op.f("fk_payments_request_id_payment_requests")
        ),
        sa.ForeignKeyConstraint(
            ["stall_id", "market_id"],
            ["stall_chain_heads.stall_id", "stall_chain_heads.market_id"],
            name=op.f("fk_payments_stall_id_market_id_stall_chain_heads"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments")),
        sa.UniqueConstraint("credit_id", "assignment", name=op.f("uq_payments_credit_id_assignment")),
        sa.UniqueConstraint("stall_id", "receipt_number", name=op.f("uq_payments_stall_id_receipt_number")),
    )
    with op.batch_alter_table("payments", schema=None) as batch_op:
        batch_op.create_index(
            "ix_payments_of_requests",
            ["request_id"],
            unique=False,
            sqlite_where=sa.text("request_id IS NOT NULL"),
            postgresql_where=sa.text("request_id IS NOT NULL"),
        )

    op.create_table(
        "corrections",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("payment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("stall_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("market_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("amount_vnd", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("happened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("market_day", sa.Date(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("source", sa.String(length=128), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.CheckConstraint("amount_vnd BETWEEN 1 AND 499999999", name=op.f("ck_corrections_amount_in_range")),
        sa.CheckConstraint("number >= 1", name=op.f("ck_corrections_number_counts")),
        sa.ForeignKeyConstraint(["market_id"], ["markets.id"], name=op.f("fk_corrections_market_id_markets")),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name=op.f("fk_corrections_payment_id_payments")),
        sa.ForeignKeyConstraint(["recorded_by_id"], ["users.id"], name=op.f("fk_corrections_recorded_by_id_users")),
        sa.ForeignKeyConstraint(["stall_id"], ["stalls.id"], name=op.f("fk_corrections_stall_id_stalls")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_corrections")),
        sa.UniqueConstraint("kind", "source", name=op.f("uq_corrections_kind_source")),
        sa.UniqueConstraint("stall_id", "number", name=op.f("uq_corrections_stall_id_number")),
    )
    with op.batch_alter_table("corrections", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_corrections_payment_id"), ["payment_id"], unique=False)

    op.create_table(
        "payment_balances",
        sa.Column(
            "payment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("payment_vnd", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column(
            "committed_vnd", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), server_default="0", nullable=False
        ),
        sa.Column(
            "reversed_vnd", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), server_default="0", nullable=False
        ),
        sa.CheckConstraint(
            "committed_vnd BETWEEN 0 AND payment_vnd", name=op.f("ck_payment_balances_never_more_than_paid")
        ),
        sa.CheckConstraint(
            "reversed_vnd BETWEEN 0 AND payment_vnd", name=op.f("ck_payment_balances_reversed_at_most_whole")
        ),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name=op.f("fk_payment_balances_payment_id_payments")),
        sa.PrimaryKeyConstraint("payment_id", name=op.f("pk_payment_balances")),
    )
    op.create_table(
        "unmatched_credits",
        sa.Column(
            "credit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column(
            "assignment", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("payment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("assigned_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("assigned_because", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["assigned_by_id"], ["users.id"], name=op.f("fk_unmatched_credits_assigned_by_id_users")
        ),
        sa.ForeignKeyConstraint(["credit_id"], ["credits.id"], name=op.f("fk_unmatched_credits_credit_id_credits")),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name=op.f("fk_unmatched_credits_payment_id_payments")),
        sa.PrimaryKeyConstraint("credit_id", "assignment", name=op.f("pk_unmatched_credits")),
        sa.UniqueConstraint("number", name=op.f("uq_unmatched_credits_number")),
        sa.UniqueConstraint("payment_id", name=op.f("uq_unmatched_credits_payment_id")),
    )
    with op.batch_alter_table("unmatched_credits", schema=None) as batch_op:
        batch_op.create_index(
            "uq_unmatched_credits_open",
            ["credit_id"],
            unique=True,
            sqlite_where=sa.text("payment_id IS NULL"),
            postgresql_where=sa.text("payment_id IS NULL"),
        )

    op.create_table(
        "refunds",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("request_id", sa.String(length=32), nullable=False),
        sa.Column("payment_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("stall_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("market_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("gateway", sa.String(length=32), nullable=False),
        sa.Column("credit_external_id", sa.String(length=64), nullable=False),
        sa.Column("amount_vnd", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reason", sa.String(length=140), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("requested_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "asked_times", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), server_default="0", nullable=False
        ),
        sa.Column("bank_ref", sa.String(length=64), nullable=True),
        sa.Column("refusal", sa.String(length=64), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("correction_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint("(state = 'done') = (correction_id IS NOT NULL)", name=op.f("ck_refunds_done_is_booked")),
        sa.CheckConstraint(
            "(state IN ('done', 'refused')) = (settled_at IS NOT NULL)", name=op.f("ck_refunds_settled_has_its_time")
        ),
        sa.CheckConstraint("state IN ('pending', 'unknown', 'done', 'refused')", name=op.f("ck_refunds_state_known")),
        sa.CheckConstraint("amount_vnd BETWEEN 1 AND 499999999", name=op.f("ck_refunds_amount_in_range")),
        sa.ForeignKeyConstraint(
            ["correction_id"], ["corrections.id"], name=op.f("fk_refunds_correction_id_corrections")
        ),
        sa.ForeignKeyConstraint(["market_id"], ["markets.id"], name=op.f("fk_refunds_market_id_markets")),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name=op.f("fk_refunds_payment_id_payments")),
        sa.ForeignKeyConstraint(["requested_by_id"], ["users.id"], name=op.f("fk_refunds_requested_by_id_users")),
        sa.ForeignKeyConstraint(["stall_id"], ["stalls.id"], name=op.f("fk_refunds_stall_id_stalls")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refunds")),
        sa.UniqueConstraint("correction_id", name=op.f("uq_refunds_correction_id")),
        sa.UniqueConstraint("request_id", name=op.f("uq_refunds_request_id")),
    )
    with op.batch_alter_table("refunds", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_refunds_payment_id"), ["payment_id"], unique=False)
        batch_op.create_index(
            "ix_refunds_unsettled",
            ["requested_at"],
            unique=False,
            sqlite_where=sa.text("state IN ('pending', 'unknown')"),
            postgresql_where=sa.text("state IN ('pending', 'unknown')"),
        )

    op.create_table(
        "reversals",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("gateway", sa.String(length=32), nullable=False),
        sa.Column("external_id", sa.String(length=64), nullable=False),
        sa.Column("message_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("credit_external_id", sa.String(length=64), nullable=False),
        sa.Column("bank_ref", sa.String(length=64), nullable=False),
        sa.Column("amount_vnd", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("booked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("credit_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("correction_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint("amount_vnd BETWEEN 1 AND 499999999", name=op.f("ck_reversals_amount_in_range")),
        sa.ForeignKeyConstraint(
            ["correction_id"], ["corrections.id"], name=op.f("fk_reversals_correction_id_corrections")
        ),
        sa.ForeignKeyConstraint(["credit_id"], ["credits.id"], name=op.f("fk_reversals_credit_id_credits")),
        sa.ForeignKeyConstraint(
            ["message_id"], ["gateway_messages.id"], name=op.f("fk_reversals_message_id_gateway_messages")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reversals")),
        sa.UniqueConstraint("correction_id", name=op.f("uq_reversals_correction_id")),
        sa.UniqueConstraint("gateway", "external_id", name=op.f("uq_reversals_gateway_external_id")),
    )
    with op.batch_alter_table("reversals", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_reversals_credit_id"), ["credit_id"], unique=False)
        batch_op.create_index(
            "ix_reversals_waiting",
            ["gateway", "credit_external_id"],
            unique=False,
            sqlite_where=sa.text("credit_id IS NULL"),
            postgresql_where=sa.text("credit_id IS NULL"),
        )

    op.create_table(
        "reversal_conflicts",
        sa.Column(
            "reversal_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("message_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("amount_vnd", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["message_id"], ["gateway_messages.id"], name=op.f("fk_reversal_conflicts_message_id_gateway_messages")
        ),
        sa.ForeignKeyConstraint(
            ["reversal_id"], ["reversals.id"], name=op.f("fk_reversal_conflicts_reversal_id_reversals")
        ),
        sa.PrimaryKeyConstraint("reversal_id", "digest", name=op.f("pk_reversal_conflicts")),
    )
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
            "outcome IN ('matched', 'recorded', 'different', 'duplicate', 'unknown')",
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
            "ix_statement_lines_unprocessed",
            ["statement_id", "position"],
            unique=False,
            sqlite_where=sa.text("outcome IS NULL"),
            postgresql_where=sa.text("outcome IS NULL"),
        )

    op.create_table(
        "discrepancies",
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
        sa.ForeignKeyConstraint(["credit_id"], ["credits.id"], name=op.f("fk_discrepancies_credit_id_credits")),
        sa.ForeignKeyConstraint(
            ["line_id"], ["statement_lines.id"], name=op.f("fk_discrepancies_line_id_statement_lines")
        ),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["statements.id"], name=op.f("fk_discrepancies_statement_id_statements")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_discrepancies")),
        sa.UniqueConstraint("key", name=op.f("uq_discrepancies_key")),
    )
    with op.batch_alter_table("discrepancies", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_discrepancies_credit_id"), ["credit_id"], unique=False)
        batch_op.create_index(
            "ix_discrepancies_open",
            ["opened_at"],
            unique=False,
            sqlite_where=sa.text("is_open"),
            postgresql_where=sa.text("is_open"),
        )
        batch_op.create_index(batch_op.f("ix_discrepancies_statement_id"), ["statement_id"], unique=False)

    op.create_table(
        "discrepancy_entries",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("discrepancy_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("action", sa.String(length=8), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("made_by_name", sa.String(), nullable=False),
        sa.Column("statement_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.CheckConstraint("action IN ('close', 'reopen')", name=op.f("ck_discrepancy_entries_action_known")),
        sa.ForeignKeyConstraint(
            ["discrepancy_id"], ["discrepancies.id"], name=op.f("fk_discrepancy_entries_discrepancy_id_discrepancies")
        ),
        sa.ForeignKeyConstraint(["made_by_id"], ["users.id"], name=op.f("fk_discrepancy_entries_made_by_id_users")),
        sa.ForeignKeyConstraint(
            ["statement_id"], ["statements.id"], name=op.f("fk_discrepancy_entries_statement_id_statements")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_discrepancy_entries")),
        sa.UniqueConstraint("discrepancy_id", "number", name=op.f("uq_discrepancy_entries_discrepancy_id_number")),
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("discrepancy_entries")
    with op.batch_alter_table("discrepancies", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_discrepancies_statement_id"))
        batch_op.drop_index(
            "ix_discrepancies_open", sqlite_where=sa.text("is_open"), postgresql_where=sa.text("is_open")
        )
        batch_op.drop_index(batch_op.f("ix_discrepancies_credit_id"))

    op.drop_table("discrepancies")
    with op.batch_alter_table("statement_lines", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_statement_lines_unprocessed",
            sqlite_where=sa.text("outcome IS NULL"),
            postgresql_where=sa.text("outcome IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_statement_lines_credit_id"))

    op.drop_table("statement_lines")
    op.drop_table("reversal_conflicts")
    with op.batch_alter_table("reversals", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_reversals_waiting",
            sqlite_where=sa.text("credit_id IS NULL"),
            postgresql_where=sa.text("credit_id IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_reversals_credit_id"))

    op.drop_table("reversals")
    with op.batch_alter_table("refunds", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_refunds_unsettled",
            sqlite_where=sa.text("state IN ('pending', 'unknown')"),
            postgresql_where=sa.text("state IN ('pending', 'unknown')"),
        )
        batch_op.drop_index(batch_op.f("ix_refunds_payment_id"))

    op.drop_table("refunds")
    with op.batch_alter_table("unmatched_credits", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_unmatched_credits_open",
            sqlite_where=sa.text("payment_id IS NULL"),
            postgresql_where=sa.text("payment_id IS NULL"),
        )

    op.drop_table("unmatched_credits")
    op.drop_table("payment_balances")
    with op.batch_alter_table("corrections", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_corrections_payment_id"))

    op.drop_table("corrections")
    with op.batch_alter_table("payments", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_payments_of_requests",
            sqlite_where=sa.text("request_id IS NOT NULL"),
            postgresql_where=sa.text("request_id IS NOT NULL"),
        )

    op.drop_table("payments")
    with op.batch_alter_table("payment_codes", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_payment_codes_live",
            sqlite_where=sa.text("revoked_at IS NULL"),
            postgresql_where=sa.text("revoked_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_payment_codes_bank_bin_account_number"))

    op.drop_table("payment_codes")
    with op.batch_alter_table("stall_operations", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_stall_operations_open",
            sqlite_where=sa.text("until_day IS NULL"),
            postgresql_where=sa.text("until_day IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_stall_operations_stall_id_from_day"))

    op.drop_table("stall_operations")
    with op.batch_alter_table("stall_days", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_stall_days_market_id_market_day"))

    op.drop_table("stall_days")
    op.drop_table("stall_chain_heads")
    with op.batch_alter_table("settlement_accounts", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_settlement_accounts_proposed",
            sqlite_where=sa.text("status = 'proposed'"),
            postgresql_where=sa.text("status = 'proposed'"),
        )
        batch_op.drop_index(
            "uq_settlement_accounts_current",
            sqlite_where=sa.text("status = 'current'"),
            postgresql_where=sa.text("status = 'current'"),
        )
        batch_op.drop_index(batch_op.f("ix_settlement_accounts_account_number"))

    op.drop_table("settlement_accounts")
    with op.batch_alter_table("payment_requests", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_payment_requests_stall_id_created_at"))

    op.drop_table("payment_requests")
    with op.batch_alter_table("cash_sales", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_cash_sales_stall_id_sold_at"))

    op.drop_table("cash_sales")
    with op.batch_alter_table("statement_accounts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_statement_accounts_statement_id"))

    op.drop_table("statement_accounts")
    with op.batch_alter_table("stalls", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_stalls_vendor_id"))
        batch_op.drop_index(batch_op.f("ix_stalls_market_id_status"))

    op.drop_table("stalls")
    op.drop_table("credit_conflicts")
    op.drop_table("credit_aliases")
    with op.batch_alter_table("vendors", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_vendors_user_id"))

    op.drop_table("vendors")
    with op.batch_alter_table("tokens", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_tokens_user_id"))

    op.drop_table("tokens")
    op.drop_table("statements")
    with op.batch_alter_table("sign_ins", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sign_ins_user_id"))
        batch_op.drop_index(batch_op.f("ix_sign_ins_expires_at"))

    op.drop_table("sign_ins")
    with op.batch_alter_table("markets", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_markets_search_key"))
        batch_op.drop_index(batch_op.f("ix_markets_former_commune_id"))
        batch_op.drop_index(batch_op.f("ix_markets_commune_id"))

    op.drop_table("markets")
    with op.batch_alter_table("idempotency_keys", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_idempotency_keys_started_at"))

    op.drop_table("idempotency_keys")
    with op.batch_alter_table("grants", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_grants_user_id"))

    op.drop_table("grants")
    with op.batch_alter_table("credits", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_credits_of_statements",
            sqlite_where=sa.text("origin = 'statement'"),
            postgresql_where=sa.text("origin = 'statement'"),
        )
        batch_op.drop_index(batch_op.f("ix_credits_bank_ref"))

    op.drop_table("credits")
    with op.batch_alter_table("audit_entries", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_entries_subject_type_subject_id"))
        batch_op.drop_index(batch_op.f("ix_audit_entries_market_id_at"))

    op.drop_table("audit_entries")
    op.drop_table("area_titles")
    with op.batch_alter_table("area_successions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_area_successions_successor_id"))

    op.drop_table("area_successions")
    op.drop_table("area_boundaries")
    with op.batch_alter_table("users", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_users_search_key"))

    op.drop_table("users")
    op.drop_table("unreadable_messages")
    op.drop_table("unmatched_chain_head")
    with op.batch_alter_table("throttles", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_throttles_bucket_updated_at"))

    op.drop_table("throttles")
    op.drop_table("gateway_messages")
    with op.batch_alter_table("areas", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_areas_search_key"))
        batch_op.drop_index(batch_op.f("ix_areas_parent_id"))

    op.drop_table("areas")
