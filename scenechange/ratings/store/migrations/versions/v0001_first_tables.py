"""The first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make all tables."""
    _make_meta()
    _make_session()
    _make_trial()
    _make_vote()
    _make_response()
    _make_payment()
    _make_audit()


def downgrade() -> None:
    """Drop all tables, and with them everything stored."""
    for name in ("audit", "payment", "response", "vote", "trial", "session", "meta"):
        op.drop_table(name)


def _make_meta() -> None:
    op.create_table(
        "meta",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_meta")),
    )


def _make_session() -> None:
    op.create_table(
        "session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_mark", sa.String(length=64), nullable=True),
        sa.Column("receipt_mark", sa.String(length=64), nullable=True),
        sa.Column("rater", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("team", sa.String(length=200), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("agreed", sa.Text(), nullable=False),
        sa.Column("planned", sa.Integer(), nullable=False),
        sa.Column("can_undo", sa.Boolean(), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("lease_minute", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session")),
        sa.UniqueConstraint("rater", name=op.f("uq_session_rater")),
        sa.UniqueConstraint("receipt_mark", name=op.f("uq_session_receipt_mark")),
        sa.UniqueConstraint("token_mark", name=op.f("uq_session_token_mark")),
    )
    op.create_index("ix_session_lease_minute", "session", ["lease_minute"], unique=False)


def _make_trial() -> None:
    op.create_table(
        "trial",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("phase", sa.String(length=8), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("repetition", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("shown", sa.Text(), nullable=False),
        sa.Column("counts", sa.Boolean(), nullable=False),
        sa.Column("done", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name=op.f("fk_trial_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_trial")),
        sa.UniqueConstraint("session_id", "phase", "number", name=op.f("uq_trial_session_id_phase_number")),
        sa.UniqueConstraint(
            "session_id", "phase", "unit", "repetition", name=op.f("uq_trial_session_id_phase_unit_repetition")
        ),
    )
    op.create_index(
        "ix_trial_counted",
        "trial",
        ["unit"],
        unique=False,
        sqlite_where=sa.text("counts = 1 AND done = 1"),
        postgresql_where=sa.text("counts AND done"),
    )


def _make_vote() -> None:
    op.create_table(
        "vote",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("trial_id", sa.Integer(), nullable=False),
        sa.Column("unit", sa.Text(), nullable=False),
        sa.Column("repetition", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=64), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("response_ms", sa.Integer(), nullable=True),
        sa.Column("hour", sa.String(length=13), nullable=False),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name=op.f("fk_vote_session_id")),
        sa.ForeignKeyConstraint(["trial_id"], ["trial.id"], name=op.f("fk_vote_trial_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vote")),
        sa.UniqueConstraint("session_id", "key", name=op.f("uq_vote_session_id_key")),
        sa.UniqueConstraint("session_id", "unit", "repetition", name=op.f("uq_vote_session_id_unit_repetition")),
        sa.UniqueConstraint("trial_id", name=op.f("uq_vote_trial_id")),
    )


def _make_response() -> None:
    op.create_table(
        "response",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("session_id", sa.Integer(), nullable=False),
        sa.Column("field", sa.String(length=100), nullable=False),
        sa.Column("chosen", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["session_id"], ["session.id"], name=op.f("fk_response_session_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_response")),
        sa.UniqueConstraint("session_id", "field", name=op.f("uq_response_session_id_field")),
    )


def _make_payment() -> None:
    op.create_table(
        "payment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("participant_mark", sa.String(length=64), nullable=False),
        sa.Column("session_mark", sa.String(length=64), nullable=False),
        sa.Column("salt", sa.String(length=32), nullable=False),
        sa.Column("standing", sa.String(length=8), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment")),
        sa.UniqueConstraint("participant_mark", name=op.f("uq_payment_participant_mark")),
        sa.UniqueConstraint("session_mark", name=op.f("uq_payment_session_mark")),
    )


def _make_audit() -> None:
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("day", sa.String(length=10), nullable=False),
        sa.Column("act", sa.String(length=16), nullable=False),
        sa.Column("amount", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
