"""When a thing can stand in front of somebody at all."""

from __future__ import annotations

import pytest
import torch

from scenechange.occlude.need import could_hide
from scenechange.types import Ground


def ground(standable):
    return Ground((0.0, -1.0, 0.0), 1.6, standable)


def road():
    standable = torch.zeros(60, 80)
    standable[30:] = 0.9
    return standable


def test_nothing_hides_where_the_ground_reaches_down_to_the_edge():
    assert not could_hide(ground(road()))


def test_a_car_on_the_road_can_hide_whoever_stands_behind_it():
    standable = road()
    standable[40:50, 20:40] = 0.05
    assert could_hide(ground(standable))


def test_a_car_that_covers_all_ground_behind_it_can_hide_an_arm():
    standable = road()
    standable[:50, 20:40] = 0.05
    assert could_hide(ground(standable))


def test_a_table_at_the_lower_edge_can_hide_whoever_stands_behind_it():
    standable = road()
    standable[50:, 20:40] = 0.05
    assert could_hide(ground(standable))


def test_walls_beside_the_road_hide_nobody():
    standable = road()
    standable[:, :20] = 0.05
    assert not could_hide(ground(standable))


@pytest.mark.parametrize("chance", [0.0, 0.2])
def test_without_ground_anything_may_stand_before_who_is_cut_at_the_edge(chance):
    assert could_hide(ground(torch.full((60, 80), chance)))
