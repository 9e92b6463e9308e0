"""Customers in journeys, what was decided about them, and what is still to be told to many."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql


def create() -> None:
    """Creates them."""
    op.create_table(
        "enrollment",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("uid", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("journey", sa.Text(), nullable=False),
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "status",
            sa.Enum("candidate", "active", "left", "done", "refused", "quarantined", name="enrollment_status"),
            nullable=False,
        ),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("mode", sa.Text(), server_default=sa.text("'live'"), nullable=False),
        sa.Column("direct", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("entry", postgresql.JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("entry_message_id", sa.Text(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_trigger_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("admitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("step", sa.Text(), nullable=True),
        sa.Column("step_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("spoke_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("left_by", sa.Text(), nullable=True),
        sa.Column("left_place", sa.Text(), nullable=True),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("faults", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("fault", sa.Text(), nullable=True),
        sa.Column("moved", postgresql.JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "enrollment_due",
        "enrollment",
        ["journey", "due_at", "id"],
        unique=False,
        postgresql_where=sa.text("status IN ('candidate', 'active')"),
    )
    op.create_index(
        "enrollment_admitted",
        "enrollment",
        ["admitted_at"],
        postgresql_using="brin",
        postgresql_with={"pages_per_range": 32},
    )
    op.create_index("enrollment_history", "enrollment", ["customer_id", "journey"], unique=False)
    op.create_index(
        "enrollment_quarantined",
        "enrollment",
        ["journey", "id"],
        unique=False,
        postgresql_where=sa.text("status = 'quarantined'"),
    )
    op.create_index(
        "enrollment_live_once",
        "enrollment",
        ["journey", "customer_id", "key"],
        unique=True,
        postgresql_where=sa.text("status IN ('candidate', 'active')"),
    )
    op.create_index(
        "enrollment_of_customer",
        "enrollment",
        ["customer_id"],
        unique=False,
        postgresql_where=sa.text("status IN ('candidate', 'active')"),
    )
    op.create_table(
        "past_entry",
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("journey", sa.Text(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("customer_id", "journey"),
    )
    op.create_table(
        "decision",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("enrollment_id", sa.BigInteger(), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column("journey", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("facts", postgresql.JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("seen", postgresql.JSONB(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", "at"),
        postgresql_partition_by="RANGE (at)",
    )
    op.execute("CREATE TABLE decision_default PARTITION OF decision DEFAULT")
    op.create_index(
        "decision_of_late", "decision", ["at"], postgresql_using="brin", postgresql_with={"pages_per_range": 32}
    )
    op.create_index("decision_of_enrollment", "decision", ["enrollment_id", "id"], unique=False)
    op.create_table(
        "fanout",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("journey", sa.Text(), nullable=False),
        sa.Column("version_id", sa.BigInteger(), nullable=False),
        sa.Column("product_id", sa.Text(), nullable=False),
        sa.Column("entry", postgresql.JSONB(), server_default=sa.text("'{}'::jsonb"), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("audience", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("after_customer", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "fanout_open", "fanout", ["due_at", "id"], unique=False, postgresql_where=sa.text("done_at IS NULL")
    )
