"""What opens nothing looks like what never was; a password is remembered for one session, one link, one password."""

import re
import time
from datetime import timedelta
from statistics import median

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from jobs import link_tokens, projects, sharing
from jobs.models import Membership, PasswordTry, Project, ShareLink, User
from tests.conftest import sign_in
from tests.integration.sharing.links import PASSWORD, get_addresses, get_front, make_link, unlock
from tests.stored import store_cube

pytestmark = pytest.mark.django_db

NOW = timezone.now


@pytest.fixture
def link(project: Project) -> ShareLink:
    return make_link(project, title="For Ana", note="Look at the feet")


def end(link: ShareLink, how: str) -> None:
    if how == "revoked":
        sharing.revoke_link(link, now=NOW())
    elif how == "ended":
        ShareLink.objects.filter(pk=link.pk).update(expires_at=NOW())
    elif how == "project in the trash":
        projects.trash(link.project)
    else:
        ShareLink.objects.filter(pk=link.pk).delete()


WAYS = ["revoked", "ended", "project in the trash", "deleted"]


@pytest.mark.parametrize("password", ["", PASSWORD])
@pytest.mark.parametrize("how", WAYS)
def test_an_ended_link_and_a_wrong_one_look_alike(client: Client, project: Project, how: str, password: str) -> None:
    link = make_link(project, store_cube(project), title="Secret", password=password)
    address = get_front(link)
    token = sharing.make_token(link)
    end(link, how)

    answers = [
        client.get(address),
        client.get("/s/what-never-was/"),
        client.get(f"/s/{token}x/"),
        client.get(f"/s/{link_tokens.make_token('share', 'unknown')}/"),
        client.get(f"/s/{link_tokens.make_token('invitation', link.nonce)}/"),
        client.get(f"/s/{link.nonce}/"),
        client.get("/s/" + "a" * 3000 + "/"),
        client.get(reverse("guest-asset", args=[token, 1])),
        client.get(reverse("guest-compare", args=[token]), {"a": "1,2"}),
        client.post(address, {"password": PASSWORD}),
        client.post("/s/what-never-was/", {"password": PASSWORD}),
    ]

    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert len({tuple(sorted(answer.headers.items())) for answer in answers}) == 1
    assert b"Secret" not in answers[0].content


def test_an_ended_link_and_a_wrong_one_take_the_same_time(client: Client, project: Project) -> None:
    ended = make_link(project, password=PASSWORD)
    sharing.revoke_link(ended, now=NOW())
    addresses = [get_front(ended), "/s/what-never-was/", f"/s/{link_tokens.make_token('share', 'unknown')}/"]
    times: dict[str, list[float]] = {address: [] for address in addresses}

    for _ in range(15):
        for address in addresses:
            start = time.perf_counter()
            client.get(address)
            times[address].append(time.perf_counter() - start)

    medians = [median(found) for found in times.values()]
    assert max(medians) < 2 * min(medians)


