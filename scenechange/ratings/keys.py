"""Names that tell nothing: keyed hashes of tokens and ids, receipt codes, and the secret they all hang on.

Whoever reads the database without the secret can neither use a link nor test whether somebody took part, for
HMAC-SHA256 (RFC 2104, FIPS 180-4) cannot be computed, hence not searched, without the key.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
from pathlib import Path

from scenechange.errors import InputError, OutputError

SECRET_VARIABLE = "SCENECHANGE_RATE_SECRET"
MIN_SECRET_BYTES = 16
_RECEIPT_BYTES = 13  # 104 bits; 20 letters of base32 carry the first 100
_LOOKALIKES = str.maketrans({"0": "O", "1": "I", "8": "B", "-": None, " ": None, "\n": None, "\t": None, "\r": None})


class Keys:
    """Keyed hashes, one family for each purpose so that no two can be compared.

    Parameters
    ----------
    secret : bytes
        At least 16 bytes, the study's own.

    Raises
    ------
    InputError
        A shorter secret.
    """

    def __init__(self, secret: bytes) -> None:
        if len(secret) < MIN_SECRET_BYTES:
            raise InputError(f"the secret has {len(secret)} bytes, wanted at least {MIN_SECRET_BYTES}: make a new one")
        self._secret = secret

    def mark(self, purpose: str, *values: str) -> str:
        """Keyed hash of some values, 64 hexadecimal digits."""
        return self._digest(purpose, values).hex()

    def name(self, purpose: str, *values: str) -> str:
        """Keyed hash of some values as an unguessable word of 22 letters that suit a link (128 bits)."""
        return base64.urlsafe_b64encode(self._digest(purpose, values)[:16]).rstrip(b"=").decode()

    def receipt(self, token: str) -> str:
        """Receipt code of a session: 100 bits as four groups of five letters. The same whenever it is asked for."""
        letters = base64.b32encode(self._digest("receipt", (token,))[:_RECEIPT_BYTES]).decode()[:20]
        return "-".join(letters[i : i + 5] for i in range(0, 20, 5))

    def _digest(self, purpose: str, values: tuple[str, ...]) -> bytes:
        # Lengths go in too, or ("ab", "c") and ("a", "bc") would hash alike.
        message = b"".join(len(v).to_bytes(4) + v for v in (text.encode() for text in (purpose, *values)))
        return hmac.new(self._secret, message, hashlib.sha256).digest()


def new_token() -> str:
    """A fresh unguessable word of 22 letters that suit a link (128 bits)."""
    return secrets.token_urlsafe(16)


def tidy_receipt(code: str) -> str:
    """A receipt code as it was issued, from what somebody typed: case, blanks, hyphens and 0, 1, 8 for O, I, B."""
    letters = code[:200].upper().translate(_LOOKALIKES)
    return "-".join(letters[i : i + 5] for i in range(0, len(letters), 5))


def load_secret(beside: Path | None) -> bytes:
    """The secret: from the environment, else from a file that only its owner may read, made at first use.

    Parameters
    ----------
    beside : Path or None
        The database's file; the secret lies beside it with ``.secret`` added. None where there is no such file
        (PostgreSQL), and then the environment must hold it.

    Returns
    -------
    bytes
        At least 16.

    Raises
    ------
    InputError
        Too short, missing, or readable by others.
    OutputError
        The file cannot be made.
    """
    given = os.environ.get(SECRET_VARIABLE, "")
    if given:
        return given.encode()
    if beside is None:
        raise InputError(
            f"no secret: set {SECRET_VARIABLE} to at least 32 random letters, the same for every process of the study"
        )
    path = beside.with_name(beside.name + ".secret")
    try:
        _make_secret(path)
        if os.name == "posix" and path.stat().st_mode & 0o077:
            raise InputError(f"{path.name}: others may read it; allow its owner only (mode 0600)")
        secret = path.read_text(encoding="ascii").strip().encode()
    except OSError as error:
        raise OutputError(
            f"{path.name}: cannot be made or read ({error.strerror}): the secret belongs there"
        ) from error
    if len(secret) < MIN_SECRET_BYTES:
        raise InputError(f"{path.name}: too short to be the secret; put back the file that belongs to this database")
    return secret


def _make_secret(path: Path) -> None:
    """Make the file with a new secret unless it is there: whole under another name, then linked, so none reads half."""
    if path.exists():
        return
    draft = path.with_name(f".{secrets.token_hex(8)}.part")
    number = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with open(number, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(32) + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            return  # another process was first: its secret holds
    finally:
        draft.unlink()
