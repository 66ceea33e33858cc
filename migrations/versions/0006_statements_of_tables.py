"""A statement read from a table has the source `table`, whether the table is a CSV or a spreadsheet.

Reason: spreadsheets can be imported, and what becomes of their lines is what becomes of a CSV's.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006_statements_of_tables"
down_revision = "0005_jobs"
branch_labels = None
depends_on = None

_STATEMENTS = sa.table("statements", sa.column("source", sa.String()))
_NAME = "ck_statements_source_known"


def upgrade() -> None:
    """Rename the source."""
    _rename("csv", "table")


def downgrade() -> None:
    """Give it the old name."""
    _rename("table", "csv")


def _rename(old: str, new: str) -> None:
    """The constraint is away while rows change: neither name is known on both sides of it."""
    with op.batch_alter_table("statements") as batch_op:
        batch_op.drop_constraint(batch_op.f(_NAME), type_="check")
    op.execute(sa.update(_STATEMENTS).where(_STATEMENTS.c.source == old).values(source=new))
    with op.batch_alter_table("statements") as batch_op:
        batch_op.create_check_constraint(batch_op.f(_NAME), f"source IN ('camt', '{new}', 'pull')")