def test_a_locked_link_says_nothing_of_what_it_shows(client: Client, project: Project, owner: User) -> None:
    asset = store_cube(project, name="the secret")
    link = make_link(project, asset, title="For Ana", password=PASSWORD, user=owner)
    other = make_link(project, password=PASSWORD)

    pages = [client.get(get_front(item)).content.decode().replace(get_front(item), "") for item in (link, other)]
    behind = client.get(reverse("guest-asset", args=[sharing.make_token(link), asset.pk]))

    without_tokens = [re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", page) for page in pages]
    assert without_tokens[0] == without_tokens[1]
    assert "For Ana" not in pages[0]
    assert (behind.status_code, behind.content) == (404, client.get("/s/nothing/").content)


def test_a_right_password_is_remembered_for_that_link_alone(client: Client, project: Project) -> None:
    link, other = make_link(project, password=PASSWORD), make_link(project, password=PASSWORD)

    answer = unlock(client, link, PASSWORD)

    assert answer.headers["Location"] == get_front(link)
    assert "Password" not in client.get(get_front(link)).content.decode()
    assert "wants a password" in client.get(get_front(other)).content.decode()
    assert "wants a password" in Client().get(get_front(link)).content.decode()


def test_a_new_password_locks_out_who_knew_the_old_one(client: Client, project: Project) -> None:
    link = make_link(project, store_cube(project), password=PASSWORD)
    unlock(client, link, PASSWORD)

    sharing.change_link(link, sharing.Wish(password="another one"))

    assert "wants a password" in client.get(get_front(link)).content.decode()
    assert client.get(get_addresses(link, link.assets.get())["file"]).status_code == 404


def test_the_same_password_set_again_counts_as_new(client: Client, project: Project) -> None:
    link = make_link(project, password=PASSWORD)
    unlock(client, link, PASSWORD)

    sharing.change_link(link, sharing.Wish(password=PASSWORD))

    assert "wants a password" in client.get(get_front(link)).content.decode()


def test_a_session_that_somebody_else_knew_is_left_behind(client: Client, project: Project) -> None:
    link = make_link(project, password=PASSWORD)
    session = client.session
    session["planted"] = "yes"
    session.save()
    known = session.session_key

    unlock(client, link, PASSWORD)

    assert client.session.session_key != known
    thief = Client()
    thief.cookies["sessionid"] = known
    assert "wants a password" in thief.get(get_front(link)).content.decode()


@pytest.mark.parametrize("planted", ["yes", True, {"1": True}, ["x"], None])
def test_a_session_with_something_else_in_it_opens_nothing(client: Client, project: Project, planted: object) -> None:
    link = make_link(project, password=PASSWORD)
    session = client.session
    session["share_proofs"] = {str(link.pk): planted} if planted != ["x"] else planted
    session.save()

    assert "wants a password" in client.get(get_front(link)).content.decode()


def test_a_password_is_sent_with_a_token_of_ours(project: Project) -> None:
    link = make_link(project, password=PASSWORD)
    careful = Client(enforce_csrf_checks=True)

    assert unlock(careful, link, PASSWORD).status_code == 403
    careful.get(get_front(link))
    token = careful.cookies["csrftoken"].value
    answer = careful.post(get_front(link), {"password": PASSWORD, "csrfmiddlewaretoken": token})
    assert answer.status_code == 302


def test_after_five_wrong_passwords_the_right_one_waits_too(client: Client, project: Project) -> None:
    link = make_link(project, password=PASSWORD)

    wrong = [unlock(client, link, f"guess {number}").status_code for number in range(5)]
    right = unlock(client, link, PASSWORD)

    assert wrong == [422] * 5
    assert (right.status_code, right["Retry-After"]) == (429, "900")
    assert "Wait 15 minutes" in right.content.decode()
    PasswordTry.objects.update(at=NOW() - timedelta(minutes=16))
    assert unlock(client, link, PASSWORD).status_code == 302


def test_one_guests_guesses_keep_no_other_out(client: Client, project: Project) -> None:
    link, other = make_link(project, password=PASSWORD), make_link(project, password=PASSWORD)
    for number in range(6):
        unlock(client, link, f"guess {number}", REMOTE_ADDR="192.0.2.7")

    assert unlock(client, link, PASSWORD, REMOTE_ADDR="192.0.2.7").status_code == 429
    assert unlock(client, link, PASSWORD, REMOTE_ADDR="192.0.2.8").status_code == 302
    assert unlock(client, other, PASSWORD, REMOTE_ADDR="192.0.2.7").status_code == 302


def test_an_address_that_the_guest_made_up_is_not_counted_by(client: Client, project: Project) -> None:
    link = make_link(project, password=PASSWORD)

    answers = [
        unlock(client, link, "a guess", headers={"X-Forwarded-For": f"198.51.100.{number}"}).status_code
        for number in range(6)
    ]

    assert answers == [422] * 5 + [429]


def test_a_whole_network_of_addresses_counts_as_one(client: Client, project: Project) -> None:
    link = make_link(project, password=PASSWORD)

    answers = [
        unlock(client, link, "a guess", REMOTE_ADDR=f"2001:db8:1:2::{number}").status_code for number in range(1, 7)
    ]

    assert answers == [422] * 5 + [429]


def test_guessing_from_many_addresses_ends_too(
    client: Client, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sharing, "ALL_TRIES_MAX", 8)
    link = make_link(project, password=PASSWORD)

    answers = [unlock(client, link, "a guess", REMOTE_ADDR=f"192.0.2.{number}").status_code for number in range(10)]

    assert answers == [422] * 8 + [429] * 2


def test_tries_name_no_address_and_are_forgotten(client: Client, project: Project) -> None:
    link = make_link(project, password=PASSWORD)
    unlock(client, link, "a guess", REMOTE_ADDR="192.0.2.7")

    assert "192.0.2.7" not in PasswordTry.objects.get().address
    assert sharing.prune_tries(now=NOW() + timedelta(minutes=16)) == 1


def test_a_password_that_nobody_asks_for_any_more_leads_to_the_page(client: Client, link: ShareLink) -> None:
    assert unlock(client, link, "whatever").headers["Location"] == get_front(link)


def test_views_are_counted_and_steps_on_the_page_are_not(client: Client, link: ShareLink) -> None:
    front = get_front(link)

    client.get(front)
    client.get(front)
    client.head(front)
    client.get(front, {"show": "models"})
    link.refresh_from_db()

    assert link.view_count == 2
    assert link.last_viewed_at is not None


def test_a_locked_page_is_no_view(client: Client, project: Project) -> None:
    link = make_link(project, password=PASSWORD)

    client.get(get_front(link))
    unlock(client, link, "wrong")

    link.refresh_from_db()
    assert link.view_count == 0


def test_a_preview_is_what_guests_see_uncounted_and_without_the_password(project: Project, editor: User) -> None:
    link = make_link(project, store_cube(project, name="shown"), password=PASSWORD, rights=["look"])
    client = sign_in(editor)

    answer = client.get(reverse("share-preview", args=[project.slug, link.pk]), follow=True)
    page = answer.content.decode()

    assert "This is what guests see" in page
    assert "shown" in page
    assert client.get(get_addresses(link, link.assets.get())["file"]).status_code == 404
    link.refresh_from_db()
    assert link.view_count == 0


def test_a_preview_ends_with_the_right_to_share(project: Project, editor: User) -> None:
    link = make_link(project, password=PASSWORD)
    client = sign_in(editor)
    client.get(reverse("share-preview", args=[project.slug, link.pk]))

    Membership.objects.filter(user=editor).update(role=Membership.Role.VIEWER)

    assert "wants a password" in client.get(get_front(link)).content.decode()


def test_a_preview_of_an_ended_link_shows_what_guests_meet(project: Project, editor: User) -> None:
    link = make_link(project)
    sharing.revoke_link(link, now=NOW())

    answer = sign_in(editor).get(reverse("share-preview", args=[project.slug, link.pk]), follow=True)

    assert (answer.status_code, answer.content) == (404, Client().get("/s/nothing/").content)
