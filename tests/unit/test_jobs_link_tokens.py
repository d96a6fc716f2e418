"""Tokens of links: signed by this installation, for one kind each."""

import pytest

from jobs.link_tokens import MAX_LENGTH, make_token, read_token
from jobs.models.sharing import make_nonce


def test_a_token_gives_its_nonce_back() -> None:
    nonce = make_nonce()

    assert read_token("share", make_token("share", nonce)) == nonce


def test_a_token_of_one_kind_opens_nothing_of_another() -> None:
    token = make_token("invitation", make_nonce())

    assert read_token("share", token) is None


@pytest.mark.parametrize("change", [lambda token: token[:-1], lambda token: "x" + token, lambda token: token + "x"])
def test_a_changed_token_is_refused(change) -> None:  # type: ignore[no-untyped-def]
    assert read_token("share", change(make_token("share", make_nonce()))) is None


@pytest.mark.parametrize("token", ["", ".", "a.b", "\0.\0", "ü.ü", "x" * (MAX_LENGTH + 1)])
def test_what_was_never_a_token_is_refused(token: str) -> None:
    assert read_token("share", token) is None


def test_a_token_is_fit_for_an_address() -> None:
    token = make_token("share", make_nonce())

    assert token.replace("-", "").replace("_", "").replace(".", "").isalnum()


def test_the_signature_depends_on_the_key_of_this_installation(settings) -> None:  # type: ignore[no-untyped-def]
    token = make_token("share", make_nonce())
    settings.SECRET_KEY = "another"

    assert read_token("share", token) is None
