"""What stands in the address of an invitation or a share link: the row's nonce with a signature of this installation.

A row that is read by somebody else opens nothing without the signature, and a made-up address is refused before the
database is asked.
"""

from __future__ import annotations

from typing import Literal

from django.core import signing

Kind = Literal["invitation", "share"]
SEPARATOR = "."
MAX_LENGTH = 200
"""So many signs at most are looked at; a nonce of 22 and a signature of 43 are far below."""


def make_token(kind: Kind, nonce: str) -> str:
    """Return the token of the row that `nonce` belongs to; one kind's token opens nothing of another kind."""
    return _build_signer(kind).sign(nonce)


def read_token(kind: Kind, token: str) -> str | None:
    """Return the nonce that the token was made for; None when it was not made here, or for another kind."""
    if len(token) > MAX_LENGTH:
        return None
    try:
        return _build_signer(kind).unsign(token)
    except signing.BadSignature:
        return None


def _build_signer(kind: Kind) -> signing.Signer:
    return signing.Signer(salt=f"patina.link.{kind}", sep=SEPARATOR)
