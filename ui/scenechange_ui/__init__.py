"""The studio: the page on which anyone puts themselves into another place. Reads inputs, calls scenechange, shows."""

from scenechange_ui.limits import Limits

__all__ = ["Limits"]
