"""The tables. Nothing here says who somebody is or when exactly something happened.

``session`` one worker's way, known by keyed hashes of link and receipt only; ``trial`` what was planned for it;
``vote`` what was answered; ``response`` answers to the study's own questions; ``payment`` keyed hashes of platform
ids, tied to a session only by a keyed hash, deleted after approval; ``audit`` acts without persons; ``meta`` which
study this is.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    and_,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

meta = Table(
    "meta",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("text", Text, nullable=False),
)

session = Table(
    "session",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("token_mark", String(64), unique=True),  # NULL after the retention
    Column("receipt_mark", String(64), unique=True),  # NULL after the retention
    Column("rater", String(32), nullable=False, unique=True),
    Column("state", String(16), nullable=False),
    Column("team", String(200), nullable=False, default=""),
    Column("language", String(16), nullable=False, default=""),
    Column("agreed", Text, nullable=False, default=""),  # names of fields, one a line
    Column("planned", Integer, nullable=False, default=0),
    Column("can_undo", Boolean, nullable=False, default=False),
    Column("day", String(10), nullable=False),
    Column("lease_minute", Integer),  # minutes since 1970 when open trials return to the pool; NULL when none is open
    Index("ix_session_lease_minute", "lease_minute"),
)

trial = Table(
    "trial",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("session_id", ForeignKey("session.id"), nullable=False),
    Column("phase", String(8), nullable=False),  # training or trials: the state in which it is answered
    Column("number", Integer, nullable=False),
    Column("name", String(32), nullable=False),
    Column("unit", Text, nullable=False),
    Column("repetition", Integer, nullable=False),
    Column("role", String(16), nullable=False),
    Column("shown", Text, nullable=False),  # JSON: items in order, reference, shown_ms
    Column("counts", Boolean, nullable=False),  # towards the balance: a test unit's first showing
    Column("done", Boolean, nullable=False, default=False),
    UniqueConstraint("session_id", "phase", "number"),
    UniqueConstraint("session_id", "phase", "unit", "repetition"),
)
# Counting all votes at every join must stay quick however many there are.
Index(
    "ix_trial_counted",
    trial.c.unit,
    sqlite_where=and_(trial.c.counts, trial.c.done),
    postgresql_where=and_(trial.c.counts, trial.c.done),
)

vote = Table(
    "vote",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("session_id", ForeignKey("session.id"), nullable=False),
    Column("trial_id", ForeignKey("trial.id"), nullable=False, unique=True),
    Column("unit", Text, nullable=False),
    Column("repetition", Integer, nullable=False),
    Column("key", String(64)),  # idempotency key; NULL after the retention
    Column("answer", Text, nullable=False),  # JSON
    Column("response_ms", Integer),
    Column("hour", String(13), nullable=False),
    UniqueConstraint("session_id", "unit", "repetition"),
    UniqueConstraint("session_id", "key"),
)

response = Table(
    "response",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("session_id", ForeignKey("session.id"), nullable=False),
    Column("field", String(100), nullable=False),
    Column("chosen", String(200), nullable=False),
    UniqueConstraint("session_id", "field"),
)

payment = Table(
    "payment",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("participant_mark", String(64), nullable=False, unique=True),
    Column("session_mark", String(64), nullable=False, unique=True),
    Column("salt", String(32), nullable=False),
    Column("standing", String(8), nullable=False),  # open, done or refused
    Column("day", String(10), nullable=False),
)

audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("day", String(10), nullable=False),
    Column("act", String(16), nullable=False),
    Column("amount", Integer, nullable=False, default=1),
)
