"""A key by which users are sorted as Vietnamese dictionaries sort names, alike on both databases.

Reason: `search_key` has no accents, so that Lộc came before Long; and PostgreSQL sorts it by the rules of its locale,
which pass over spaces. The key is filled by the migration that follows.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002_users_sort_key"
down_revision = "0001_first_schema"
branch_labels = None
depends_on = None

_SORT_KEY = sa.String().with_variant(sa.String(collation="C"), "postgresql")


def upgrade() -> None:
    """Add the key, and drop the index of what nobody sorts by any more."""
    with op.batch_alter_table("users") as batch_op:
        batch_op.add_column(sa.Column("sort_key", _SORT_KEY, nullable=False, server_default=""))
        batch_op.create_index(batch_op.f("ix_users_sort_key"), ["sort_key"], unique=False)
        batch_op.drop_index(batch_op.f("ix_users_search_key"))


def downgrade() -> None:
    """Sort by the search key again."""
    with op.batch_alter_table("users") as batch_op:
        batch_op.create_index(batch_op.f("ix_users_search_key"), ["search_key"], unique=False)
        batch_op.drop_index(batch_op.f("ix_users_sort_key"))
        batch_op.drop_column("sort_key")
