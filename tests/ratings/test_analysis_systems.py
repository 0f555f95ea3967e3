"""Leaderboards of systems from comparisons, best-worst sets and choices: the dashboard's and the command's are one."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import typer
from rating_base import draw_item
from rating_walks import walk
from typer.testing import CliRunner

from scenechange.cli.rate_analyse import analyse as command
from scenechange.errors import InputError
from scenechange.ratings.analysis import (
    Pairs,
    bradley_terry,
    pair_board,
    read_best_less_worst,
    read_fooled,
    read_pairs,
)
from scenechange.ratings.export import export_study
from scenechange.ratings.records import Design, Item, Kind, Role, Study
from scenechange.ratings.service import Service
from scenechange.ratings.web.insight import board

app = typer.Typer(pretty_exceptions_enable=False)
app.command()(command)
STRENGTHS = (1.2, 0.0, 0.0, -1.2)


def duels(seed: int, raters: int = 20, sources: int = 12, spread: float = 0.0, strengths=STRENGTHS) -> Pairs:
    """Every rater compares every two systems on three sources; systems differ by source with a spread in log-odds."""
    rng = np.random.default_rng(seed)
    size = len(strengths)
    felt = np.array(strengths) + rng.normal(0, spread, (sources, size)) if spread else np.tile(strengths, (sources, 1))
    rows = []
    for rater in range(raters):
        for first, second in np.transpose(np.triu_indices(size, 1)):
            for source in rng.permutation(sources)[:3]:
                gap = felt[source, first] - felt[source, second]
                won = first if rng.random() < 1 / (1 + np.exp(-gap)) else second
                names = [f"{'abcd'[k]}-{source}" for k in (first, second, won)]
                rows.append((f"r{rater}", *names, "abcd"[first], "abcd"[second], f"s{source}"))
    return Pairs(*(np.array(column) for column in zip(*rows, strict=True)))


def test_systems_are_ranked_by_strength_and_equals_share_a_letter() -> None:
    found = pair_board(duels(0))
    assert (found.systems[0], found.systems[-1]) == ("a", "d")
    assert found.rank.tolist() == [1, 2, 2, 4]
    assert found.group == ("a", "b", "b", "c")
    assert found.n.tolist() == [180] * 4
    assert (found.ci_low < found.strength).all()
    assert (found.strength < found.ci_high).all()


def test_strengths_are_bradley_terrys_of_the_systems() -> None:
    pairs = duels(1)
    winner = np.where(pairs.winner == pairs.a, pairs.system_a, pairs.system_b)
    plain = bradley_terry(Pairs(pairs.rater, pairs.system_a, pairs.system_b, winner))
    found = pair_board(pairs)
    assert dict(zip(found.systems, found.strength, strict=True)) == pytest.approx(
        dict(zip(plain.items, plain.strength, strict=True))
    )


def test_pictures_that_differ_make_intervals_longer_only_if_sources_are_told() -> None:
    pairs = duels(2, sources=6, spread=1.0)
    told, untold = pair_board(pairs), pair_board(replace(pairs, source=None))
    assert (told.se > 1.3 * untold.se).all()


def test_equal_systems_are_rarely_told_apart() -> None:
    """The promise is 5 % of studies; 200 of them allow 5 % + 3 standard errors = 9.6 %."""
    found = [pair_board(duels(seed, raters=10, sources=8, spread=0.6, strengths=(0.0,) * 3)) for seed in range(200)]
    assert np.mean([max(one.rank) > 1 for one in found]) < 0.096


def test_comparisons_within_a_system_or_without_one_do_not_count() -> None:
    pairs = Pairs(*(np.array(c) for c in (["r"] * 3, ["a1", "a1", "x"], ["a2", "b1", "b1"], ["a1", "b1", "x"])))
    with_systems = replace(pairs, system_a=np.array(["a", "a", ""]), system_b=np.array(["a", "b", "b"]))
    found = pair_board(with_systems)
    assert (found.systems, found.n.tolist()) == (("b", "a"), [1, 1])
    assert np.isnan(found.ci_low).all()  # one rater says nothing of others
    assert found.rank.tolist() == [1, 1]
    assert pair_board(pairs).systems == ()


def test_a_lone_column_of_systems_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    path.write_text("rater,a,b,winner,system_a\nr,x,y,x,s\n")
    with pytest.raises(InputError, match="system_a stands alone"):
        read_pairs(path)


def test_tables_without_the_columns_have_no_scores_of_systems(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("rater,items,best,worst\nr,x|y|z,x,z\n")
    assert read_best_less_worst(path) is None
    path.write_text("rater,items,best,worst,systems\nr,x|y|z,x,z,a|b\n")
    with pytest.raises(InputError, match="2 systems"):
        read_best_less_worst(path)
    path.write_text("rater,system,correct,timed\nr,a,1,0\n")
    assert read_fooled(path) is None


def who_study(study: Study, folder: Path) -> Study:
    """The composites beside drawn originals."""
    real = tuple(draw_item(folder, f"photo-{n}", 70 + n, system="photo", source=f"s{n}", real=True) for n in range(5))
    items = (*study.of_role(Role.TEST), *real)
    return replace(study, items=items, design=Design(Kind.WHO), labels={}, repeated=0, gold_per_session=0)


def best_worst_study(study: Study, folder: Path) -> Study:
    """Three systems of five sources, three of a source at once."""
    third = tuple(draw_item(folder, f"third-{n}", 80 + n, system="third", source=f"s{n}") for n in range(5))
    items: tuple[Item, ...] = (*study.of_role(Role.TEST), *third)
    return replace(
        study, items=items, design=Design(Kind.BEST_WORST, set_size=3), labels={}, repeated=0, gold_per_session=0
    )


@pytest.mark.parametrize(
    ("make", "option", "key"),
    [
        (None, "--pairs", "pairs_systems"),
        (best_worst_study, "--best-worst", "pairs_systems"),
        (who_study, "--choices", "choices_systems"),
    ],
)
def test_an_exported_study_gives_the_dashboards_leaderboard(
    pair_study: Study, small_study: Study, tmp_path: Path, make: Callable[..., Study] | None, option: str, key: str
) -> None:
    study = make(small_study, tmp_path) if make else replace(pair_study, design=Design(Kind.PAIR))
    with Service(study, str(tmp_path / "votes.db"), b"a secret for tests, 32 bytes long") as service:
        for n in range(6):
            walk(service, service.open_session(), choose=lambda task, n=n: sorted(task.items)[n % 5 == 0])
        shown = board(study, list(service.votes()))
        export_study(service, tmp_path / "votes.csv")
    run = CliRunner().invoke(app, [option, str(tmp_path / "votes.csv"), "--json", "--bootstrap", "500"])
    assert run.exit_code == 0, run.output
    rows = json.loads(run.stdout)[key]
    assert [(r["system"], r["n"], r["rank"], r["tied_group"]) for r in rows] == [
        (s.system, s.votes, s.rank, s.group) for s in shown.standings
    ]
    assert [r["value"] for r in rows] == pytest.approx([s.value for s in shown.standings])
    if option == "--pairs":  # no random samples
        assert [r["ci_low"] for r in rows] == pytest.approx([s.low for s in shown.standings])
    text = CliRunner().invoke(app, [option, str(tmp_path / "votes.csv"), "--bootstrap", "50"]).stdout
    assert "group" in text
    assert rows[0]["system"] in text


@pytest.mark.parametrize(
    ("option", "text", "names"),
    [
        ("--pairs", "rater,a,b,winner,system_a,system_b\nr,x,y,x,s,t\nq,x,y,y,s,t\n", {"pairs", "pairs-leaderboard"}),
        ("--pairs", "rater,a,b,winner\nr,x,y,x\n", {"pairs"}),
        (
            "--best-worst",
            "rater,items,best,worst,systems\nr,x|y|z,x,z,s|t|u\nq,x|y|z,x,z,s|t|u\n",
            {"pairs", "pairs-leaderboard"},
        ),
        (
            "--choices",
            "rater,item,system,correct,timed\nr,i,s,1,0\nr,j,t,0,1\nq,i,s,0,1\n",
            {"choices", "choices-leaderboard"},
        ),
    ],
)
def test_every_kind_of_table_has_its_plot(tmp_path: Path, option: str, text: str, names: set[str]) -> None:
    path = tmp_path / "table.csv"
    path.write_text(text)
    run = CliRunner().invoke(app, [option, str(path), "--plot", str(tmp_path / "plots"), "--bootstrap", "20", "--json"])
    assert run.exit_code == 0, run.output
    assert {p.stem for p in (tmp_path / "plots").iterdir()} == names
    assert all(p.stat().st_size > 1000 for p in (tmp_path / "plots").iterdir())
