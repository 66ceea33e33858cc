"""Jobs, those who do them, and what the nightly checks found.

Reason: work in the background is written down with what causes it, and the outcome of a check where an operator looks.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005_jobs"
down_revision = "0004_payment_references"
branch_labels = None
depends_on = None

KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
MOMENT = sa.DateTime(timezone=True)
OPEN = sa.text("done_at IS NULL AND failed_at IS NULL")


def upgrade() -> None:
    """Take the step."""
    op.create_table(
        "jobs",
        sa.Column("id", KEY, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=True),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("run_at", MOMENT, nullable=False),
        sa.Column("attempts", KEY, server_default="0", nullable=False),
        sa.Column("leased_until", MOMENT, nullable=True),
        sa.Column("leased_by", sa.String(length=120), nullable=True),
        sa.Column("done_at", MOMENT, nullable=True),
        sa.Column("failed_at", MOMENT, nullable=True),
        sa.Column("last_error", sa.String(length=300), nullable=True),
        sa.CheckConstraint("attempts >= 0", name=op.f("ck_jobs_attempts_counted")),
        sa.CheckConstraint("(leased_until IS NULL) = (leased_by IS NULL)", name=op.f("ck_jobs_lease_has_its_holder")),
        sa.CheckConstraint("done_at IS NULL OR failed_at IS NULL", name=op.f("ck_jobs_ended_once")),
        sa.CheckConstraint(
            "leased_until IS NULL OR (done_at IS NULL AND failed_at IS NULL)", name=op.f("ck_jobs_ended_is_free")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
        sa.UniqueConstraint("key", name=op.f("uq_jobs_key")),
    )
    op.create_index(op.f("ix_jobs_open"), "jobs", ["run_at"], sqlite_where=OPEN, postgresql_where=OPEN)
    op.create_index(op.f("ix_jobs_done_at"), "jobs", ["done_at"])
    op.create_table(
        "job_workers",
        sa.Column("id", KEY, nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("started_at", MOMENT, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.Column("stopped_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job_workers")),
        sa.UniqueConstraint("name", name=op.f("uq_job_workers_name")),
    )
    op.create_index(op.f("ix_job_workers_seen_at"), "job_workers", ["seen_at"])
    op.create_table(
        "verifications",
        sa.Column("id", KEY, nullable=False),
        sa.Column("began_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=False),
        sa.Column("credits", KEY, nullable=False),
        sa.Column("payments", KEY, nullable=False),
        sa.Column("payments_vnd", KEY, nullable=False),
        sa.Column("broken", KEY, nullable=False),
        sa.Column("findings", sa.JSON(), nullable=False),
        sa.CheckConstraint("broken >= 0", name=op.f("ck_verifications_broken_counted")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_verifications")),
    )


def downgrade() -> None:
    """Take it back."""
    op.drop_table("verifications")
    op.drop_table("job_workers")
    op.drop_table("jobs")
