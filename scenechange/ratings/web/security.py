"""Signed links, form tokens and response headers."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from itsdangerous import BadSignature, SignatureExpired, TimestampSigner, URLSafeTimedSerializer

from scenechange.ratings.failures import ExpiredLinkError, RatingError

if TYPE_CHECKING:
    from scenechange.ratings.service import Service

INVITATION_DAYS = 30
FORM_HOURS = 24
ORGANISER_HOURS = 12
MTURK_HOSTS = ("https://worker.mturk.com", "https://workersandbox.mturk.com", "https://www.mturk.com")


class ForgedLinkError(RatingError):
    """A link or form that this service did not make."""


@dataclass(frozen=True, slots=True)
class Invitation:
    """What a link to a study says.

    Attributes
    ----------
    person : str
        Random name of whom it was made for: the same link leads to the same session. Empty for a link for everybody.
    team : str
        Whose pictures the rater must not see; empty for none.
    """

    person: str = ""
    team: str = ""


class _Signer(TimestampSigner):
    """Signs with our clock, so that expiry can be tested without waiting."""

    clock: Callable[[], float] = time.time

    def get_timestamp(self) -> int:
        return int(type(self).clock())


class Signer:
    """Makes and reads signed values. Each kind of value has its own salt, so that none passes for another.

    Parameters
    ----------
    secret : bytes
        Of the study; at least 16 bytes.
    study : str
        Name of the study: a link of another study is refused.
    clock : callable
        Seconds since 1970, UTC.
    """

    def __init__(self, secret: bytes, study: str, clock: Callable[[], float] = time.time) -> None:
        self._key = hmac.digest(secret, b"scenechange.ratings.web", "sha256")
        self._study = study
        self._signer = type("Signer", (_Signer,), {"clock": staticmethod(clock)})

    def _serializer(self, purpose: str) -> URLSafeTimedSerializer:
        return URLSafeTimedSerializer(
            self._key,
            salt=f"{purpose}/{self._study}",
            signer=self._signer,
            signer_kwargs={"digest_method": hashlib.sha256},
        )

    def _read(self, purpose: str, text: str, max_age_s: float) -> Any:
        try:
            return self._serializer(purpose).loads(text, max_age=int(max_age_s))
        except SignatureExpired as error:
            raise ExpiredLinkError("wanted a link or form that is still valid, got one that has expired") from error
        except BadSignature as error:
            raise ForgedLinkError(
                "wanted a link or form that this study made, got another; use the original"
            ) from error

    def invitation(self, invitation: Invitation = Invitation(), days: float = INVITATION_DAYS) -> str:
        """The ``i`` of a join link. It carries its own term; after `days` it is refused."""
        return str(self._serializer("join").dumps([invitation.person, invitation.team, int(days * 86400)]))

    def personal(self, team: str = "", days: float = INVITATION_DAYS) -> str:
        """An invitation for one person: opened twice, it leads to the same session."""
        return self.invitation(Invitation(secrets.token_urlsafe(12), team), days)

    def read_invitation(self, text: str) -> Invitation:
        """What a join link says.

        Raises
        ------
        ExpiredLinkError
            After its term.
        ForgedLinkError
            Not made by this study.
        """
        longest = 400 * 86400
        person, team, term_s = self._read("join", text, longest)
        self._read("join", text, term_s)
        return Invitation(person, team)

    def form(self, purpose: str) -> str:
        """A token for a form that belongs to no session: a signed random name, valid for a day."""
        return str(self._serializer(f"form/{purpose}").dumps(secrets.token_urlsafe(12)))

    def read_form(self, purpose: str, text: str) -> str:
        """The random name in a form's token; errors as in `read_invitation`."""
        return str(self._read(f"form/{purpose}", text, FORM_HOURS * 3600))

    def seal(self, purpose: str, value: Any, days: float = 30) -> str:
        """Any JSON value, signed, to be carried in an address."""
        return str(self._serializer(purpose).dumps(value))

    def unseal(self, purpose: str, text: str, days: float = 30) -> Any:
        """What `seal` was given; errors as in `read_invitation`."""
        return self._read(purpose, text, days * 86400)

    def csrf(self, owner: str) -> str:
        """The token that forms of one session (or one organiser's cookie) carry: useless in any other."""
        return hmac.new(self._key, b"csrf/" + owner.encode(), "sha256").hexdigest()[:32]

    def check_csrf(self, owner: str, came: str) -> None:
        """Refuse a form of another session."""
        if not hmac.compare_digest(self.csrf(owner).encode(), came.encode()):
            raise ForgedLinkError("wanted a form of this session, got another; open the page again")

    def number(self, purpose: str) -> int:
        """A number that only this study can compute, 0 to 2^32 - 1: seeds what must be the same when asked again."""
        return int.from_bytes(hmac.digest(self._key, b"number/" + purpose.encode(), "sha256")[:4], "big")


def signer_of(service: Service, clock: Callable[[], float] = time.time) -> Signer:
    """The signer of a study's links and forms; its key is derived from the secret that the service was opened with."""
    return Signer(service._keys.mark("pages", service.study.name).encode(), service.study.name, clock)


def same_secret(wanted: str, came: str) -> bool:
    """Whether two secrets are equal, in a time that does not tell where they differ. Empty never is."""
    return bool(wanted) and hmac.compare_digest(wanted.encode(), came.encode())


def security_headers(framed_by_mturk: bool, https: bool) -> list[tuple[bytes, bytes]]:
    """Headers of every response: nothing from elsewhere, nothing inline, no frame but MTurk's where it is the platform.

    Notes
    -----
    ``same-origin`` as referrer policy keeps session names in addresses from other hosts, and still lets a browser
    say where a form comes from.
    """
    frames = " ".join(MTURK_HOSTS) if framed_by_mturk else "'none'"
    forms = "'self' " + " ".join(MTURK_HOSTS) if framed_by_mturk else "'self'"
    policy = (
        "default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self'; connect-src 'self'; "
        f"base-uri 'none'; form-action {forms}; frame-ancestors {frames}"
    )
    headers = {
        "content-security-policy": policy,
        "x-content-type-options": "nosniff",
        "referrer-policy": "same-origin",
        "permissions-policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "x-robots-tag": "noindex, nofollow",
    }
    if not framed_by_mturk:
        headers["x-frame-options"] = "DENY"
    if https:
        headers["strict-transport-security"] = "max-age=31536000"
    return [(name.encode(), value.encode()) for name, value in headers.items()]
