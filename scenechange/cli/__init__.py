"""The command line: thin. Results on stdout, progress and messages on stderr."""

from __future__ import annotations

import sys


def main() -> None:
    """Entry point of the ``scenechange`` command: 0 on success, 2 on bad usage or input, 130 when interrupted."""
    from scenechange.cli.app import app
    from scenechange.cli.console import say
    from scenechange.errors import ScenechangeError

    try:
        app()
    except ScenechangeError as error:
        say(f"error: {error}")
        sys.exit(2)
    except KeyboardInterrupt:
        say("interrupted")
        sys.exit(130)
