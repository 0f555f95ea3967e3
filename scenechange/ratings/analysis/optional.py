"""Packages that only the analysis needs, imported when a function first uses them."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from scenechange.errors import MissingExtraError


def need(module: str) -> Any:
    """The imported module.

    Parameters
    ----------
    module : str
        Full name, e.g. ``"scipy.stats"``.

    Raises
    ------
    MissingExtraError
        If the package is not installed; the message names the extra that brings it.
    """
    try:
        return import_module(module)
    except ImportError as error:
        raise MissingExtraError(
            f"this figure needs the package {module.partition('.')[0]}, which is not installed: "
            f"pip install 'scenechange[analysis]' ({error})"
        ) from error
