"""What can go wrong, as types a caller can catch. Every message says what was wanted, what came and what to do."""


class ScenechangeError(Exception):
    """Base of every error this package raises on purpose."""


class InputError(ScenechangeError, ValueError):
    """A value or option that cannot be used: wrong shape, range, name or combination."""


class PhotoError(InputError):
    """A file that cannot be read as a photo: missing, empty, truncated, not an image, too large."""


class OutputError(ScenechangeError, OSError):
    """A result that could not be written: unknown format, no folder, no disk."""


class NobodyFoundError(ScenechangeError):
    """No person where one was asked for."""


class WeightsError(ScenechangeError):
    """Network weights that are missing, damaged or cannot be fetched; the message names the command that mends it."""


class MissingExtraError(ScenechangeError, ImportError):
    """An optional package is needed; the message names the extra to install."""
