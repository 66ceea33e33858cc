"""One table of the references that were given, to codes and to payment requests.

Reason: codes and requests each had a unique column, which were asked one after the other; nothing kept one reference
from being given to a code and to a request at the same time, and so to two stalls. What was given is entered here and
not by a migration of its own, for the foreign keys ask for it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from alembic.util import CommandError

revision = "0004_payment_references"
down_revision = "0003_fill_users_sort_key"
branch_labels = None
depends_on = None

_CARRIERS = {"payment_codes": "code", "payment_requests": "request"}


def upgrade() -> None:
    """Make the table, enter what was given, and have codes and requests refer to it."""
    _refuse_shared(op.get_bind())
    op.create_table(
        "payment_references",
        sa.Column("reference", sa.String(length=12), nullable=False),
        sa.Column("stall_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("market_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.CheckConstraint("kind IN ('code', 'request')", name=op.f("ck_payment_references_kind_known")),
        sa.ForeignKeyConstraint(["market_id"], ["markets.id"], name=op.f("fk_payment_references_market_id_markets")),
        sa.ForeignKeyConstraint(["stall_id"], ["stalls.id"], name=op.f("fk_payment_references_stall_id_stalls")),
        sa.PrimaryKeyConstraint("reference", name=op.f("pk_payment_references")),
        sa.UniqueConstraint("reference", "stall_id", name=op.f("uq_payment_references_reference_stall_id")),
    )
    for table, kind in _CARRIERS.items():
        op.execute(
            f"INSERT INTO payment_references (reference, stall_id, market_id, kind) "  # noqa: S608 - names from above
            f"SELECT reference, stall_id, market_id, '{kind}' FROM {table}"
        )
        with op.batch_alter_table(table) as batch_op:
            batch_op.create_foreign_key(
                _name(table), "payment_references", ["reference", "stall_id"], ["reference", "stall_id"]
            )


def downgrade() -> None:
    """Have each keep its references by itself again."""
    for table in _CARRIERS:
        with op.batch_alter_table(table) as batch_op:
            batch_op.drop_constraint(_name(table), type_="foreignkey")
    op.drop_table("payment_references")


def _refuse_shared(connection: sa.Connection) -> None:
    """Name each reference that a code and a request share; no two codes have one in common, and no two requests."""
    shared = connection.execute(
        sa.text(
            "SELECT code.reference, code.stall_id, request.stall_id, request.id"
            " FROM payment_codes code JOIN payment_requests request ON request.reference = code.reference"
            " ORDER BY code.reference"
        )
    ).all()
    if shared:
        named = ", ".join(
            f"{reference} (code of stall {code_stall}, request {request} of stall {request_stall})"
            for reference, code_stall, request_stall, request in shared
        )
        raise CommandError(
            f"a payment code and a payment request carry the same reference: {named}. The code is printed, so the"
            " request has to yield: when it is over, set its `reference` in payment_requests to one that nothing has"
            " (`vendors.codes.reference.new_reference()` makes one), and upgrade again"
        )


def _name(table: str) -> str:
    return op.f(f"fk_{table}_reference_stall_id_payment_references")
