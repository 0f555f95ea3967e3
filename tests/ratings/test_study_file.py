"""The study file: what it says is understood, what is wrong with it is told by key."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from study_files import FULL, MINIMAL, draw, draw_folder, load

from scenechange.errors import InputError
from scenechange.ratings import wording
from scenechange.ratings.records import Kind, Platform, Role
from scenechange.ratings.study import StudyError, load_study, write_template


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return draw_folder(tmp_path)


def with_lines(section: str, lines: str, text: str = MINIMAL) -> str:
    return text.replace(f"[{section}]\n", f"[{section}]\n{lines}\n")


def test_seven_lines_make_a_study(folder):
    study = load(folder, MINIMAL)
    assert [item.item for item in study.items][:2] == ["one_x", "one_y"]
    assert (study.name, study.languages, study.contact) == ("a", ("en",), "me@example.org")
    assert study.labels == {"en": ("Bad", "Poor", "Fair", "Good", "Excellent")}
    assert (study.trials_per_session, study.gold_per_session, study.votes_per_item) == (8, 0, 10)
    assert "me@example.org" in study.consent["en"]
    assert "180 days" in study.consent["en"]
    assert study.platform is Platform.NONE


def test_a_full_study_is_understood(folder):
    study = load(folder, FULL)
    assert study.languages == ("fr", "en")
    assert (study.votes_per_item, study.trials_per_session, study.repeated, study.gold_per_session) == (12, 4, 1, 1)
    assert (study.retention_days, study.lease_s, study.stop_when) == (30, 60, "top 2 separated")
    assert (study.design.kind, study.design.points, study.design.shown_ms) == (Kind.DCR, 7, 900)
    assert study.title == {"fr": "Bonjour", "en": "Hello"}
    assert study.labels["en"][6] == "7"
    assert study.labels["fr"][6] == "Imperceptible"
    assert "30 jours" in study.consent["fr"]
    assert (study.platform, study.completion_code, study.refusal_code) == (Platform.PROLIFIC, "C1", "C2")
    assert (study.checks.min_width_px, study.checks.colour_plate) == (600, True)
    assert [field.name for field in study.fields] == ["response_ms", "age"]
    assert study.fields[1].options[0] == ("18-29", {"fr": "18-29", "en": "18-29"})
    assert study.fields[1].options[1][1]["fr"] == "30 ou plus"
    assert not study.fields[1].optional
    assert {item.team for item in study.items} == {"delft", ""}
    assert {item.item for item in study.of_role(Role.REFERENCE)} == {"photo_x", "photo_y"}
    assert study.of_role(Role.GOLD)[0].expected == "1-2"


@pytest.mark.parametrize(
    ("section", "lines", "told"),
    [
        ("study", "vote_per_item = 3", "study.vote_per_item: unknown key. Did you mean 'votes_per_item'"),
        ("study", "votes_per_item = 0", "study.votes_per_item: wanted a whole number from 1 to 100000, got 0"),
        ("study", 'votes_per_item = "3"', "study.votes_per_item: wanted a whole number .*, got '3'"),
        ("study", "trials_per_session = 9", "study.trials_per_session: wanted a whole number from 1 to 8, got 9"),
        ("study", "gold_per_session = 1", "study.gold_per_session: wanted a whole number from 0 to 0"),
        ("study", "repeated = 5", "study.repeated"),
        ("study", 'languages = ["en", "es"]', "study.languages: wanted each once, from en, fr, de, nl"),
        ("study", 'languages = ["en", "en"]', "study.languages"),
        ("study", "languages = []", "study.languages"),
        ("study", 'stop_when = "top 4 separated"', "study.stop_when.*below the number of systems \\(4\\)"),
        ("study", 'stop_when = "soon"', "study.stop_when"),
        ("design", "points = 6", "design.points: wanted 5, 7 or 9, got 6"),
        ("design", "ties = true", "design.ties: wanted no such key for kind 'acr'"),
        ("design", "set_size = 4", "design.set_size"),
        ("design", "untimed_share = 0.5", "design.untimed_share: wanted 0 where there is no design.shown_ms"),
        ("design", "shown_ms = 500\nuntimed_share = 1.5", "design.untimed_share: wanted a number from 0 to 1, got 1.5"),
        ("design", "shown_ms = 500\nuntimed_share = nan", "design.untimed_share"),
        ("design", "shown_ms = 10", "design.shown_ms"),
        ("design", 'assignment = "activ"', "design.assignment"),
        ("design", 'assignment = "active"', "design.assignment.*for pairs"),
        ("items", 'layout = "flat"', "items.layout"),
        ("items", 'original = "phot"', "items.original: no pictures of system 'phot'.*Did you mean 'photo'"),
        ("items", 'teams = { on = "delft" }', "items.teams.*Did you mean 'one'"),
        ("items", "teams = 3", "items.teams"),
        ("items", 'csv = "items.csv"\nlayout = "system/source"', "items.layout: wanted no such key beside items.csv"),
        ("items", 'csv = "items.csv"', "items.csv: items.csv cannot be read"),
    ],
)
def test_a_bad_value_is_told_by_its_key(folder, section, lines, told):
    with pytest.raises(StudyError, match=f"study.toml: {told}"):
        load(folder, with_lines(section, lines))


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('name = "a"\n', "", "study.name: wanted a short name, got nothing"),
        ('name = "a"', 'name = "A b"', "study.name: wanted lower-case"),
        ('contact = "me@example.org"\n', "", "study.contact: wanted whom workers may write to.*got nothing"),
        ('contact = "me@example.org"\n', 'contact = " "\n', "study.contact"),
        ('kind = "acr"', 'kind = "acrr"', "design.kind: wanted one of .*Did you mean 'acr'"),
        ('kind = "acr"', "", "design.kind"),
        ("[design]", "[desing]", "design: wanted a table, got nothing"),
        ('folder = "pictures"', "", "items.folder: wanted a folder of pictures, or items.csv, got nothing"),
        ('folder = "pictures"', 'folder = "picture"', "items.folder: wanted a folder of pictures, got 'picture'"),
        ('kind = "acr"', 'kind = "who"', "exactly one; name the folder or system of the originals as items.original"),
    ],
)
def test_a_missing_or_misspelt_key_is_told(folder, old, new, told):
    assert old in MINIMAL
    with pytest.raises(StudyError, match=told):
        load(folder, MINIMAL.replace(old, new))


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("", "fields\\[1\\].purpose: wanted why 'age' is collected, in every language"),
        ('purpose = ""', "fields\\[1\\].purpose.en: wanted a text"),
        ('purpose.fr = "Pour"', "fields\\[1\\].purpose.fr: wanted one of study.languages"),
        ('purpose.en = "To"', "fields\\[1\\].options: wanted a list of at least two options"),
        ('purpose.en = "To"\noptions = ["a"]', "fields\\[1\\].options"),
        ('purpose.en = "To"\noptions = ["a", "a"]', "fields\\[1\\].options\\[2\\].value"),
        ('purpose.en = "To"\noptions = ["a", "b c"]', "fields\\[1\\].options\\[2\\].value"),
        ('purpose.en = "To"\noptions = ["a", 3]', "fields\\[1\\].options\\[2\\]: wanted a table, got 3"),
        ('purpose.en = "To"\noption = ["a"]', "Did you mean 'options'|fields\\[1\\].options"),
    ],
)
def test_a_field_without_purpose_or_options_refuses(folder, lines, told):
    with pytest.raises(StudyError, match=told):
        load(folder, MINIMAL + f'[[fields]]\nname = "age"\n{lines}\n')


def test_a_purpose_is_wanted_in_every_language(folder):
    text = (
        with_lines("study", 'languages = ["en", "de"]') + '[[fields]]\nname = "response_ms"\npurpose.en = "To see."\n'
    )
    with pytest.raises(StudyError, match=r"fields\[1\].purpose.de: wanted a text in every language, got nothing"):
        load(folder, text)


@pytest.mark.parametrize("name", ["ip", "user_agent", "keystrokes", "email"])
def test_fields_that_would_name_somebody_are_never_collected(folder, name):
    with pytest.raises(StudyError, match="never collects"):
        load(folder, MINIMAL + f'[[fields]]\nname = "{name}"\npurpose.en = "x"\noptions = ["a", "b"]\n')


def test_measured_fields_have_no_options_and_names_come_once(folder):
    field = '[[fields]]\nname = "response_ms"\npurpose.en = "x"\n'
    with pytest.raises(StudyError, match="it is measured"):
        load(folder, MINIMAL + field + 'options = ["a", "b"]\n')
    with pytest.raises(StudyError, match=r"fields\[2\].name"):
        load(folder, MINIMAL + field + field)


def test_prolific_needs_its_completion_code(folder):
    with pytest.raises(StudyError, match=r"platform\.completion_code"):
        load(folder, MINIMAL + '[platform]\nname = "prolific"\n')


@pytest.mark.parametrize(
    ("expected", "told"),
    [("", "wanted the known answer, got nothing"), ("6", "scores from 1 to 5"), ("good", "scores from 1 to 5")],
)
def test_gold_needs_a_possible_known_answer(folder, expected, told):
    text = MINIMAL + f'[[items.extra]]\npath = "extra/bad.png"\nrole = "gold"\nexpected = "{expected}"\n'
    with pytest.raises(StudyError, match=told):
        load(folder, text)


def test_labels_must_be_as_many_as_points(folder):
    with pytest.raises(StudyError, match=r"texts.labels.en: wanted 5 different words"):
        load(folder, MINIMAL + '[texts]\nlabels.en = ["a", "b"]\n')
    with pytest.raises(StudyError, match=r"texts.labels.*no scale"):
        load(folder, MINIMAL.replace('"acr"', '"pair"') + '[texts]\nlabels.en = ["a", "b"]\n')


@pytest.mark.parametrize("content", [b"[study", b"\xff\xfe", b"name = 1\nname = 2"])
def test_what_is_no_toml_is_told(tmp_path, content):
    (tmp_path / "study.toml").write_bytes(content)
    with pytest.raises(StudyError, match="not a TOML file"):
        load_study(tmp_path / "study.toml")


def test_a_missing_study_file_names_the_command_that_writes_one(tmp_path):
    with pytest.raises(StudyError, match="rate init"):
        load_study(tmp_path / "study.toml")


def test_study_errors_are_input_errors():
    assert issubclass(StudyError, InputError)


@pytest.mark.parametrize("kind", list(Kind))
def test_the_template_is_a_study_of_every_kind(folder, kind):
    items = 'folder = "pictures"\noriginal = "photo"' if kind in (Kind.DCR, Kind.WHO) else 'folder = "pictures"'
    write_template(folder / "new.toml", contact="me@example.org", kind=kind.value, items=items)
    assert load_study(folder / "new.toml").design.kind is kind
    with pytest.raises(StudyError, match="is there already"):
        write_template(folder / "new.toml")


def test_the_template_with_all_its_keys_uncommented_is_a_study(tmp_path):
    for number, system in enumerate("abcde"):
        for source in "1234":
            draw(tmp_path / "pictures" / system / f"{source}.png", number)
    draw(tmp_path / "extra" / "obvious.jpg")
    write_template(tmp_path / "study.toml", contact="me@example.org")
    lines = (tmp_path / "study.toml").read_text(encoding="utf-8").splitlines()
    shown = [re.sub(r"^# (?=\[|[a-z_.]+ = )", "", line) for line in lines]
    others = ("ties = ", "assignment = ", "set_size = ")  # of other kinds than acr
    text = "\n".join(line for line in shown if not line.startswith(others))
    assert text.count("\n[") == 9  # tables
    study = load(tmp_path, text)
    assert (study.trials_per_session, study.gold_per_session, study.stop_when) == (20, 1, "top 3 separated")
    assert (study.design.shown_ms, study.design.untimed_share) == (1000, 0.5)
    assert [field.name for field in study.fields] == ["response_ms", "age"]
    assert study.platform is Platform.PROLIFIC


def test_who_was_there_shows_each_original_once_in_a_session(folder):
    text = MINIMAL.replace('"acr"', '"who"').replace("[items]", '[items]\noriginal = "photo"')
    assert load(folder, text).trials_per_session == 2  # sources; there are 6 units
    assert load(folder, with_lines("study", "trials_per_session = 6", text)).trials_per_session == 6


def test_a_training_picture_belongs_to_nobody(folder):
    extra = '[[items.extra]]\npath = "extra/bad.png"\nrole = "training"\nexpected = "1"\nteam = "delft"\n'
    with pytest.raises(StudyError, match="everybody sees the training"):
        load(folder, MINIMAL + extra)


@pytest.mark.parametrize("language", wording.LANGUAGES)
@pytest.mark.parametrize("kind", list(Kind))
def test_default_texts_are_there_in_every_language(language, kind):
    assert wording.title(language)
    assert wording.question(language, kind).endswith("?")
    assert "  " not in wording.instructions(language, kind, True, True)
    assert "{" not in wording.consent(language, "me@example.org", 7)
    for points in (5, 7, 9):
        labels = wording.labels(language, kind, points)
        has_scale = kind in (Kind.ACR, Kind.DCR)
        assert len(set(labels)) == len(labels) == (points if has_scale else 0)


def test_languages_differ_in_all_default_texts():
    for kind in Kind:
        assert len({wording.question(code, kind) for code in wording.LANGUAGES}) == 4
        assert len({wording.instructions(code, kind, False, False) for code in wording.LANGUAGES}) == 4
