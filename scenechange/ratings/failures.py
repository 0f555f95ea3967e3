"""What can go wrong between a worker, a study and its database."""

from __future__ import annotations

from scenechange.errors import InputError, ScenechangeError


class RatingError(ScenechangeError):
    """Base of what the rating service raises on purpose."""


class UnknownSessionError(RatingError):
    """No session has this link: mistyped, erased, or past the study's retention."""


class UnknownReceiptError(UnknownSessionError):
    """No session has this receipt code: mistyped, already erased, or past the study's retention."""


class UnknownPictureError(RatingError):
    """No picture of this study has this name."""


class ExpiredLinkError(RatingError):
    """A signed invitation that is too old."""


class WrongStateError(RatingError, InputError):
    """Something that cannot be done at this point of the way, such as voting before consent."""


class ClosedStudyError(RatingError):
    """The organiser closed the study to new sessions; sessions that run may go on."""


class StudyMismatchError(RatingError, InputError):
    """The database belongs to another study, or to another meaning of this one, or to another secret."""


class StoreError(RatingError):
    """The database could not do what was asked; nothing was stored."""


class StoreBusyError(StoreError):
    """The database is locked, overloaded or cannot be reached; trying again later may succeed."""


class StoreFullError(StoreError):
    """No room on the database's disk."""


class ExportRefusedError(RatingError, InputError):
    """An export that would let an id, a free text or a small group of people leave."""
