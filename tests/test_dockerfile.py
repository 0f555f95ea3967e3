"""The Dockerfile without an engine: its instructions, what it copies, and the commands it runs."""

from __future__ import annotations

import json
import re

import typer
from house_rules import ROOT

from scenechange import weights

TEXT = (ROOT / "Dockerfile").read_text(encoding="utf-8")
LINES = [line for line in TEXT.replace("\\\n", " ").splitlines() if line and not line.startswith("#")]
STEPS = [(line.split(maxsplit=1)[0], line.split(maxsplit=1)[1]) for line in LINES]
KNOWN = {"FROM", "ENV", "RUN", "WORKDIR", "COPY", "USER", "EXPOSE", "HEALTHCHECK", "CMD"}


def test_every_line_is_an_instruction_and_the_last_user_has_no_rights() -> None:
    assert {name for name, _ in STEPS} <= KNOWN
    assert [rest for name, rest in STEPS if name == "USER"] == ["studio"]
    assert all(":" in rest and ":latest" not in rest for name, rest in STEPS if name == "FROM")


def test_what_is_copied_exists_and_is_not_ignored() -> None:
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    for name, rest in STEPS:
        if name == "COPY" and "--from" not in rest:
            for source in rest.split()[:-1]:
                assert (ROOT / source).exists(), source
                assert f"!{source.removeprefix('./')}" in ignored, source


def test_its_commands_exist_and_its_weights_are_known() -> None:
    from scenechange.cli.app import app

    group = typer.main.get_command(app)
    words = json.loads(next(rest for name, rest in STEPS if name == "CMD"))
    assert words[:2] == ["scenechange", "ui"]
    options = {o for p in group.commands["ui"].params for o in (*p.opts, *p.secondary_opts)}
    assert {word for word in words if word.startswith("--")} <= options
    fetched = re.findall(r"weights fetch((?: [a-z][\w-]+)*)", TEXT)
    assert {name for names in fetched for name in names.split()} <= set(weights.names())


def test_torch_is_the_range_of_the_package() -> None:
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    for requirement in re.findall(r'"(torch(?:vision)?[<>=.,\d]+)"', TEXT):
        assert f'"{requirement}"' in project
