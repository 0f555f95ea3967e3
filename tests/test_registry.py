"""The registry: names become methods, and mistakes are told with the legal names."""

from __future__ import annotations

import pytest

from scenechange import registry
from scenechange.errors import InputError
from scenechange.types import Method


def test_the_default_of_every_stage_can_be_made():
    for stage in registry.STAGES:
        assert callable(registry.make(stage))


def test_unknown_names_are_told_with_the_nearest_legal_one():
    with pytest.raises(InputError, match="did you mean 'isnet'"):
        registry.make("segment", Method("isnett"))
    with pytest.raises(InputError, match="unknown stage"):
        registry.method_names("sgement")
    with pytest.raises(InputError, match="did you mean 'share'"):
        registry.make("place", Method("upright", {"shares": 1}))


def test_a_method_whose_package_is_broken_is_told_by_name(monkeypatch):
    table = {**registry.BUILT_IN, "compose": {"lost": "no_such_package.here:Lost"}}
    monkeypatch.setattr(registry, "_methods", lambda: table)
    with pytest.raises(InputError, match="no_such_package"):
        registry.make("compose", Method("lost"))


def test_networks_of_a_method_are_known_before_it_runs():
    assert "isnet" in registry.networks_of("segment")
    assert "sam-vit-l" in registry.networks_of("segment", Method("sam", {"model": "vit_l"}))
    assert registry.networks_of("compose") == ()
