"""Signing in: five wrong passwords, then a rest; and refusals that are one line in the log, without a secret."""

import logging
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO

import pytest
from axes.models import AccessAttempt
from django.core import mail
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from jobs.models import Project, User
from tests.conftest import sign_in
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db

TRIES = 5


def try_password(client: Client, password: str, *, name: str = "owner", address: str = "192.0.2.1") -> HttpResponse:
    values = {"username": name, "password": password, "next": "/join/a-secret-token/"}
    return client.post(reverse("login"), values, REMOTE_ADDR=address)  # type: ignore[return-value]


def try_wrongly(client: Client, times: int = TRIES, **named: str) -> list[int]:
    return [try_password(client, "wrong", **named).status_code for _ in range(times)]


def is_in(response: HttpResponse) -> bool:
    return response.status_code == 302


def test_after_five_wrong_passwords_the_right_one_has_to_wait_and_the_page_says_what_to_do(
    client: Client, owner: User
) -> None:
    assert try_wrongly(client) == [200] * (TRIES - 1) + [429]

    response = try_password(client, PASSWORD)

    page = response.content.decode()
    assert response.status_code == 429
    assert response["Retry-After"] == "900"
    assert "Signing in rests for 15 minutes" in page
    assert reverse("password_reset") in page


def test_others_and_the_same_person_elsewhere_are_not_kept_out(client: Client, owner: User, editor: User) -> None:
    try_wrongly(client)

    assert is_in(try_password(Client(), PASSWORD, name="editor"))
    assert is_in(try_password(Client(), PASSWORD, address="192.0.2.2"))


def test_behind_a_proxy_people_are_told_apart_by_the_address_that_it_saw(
    client: Client, owner: User, settings: Settings
) -> None:
    settings.PROXIES = 1

    def attempt(password: str, forwarded: str) -> HttpResponse:
        values = {"username": "owner", "password": password}
        forwarded_for = {"X-Forwarded-For": forwarded}
        return client.post(reverse("login"), values, headers=forwarded_for)  # type: ignore[return-value]

    for number in range(TRIES):
        attempt("wrong", f"203.0.113.{number}, 198.51.100.1")  # the first part is what the client itself wrote

    assert attempt(PASSWORD, "198.51.100.1").status_code == 429
    assert is_in(attempt(PASSWORD, "198.51.100.2"))


def test_an_address_that_is_none_is_counted_by_name(client: Client, owner: User) -> None:
    assert try_wrongly(client, address="")[-1] == 429
    assert AccessAttempt.objects.get().ip_address is None


def test_trying_while_it_rests_does_not_make_it_longer_and_it_opens_by_itself(client: Client, owner: User) -> None:
    try_wrongly(client)
    AccessAttempt.objects.update(attempt_time=AccessAttempt.objects.get().attempt_time - timedelta(minutes=14))
    assert try_wrongly(client, 2) == [429, 429]

    AccessAttempt.objects.update(attempt_time=AccessAttempt.objects.get().attempt_time - timedelta(minutes=1))

    assert is_in(try_password(client, PASSWORD))


def test_the_right_password_forgets_the_wrong_ones(client: Client, owner: User) -> None:
    try_wrongly(client, TRIES - 1)
    assert is_in(try_password(Client(), PASSWORD))

    assert try_wrongly(Client(), TRIES - 1) == [200] * (TRIES - 1)


def test_a_new_password_by_mail_opens_at_once(client: Client, owner: User) -> None:
    try_wrongly(client)
    client.post(reverse("password_reset"), {"email": owner.email})
    link = next(word for word in str(mail.outbox[0].body).split() if "/account/password/reset/" in word)
    form = client.get(link, follow=True).redirect_chain[-1][0]

    client.post(form, {"new_password1": "another-long-one", "new_password2": "another-long-one"})

    assert is_in(try_password(client, "another-long-one"))


def test_staff_read_the_tries_and_find_no_password_and_no_invitation_there(
    client: Client, owner: User, staff: User
) -> None:
    client.get(f"{reverse('login')}?next=/join/a-secret-token/")
    try_password(client, "nearly-right")
    attempt = AccessAttempt.objects.get()
    admin = sign_in(staff)

    pages = [
        admin.get(reverse(f"admin:axes_accessattempt_{name}", args=args)).content.decode()
        for name, args in (("changelist", []), ("change", [attempt.pk]))
    ]

    assert "192.0.2.1" in pages[0]
    assert "nearly-right" not in "".join(pages)
    assert "a-secret-token" not in "".join(pages)


def test_the_administration_signs_in_on_our_own_page(client: Client, staff: User) -> None:
    response = client.get(reverse("admin:index"))

    assert response["Location"] == f"{reverse('login')}?next={reverse('admin:index')}"


# --- The log of refusals -------------------------------------------------------------------------------------------


@pytest.fixture
def log() -> Iterator[StringIO]:
    """What the product writes down, by the handler that its settings make."""
    handler = next(handler for handler in logging.getLogger().handlers if handler.name == "stderr")
    assert isinstance(handler, logging.StreamHandler)
    before, written = handler.stream, StringIO()
    handler.setStream(written)
    yield written
    handler.setStream(before)


def test_a_plain_refusal_is_one_line_without_a_traceback(viewer: User, project: Project, log: StringIO) -> None:
    client = sign_in(viewer)

    for address in (reverse("upload", args=[project.slug]), "/nowhere/", reverse("project-delete", args=["robots"])):
        assert client.get(address).status_code in (403, 404, 405)
    assert client.get("/", headers={"Host": "elsewhere.example"}).status_code == 400

    assert "Forbidden" in log.getvalue()
    assert "Traceback" not in log.getvalue()


@pytest.mark.parametrize(
    "address", ["/join/{}/", "/s/{}/", "/s/{}/f/3/x", "/setup/{}/", "/account/password/reset/MQ/{}/"]
)
def test_an_address_that_opens_something_is_not_written_down(address: str, client: Client, log: StringIO) -> None:
    token = "c3VwZXJzZWNyZXQ.c2lnbmF0dXJl"

    client.delete(address.format(token))
    client.get(address.format(token) + "nowhere/")

    assert address.partition("{")[0] in log.getvalue()
    assert token not in log.getvalue()


def test_a_wrong_host_is_answered_in_our_words(client: Client) -> None:
    response = client.get("/", headers={"Host": "elsewhere.example"})

    assert response.status_code == 400
    assert "This request was not understood" in response.content.decode()


def test_a_form_that_was_sent_signed_out_leads_back_to_its_page(client: Client, project: Project) -> None:
    page = f"http://testserver{reverse('project-members', args=[project.slug])}"

    sent = client.post(reverse("member-leave", args=[project.slug]), headers={"Referer": page})
    elsewhere = client.post(reverse("member-leave", args=[project.slug]), headers={"Referer": "https://evil.example/x"})

    assert sent["Location"] == f"{reverse('login')}?next=/p/robots/members/"
    assert elsewhere["Location"] == f"{reverse('login')}?next=/"
