"""``scenechange rate …``: studies of appeal, gathered from their files."""

from __future__ import annotations

import typer

from scenechange.cli import rate_analyse, rate_demo, rate_init, rate_runs, rate_serve, rate_simulate, rate_store

app = typer.Typer(
    help="Appeal ratings: from a folder of pictures to a running study, from votes to a leaderboard with intervals.",
    no_args_is_help=True,
)
app.command("demo")(rate_demo.demo)
app.command("init")(rate_init.init)
app.command("serve")(rate_serve.serve)
app.command("status")(rate_store.status)
app.command("analyse")(rate_analyse.analyse)
app.command("export")(rate_store.export)
app.command("approve")(rate_store.approve)
app.command("erase")(rate_store.erase)
app.command("simulate")(rate_simulate.simulate)
app.command("runs")(rate_runs.runs)
app.command("results")(rate_runs.results)
