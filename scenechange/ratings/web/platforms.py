"""Crowd platforms: which parameters a join link brings, and how a finished assignment is handed back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from scenechange.ratings.records import Platform
from scenechange.ratings.web.security import MTURK_HOSTS, ForgedLinkError, Signer

PREVIEW = "ASSIGNMENT_ID_NOT_AVAILABLE"
PARAMETERS = {
    Platform.NONE: (),
    Platform.PROLIFIC: ("PROLIFIC_PID", "STUDY_ID", "SESSION_ID"),
    Platform.MTURK: ("workerId", "hitId", "assignmentId"),
}
# What tells a participant: the same person in the same study gets the same session, in whatever tab or assignment.
PERSON = {Platform.NONE: "", Platform.PROLIFIC: "PROLIFIC_PID", Platform.MTURK: "workerId"}
_PLAIN = re.compile(r"[A-Za-z0-9_-]{1,100}")


@dataclass(frozen=True, slots=True)
class Hit:
    """What MTurk needs back at the end.

    Attributes
    ----------
    assignment : str
        ``assignmentId``.
    submit_to : str
        Address of ``externalSubmit``, on one of MTurk's own hosts.
    """

    assignment: str
    submit_to: str


def platform_ids(platform: Platform, asked: Mapping[str, str]) -> dict[str, str] | None:
    """The platform's parameters in a join link: all of them, or None where they are missing or malformed.

    Parameters
    ----------
    platform : Platform
        Of the study.
    asked : mapping
        Parameters of the address, or fields of the form that repeats them.
    """
    names = PARAMETERS[platform]
    found = {name: asked.get(name, "") for name in names}
    if not names or not all(_PLAIN.fullmatch(value) for value in found.values()):
        return None
    return found


def is_preview(platform: Platform, asked: Mapping[str, str]) -> bool:
    """Whether MTurk shows the page to somebody who has not accepted the task yet."""
    return platform is Platform.MTURK and asked.get("assignmentId", "") == PREVIEW


def seal_hit(signer: Signer, asked: Mapping[str, str]) -> str:
    """What must come back to MTurk, signed for the way through the pages; it is stored nowhere.

    Raises
    ------
    ForgedLinkError
        ``turkSubmitTo`` is not one of MTurk's hosts: the worker's assignment would be sent to a stranger.
    """
    address = asked.get("turkSubmitTo", "") or "https://www.mturk.com"
    parts = urlsplit(address)
    host = f"{parts.scheme}://{parts.netloc}"
    if host not in MTURK_HOSTS:
        raise ForgedLinkError("turkSubmitTo: wanted a host of Amazon Mechanical Turk; start from the task's page")
    return signer.seal("hit", [asked.get("assignmentId", ""), f"{host}/mturk/externalSubmit"])


def open_hit(signer: Signer, sealed: str) -> Hit | None:
    """What `seal_hit` made; None for an empty text."""
    if not sealed:
        return None
    assignment, submit_to = signer.unseal("hit", sealed)
    return Hit(assignment, submit_to)


def join_url(base_url: str, platform: Platform, invitation: str) -> str:
    """The link to give out: for a platform with the places it fills in, else with a signed invitation."""
    base = base_url.rstrip("/")
    if platform is Platform.PROLIFIC:
        places = "&".join(f"{name}={{{{%{name}%}}}}" for name in PARAMETERS[platform])
        return f"{base}/join?{places}"
    if platform is Platform.MTURK:
        return f"{base}/join"
    return f"{base}/join?i={invitation}"
