"""A database belongs to one study, one secret, and to the version of its tables."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect, text

from scenechange.errors import InputError
from scenechange.ratings.failures import StudyMismatchError
from scenechange.ratings.keys import Keys, load_secret, tidy_receipt
from scenechange.ratings.records import Design, Field, Kind, Study
from scenechange.ratings.service import Service
from scenechange.ratings.store.binding import meaning
from scenechange.ratings.store.engine import parse_url
from scenechange.ratings.store.tables import metadata

SECRET = b"a secret for tests, 32 bytes long"
CHANGES: dict[str, Callable[[Study], Study]] = {
    "items": lambda s: replace(s, items=s.items[1:]),
    "items moved": lambda s: replace(s, items=tuple(reversed(s.items))),
    "design": lambda s: replace(s, design=Design(Kind.ACR, points=7)),
    "question": lambda s: replace(s, question={"en": "Another question?"}),
    "labels": lambda s: replace(s, labels={"en": ("1", "2", "3", "4", "5")}),
    "consent": lambda s: replace(s, consent={"en": "We also want your shoes."}),
    "fields": lambda s: replace(s, fields=(*s.fields, Field("shoes", {"en": "why"}, (("a", {"en": "a"}),)))),
    "retention_days": lambda s: replace(s, retention_days=9999),
    "title": lambda s: replace(s, title={"en": "A better title"}),
    "votes_per_item": lambda s: replace(s, votes_per_item=20, trials_per_session=8),
}
FREE = {"items moved", "title", "votes_per_item"}


@pytest.mark.parametrize("change", CHANGES)
def test_a_study_whose_meaning_changed_is_refused_and_the_part_named(
    serve: Callable[..., Service], small_study: Study, change: str
) -> None:
    serve(small_study).close()
    changed = CHANGES[change](small_study)
    if change in FREE:
        serve(changed).close()
    else:
        with pytest.raises(StudyMismatchError, match=rf"changed in {change} since.*new database"):
            serve(changed)
    serve(small_study)  # the old one goes on


def test_moving_the_pictures_does_not_change_a_study(small_study: Study) -> None:
    moved = tuple(replace(item, path=Path("elsewhere") / item.path.name) for item in small_study.items)
    assert meaning(replace(small_study, items=moved)) == meaning(small_study)


def test_another_study_and_another_secret_are_refused(
    serve: Callable[..., Service], small_study: Study, database: str
) -> None:
    serve(small_study).close()
    with pytest.raises(StudyMismatchError, match="another study"):
        serve(replace(small_study, name="other"))
    with pytest.raises(StudyMismatchError, match=r"secret .* put back"):
        Service(small_study, database, b"quite another secret, as long as it is")


def test_migrations_make_exactly_the_tables_of_this_version(rating: Service, database: str) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    rating.close()
    engine = create_engine(parse_url(database))
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []
        unique = {tuple(u["column_names"]) for u in inspect(connection).get_unique_constraints("vote")}
    engine.dispose()
    assert {("session_id", "unit", "repetition"), ("session_id", "key"), ("trial_id",)} <= unique


def test_a_database_of_a_newer_version_is_refused(rating: Service, small_study: Study, database: str) -> None:
    rating.close()
    engine = create_engine(parse_url(database))
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(StudyMismatchError, match="newer version"):
        Service(small_study, database, SECRET)


def test_two_processes_that_start_together_make_one_set_of_tables(
    database: str, small_study: Study, tmp_path: Path
) -> None:
    import pickle

    study_file = tmp_path / "study.pickle"
    study_file.write_bytes(pickle.dumps(small_study))
    code = (
        "import pickle, sys; from pathlib import Path; from scenechange.ratings.service import Service\n"
        "study = pickle.loads(Path(sys.argv[1]).read_bytes())\n"
        "Service(study, sys.argv[2], b'a secret for tests, 32 bytes long').open_session()"
    )
    children = [subprocess.Popen([sys.executable, "-c", code, str(study_file), database]) for _ in range(3)]
    assert [child.wait(60) for child in children] == [0, 0, 0]
    with Service(small_study, database, SECRET) as service:
        assert service.status().sessions["consent"] == 3


# --- the secret and what hangs on it


def test_a_secret_is_made_once_for_its_owner_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SCENECHANGE_RATE_SECRET", raising=False)
    secret = load_secret(tmp_path / "votes.db")
    assert load_secret(tmp_path / "votes.db") == secret
    assert len(secret) >= 32
    (file,) = tmp_path.iterdir()
    assert file.name == "votes.db.secret"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_secret_that_others_may_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SCENECHANGE_RATE_SECRET", raising=False)
    load_secret(tmp_path / "votes.db")
    (tmp_path / "votes.db.secret").chmod(0o644)
    with pytest.raises(InputError, match="0600"):
        load_secret(tmp_path / "votes.db")
    (tmp_path / "votes.db.secret").chmod(0o600)
    (tmp_path / "votes.db.secret").write_text("short")
    with pytest.raises(InputError, match="too short"):
        load_secret(tmp_path / "votes.db")


def test_the_environment_comes_first_and_is_needed_for_a_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SCENECHANGE_RATE_SECRET", "x" * 40)
    assert load_secret(tmp_path / "votes.db") == b"x" * 40
    assert list(tmp_path.iterdir()) == []
    monkeypatch.delenv("SCENECHANGE_RATE_SECRET")
    with pytest.raises(InputError, match="SCENECHANGE_RATE_SECRET"):
        load_secret(None)
    assert "SCENECHANGE_RATE_SECRET" not in os.environ


def test_marks_are_hmac_sha256_of_length_prefixed_parts() -> None:
    import hashlib
    import hmac

    message = b"\0\0\0\5token\0\0\0\3abc"
    assert Keys(SECRET).mark("token", "abc") == hmac.new(SECRET, message, hashlib.sha256).hexdigest()


def test_marks_differ_by_purpose_place_and_secret() -> None:
    keys = Keys(SECRET)
    marks = {
        keys.mark("token", "ab", "c"), keys.mark("token", "a", "bc"), keys.mark("receipt", "ab", "c"),
        keys.mark("token", "abc"), Keys(SECRET[:-1]).mark("token", "ab", "c"),
    }  # fmt: skip
    assert len(marks) == 5
    with pytest.raises(InputError, match="at least 16"):
        Keys(b"short")


def test_a_receipt_carries_100_bits_and_survives_typing() -> None:
    code = Keys(SECRET).receipt("token")
    assert [len(group) for group in code.split("-")] == [5, 5, 5, 5]
    assert set(code) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567-")
    assert tidy_receipt(code.lower().replace("-", "")) == code
