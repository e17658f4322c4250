"""files that all nodes of a centre share"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "stored_file",
        sa.Column("path", sa.String(length=200), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("path", name=op.f("pk_stored_file")),
    )
    op.create_table(
        "stored_piece",
        sa.Column("path", sa.String(length=200), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["path"], ["stored_file.path"], name=op.f("fk_stored_piece_path_stored_file"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("path", "number", name=op.f("pk_stored_piece")),
    )


def downgrade() -> None:
    op.drop_table("stored_piece")
    op.drop_table("stored_file")
