"""The first account, signing in and out, passwords, and what a person reads when something is wrong."""

import re
from pathlib import Path

import pytest
from django.core import mail
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory, override_settings
from django.urls import path, reverse
from pytest_django import Settings

from dashboard import access, urls
from dashboard.forms import NewAccountForm, ResetForm
from dashboard.preferences import PreferencesForm
from jobs import projects
from jobs.models import Project, User
from tests import made_models
from tests.conftest import sign_in
from tests.factories import PASSWORD, UserFactory

GOOD = {"username": "ana", "email": "ana@example.com", "password": "a-long-enough-passphrase"}


@pytest.fixture
def token(db: None, settings: Settings, tmp_path: Path) -> str:
    """The first-run token; set-up has made the sample project's model, here a cube."""
    settings.SAMPLE_MODEL = tmp_path / "sample.glb"
    settings.SAMPLE_MODEL.write_bytes(made_models.glb())
    found = projects.get_setup_token()
    assert found
    return found


# --- First run -----------------------------------------------------------------------------------------------------


def test_the_first_account_is_a_superuser_with_the_sample_project(client: Client, token: str) -> None:
    address = reverse("setup", args=[token])

    assert "Welcome to Patina" in client.get(address).content.decode()
    response = client.post(address, GOOD)

    user = User.objects.get()
    assert (user.username, user.is_superuser, user.is_staff) == ("ana", True, True)
    project = Project.objects.get()
    assert project.assets.get().format == "glb"
    assert response["Location"] == reverse("project", args=[project.slug])
    assert client.get(response["Location"]).status_code == 200  # signed in already


def test_the_first_run_page_is_gone_after_the_first_account(client: Client, token: str) -> None:
    address = reverse("setup", args=[token])
    client.post(address, GOOD)

    for response in (Client().get(address), Client().post(address, {**GOOD, "username": "eve"})):
        assert response.status_code == 404
    assert User.objects.count() == 1


def test_a_wrong_token_is_404_and_makes_no_account(client: Client, token: str) -> None:
    for wrong in ("x" * 43, token[:-1], token + "x", "é"):
        address = reverse("setup", args=[wrong])
        assert client.get(address).status_code == 404
        assert client.post(address, GOOD).status_code == 404
    assert not User.objects.exists()


def test_email_is_one_word_wherever_it_is_asked_for() -> None:
    forms = (NewAccountForm(), ResetForm(), PreferencesForm())

    assert {form["email"].label for form in forms} == {"Email"}


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("username", "", "This field is required"),
        ("username", "a b", "Enter a valid username"),
        ("email", "nonsense", "Enter a valid email address"),
        ("password", "", "This field is required"),
        ("password", "short", "too short"),
        ("password", "password123", "too common"),
        ("password", "ana@example.com", "too similar"),
    ],
)
def test_a_wrong_first_account_is_explained_and_what_was_typed_is_kept(
    client: Client, token: str, field: str, value: str, words: str
) -> None:
    response = client.post(reverse("setup", args=[token]), {**GOOD, field: value})

    page = response.content.decode()
    assert response.status_code == 422
    assert words in page
    assert GOOD["password"] not in page
    assert not User.objects.exists()


def test_the_account_is_worth_more_than_the_sample(client: Client, token: str, settings: Settings) -> None:
    settings.SAMPLE_MODEL.write_bytes(b"no model at all")

    page = client.post(reverse("setup", args=[token]), GOOD, follow=True).content.decode()

    assert User.objects.filter(username="ana").exists()
    assert "The sample model could not be made" in page
    assert "Drop your first model here" in page


# --- Signing in and out ----------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_person_signs_in_and_comes_where_they_wanted(client: Client, owner: User) -> None:
    wanted = reverse("project", args=["robots"])

    response = client.post(reverse("login"), {"username": "owner", "password": PASSWORD, "next": wanted})

    assert response["Location"] == wanted


@pytest.mark.django_db
def test_nobody_is_sent_to_another_site_after_signing_in(client: Client, owner: User) -> None:
    data = {"username": "owner", "password": PASSWORD, "next": "https://elsewhere.example/"}

    assert client.post(reverse("login"), data)["Location"] == "/"


