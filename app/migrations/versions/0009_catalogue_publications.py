"""What providers were last told of the catalogue."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "catalogue_publication",
        sa.Column("provider", sa.String(length=32), nullable=False),
        sa.Column("connector_id", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["connector_id"],
            ["connector.id"],
            name=op.f("fk_catalogue_publication_connector_id_connector"),
        ),
        sa.PrimaryKeyConstraint("provider", "connector_id", name=op.f("pk_catalogue_publication")),
    )


def downgrade() -> None:
    """Remove it: everything is told anew after the next upgrade."""
    op.drop_table("catalogue_publication")
