"""Every user's place among others by name.

Reason: those who were opened before `sort_key` have an empty one, and would all come first.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.text import sort_key

revision = "0003_fill_users_sort_key"
down_revision = "0002_users_sort_key"
branch_labels = None
depends_on = None

_USERS = sa.table("users", sa.column("id", sa.BigInteger()), sa.column("name", sa.String()), sa.column("sort_key"))


def upgrade() -> None:
    """Fill the key of those who are there; a new user gets it when it is opened."""
    connection = op.get_bind()
    found = [{"of": row.id, "key": sort_key(row.name)} for row in connection.execute(sa.select(_USERS))]
    if found:
        statement = sa.update(_USERS).where(_USERS.c.id == sa.bindparam("of")).values(sort_key=sa.bindparam("key"))
        connection.execute(statement, found)


def downgrade() -> None:
    """Nothing to take back: the column goes with the migration before."""