@pytest.mark.django_db
def test_a_wrong_password_is_told_without_telling_which_part_was_wrong(client: Client, owner: User) -> None:
    pages = [
        client.post(reverse("login"), {"username": name, "password": "nope"}).content.decode()
        for name in ("owner", "nobody")
    ]

    assert all("User name and password do not match" in page for page in pages)


@pytest.mark.django_db
def test_signing_out_needs_a_form_and_ends_the_session(owner: User) -> None:
    client = sign_in(owner)

    assert client.get(reverse("logout")).status_code == 405
    client.post(reverse("logout"))

    assert client.get("/").status_code == 302


# --- Passwords -------------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_a_password_is_changed(owner: User) -> None:
    client = sign_in(owner)
    data = {"old_password": PASSWORD, "new_password1": "another-passphrase", "new_password2": "another-passphrase"}

    page = client.post(reverse("password_change"), data, follow=True).content.decode()

    owner.refresh_from_db()
    assert owner.check_password("another-passphrase")
    assert "Your password is changed." in page


@pytest.mark.django_db
def test_a_lost_password_is_replaced_through_the_mail_once(client: Client) -> None:
    user = UserFactory(email="tom@example.com")
    data = {"new_password1": "another-passphrase", "new_password2": "another-passphrase"}

    sent = client.post(reverse("password_reset"), {"email": "tom@example.com"}, follow=True)
    found = re.search(r"http://testserver(/\S+)", str(mail.outbox[0].body))
    assert found
    form = client.get(found.group(1), follow=True)
    done = client.post(form.redirect_chain[-1][0], data, follow=True).content.decode()
    again = Client().get(found.group(1), follow=True).content.decode()

    user.refresh_from_db()
    assert "Look into your mail" in sent.content.decode()
    assert user.check_password("another-passphrase")
    assert "Your new password is saved" in done
    assert "This link does not work any more" in again


@pytest.mark.django_db
def test_an_unknown_address_hears_the_same_and_gets_no_mail(client: Client) -> None:
    page = client.post(reverse("password_reset"), {"email": "nobody@example.com"}, follow=True).content.decode()

    assert "Look into your mail" in page
    assert mail.outbox == []


# --- When something is wrong -----------------------------------------------------------------------------------------


def break_down(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("a secret of ours")


urlpatterns = [*urls.urlpatterns, path("break/", break_down, name="break")]
handler403, handler404, handler500 = urls.handler403, urls.handler404, urls.handler500


@pytest.mark.django_db
@override_settings(ROOT_URLCONF=__name__)
def test_a_mistake_of_ours_is_said_calmly_and_tells_no_secret(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "RULES", {**access.RULES, "break": access.Rule(get="signed-in")})
    client = sign_in(owner)
    client.raise_request_exception = False

    response = client.get("/break/")

    assert response.status_code == 500
    assert "Something broke on our side" in response.content.decode()
    assert "a secret of ours" not in response.content.decode()


@pytest.mark.django_db
def test_an_unknown_address_is_said_in_our_words(owner: User) -> None:
    response = sign_in(owner).get("/nowhere/")

    assert response.status_code == 404
    assert "There is nothing here" in response.content.decode()


def test_a_form_that_was_open_too_long_is_told_what_to_do(rf: RequestFactory) -> None:
    from dashboard.views.errors import csrf_failure

    response = csrf_failure(rf.post("/"), reason="token")

    assert response.status_code == 403
    assert "This page was open for too long" in response.content.decode()


@pytest.mark.django_db
def test_every_page_carries_a_policy_without_unsafe_words(owner: User) -> None:
    policy = sign_in(owner).get("/")["Content-Security-Policy"]

    assert "'unsafe-inline'" not in policy
    assert "'unsafe-eval'" not in policy
    assert "default-src 'none'" in policy


@pytest.mark.parametrize("name", ["home", "project-new", "password_change", "login"])
def test_no_page_stays_in_a_shared_cache(name: str, owner: User) -> None:
    answer = sign_in(owner).get(reverse(name), follow=True)

    assert "private" in answer["Cache-Control"] or "no-store" in answer["Cache-Control"]
