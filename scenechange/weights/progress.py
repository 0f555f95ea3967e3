"""A progress bar on stderr for weights that arrive when nobody asked for them by name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from scenechange.weights.fetching import OnProgress

if TYPE_CHECKING:
    from rich.console import Console


@contextmanager
def bars(console: Console | None = None) -> Iterator[OnProgress]:
    """One bar per file, as an `on_progress` for `fetch`; nothing is drawn before something arrives.

    Where stderr is no terminal, a line says what is being fetched, once per file.
    """
    from rich.console import Console as NewConsole
    from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TransferSpeedColumn

    screen = console or NewConsole(stderr=True)
    columns = (TextColumn("fetching {task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    progress = Progress(*columns, console=screen, disable=not screen.is_terminal)
    tasks: dict[str, TaskID] = {}

    def on_progress(name: str, done: int, total: int) -> None:
        if not screen.is_terminal:
            if name not in tasks:
                screen.print(f"fetching {name} ({total / 1e6:.1f} MB)", highlight=False)
                tasks[name] = TaskID(0)
            return
        if not tasks:
            progress.start()
        if name not in tasks:
            tasks[name] = progress.add_task(name, total=total)
        # The total changes where one source fails and the next sends the file in another packing.
        progress.update(tasks[name], completed=done, total=total)

    try:
        yield on_progress
    finally:
        progress.stop()
