"""Comments on a file: who may say what, where it is pinned, and what becomes of the verdict."""

import json
import re

import pytest
from django.test import Client
from django.urls import reverse

from jobs.models import Asset, Comment, Membership, Project, User
from tests.conftest import sign_in
from tests.factories import AssetFactory, MembershipFactory

pytestmark = pytest.mark.django_db

PIN = {
    "position": "0.1m 0.25m -0.3m",
    "normal": "0m 1m 0m",
    "orbit": "0.61rad 1.2566rad 2.5m",
    "target": "0m 0.5m 0m",
    "field_of_view": "30deg",
    "mode": "clay",
}


@pytest.fixture
def asset(project: Project) -> Asset:
    return AssetFactory(project=project, name="robot")


def build_address(asset: Asset, name: str = "comments", *more: int) -> str:
    return reverse(name, args=[asset.project.slug, asset.pk, *more])


def say(client: Client, asset: Asset, **values: str) -> int:
    return client.post(build_address(asset), values).status_code


def test_a_comment_with_verdict_and_pin_stands_on_the_page(asset: Asset, reviewer: User) -> None:
    client = sign_in(reviewer)

    assert say(client, asset, text="The knee is too dark.", verdict="changes", pin=json.dumps(PIN)) == 302

    comment = Comment.objects.get()
    assert comment.pin == PIN
    asset.refresh_from_db()
    assert asset.review == Asset.Review.CHANGES
    page = client.get(reverse("asset", args=[asset.project.slug, asset.pk])).content.decode()
    assert "The knee is too dark." in page
    assert "Changes requested" in page
    assert 'data-pin-number="1"' in page


def test_the_verdict_shows_on_the_files_card(asset: Asset, reviewer: User) -> None:
    client = sign_in(reviewer)
    gallery = reverse("project", args=[asset.project.slug])

    cards = []
    for verdict in ("changes", "approved"):
        say(client, asset, verdict=verdict)
        cards += re.findall(r'class="tile-state[^"]*">.*?</span>', client.get(gallery).content.decode(), re.DOTALL)

    assert ["Changes requested" in cards[0], "Approved" in cards[1]] == [True, True]
    assert len(cards) == 2


def test_words_are_shown_as_words(asset: Asset, reviewer: User) -> None:
    client = sign_in(reviewer)
    say(client, asset, text="<img src=x onerror=alert(1)>\nsecond line")

    page = client.get(build_address(asset)).content.decode()

    assert "&lt;img src=x" in page
    assert "<br>second line" in page


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"text": "   "}, "Write a few words"),
        ({"text": "x" * 4001}, "at most 4000"),
        ({"text": "Here.", "verdict": "perfect"}, "valid choice"),
        ({"text": "Here.", "pin": "{"}, "could not be read"),
        ({"text": "Here.", "pin": "[" * 900}, "could not be read"),
        ({"text": "Here.", "pin": json.dumps(PIN | {"position": "1m 2m"})}, "could not be read"),
        ({"text": "Here.", "pin": json.dumps(PIN | {"position": "1m nan 2m"})}, "could not be read"),
        ({"text": "Here.", "pin": json.dumps(PIN | {"orbit": '0rad 0rad 1m" onload="x'})}, "could not be read"),
        ({"text": "Here.", "pin": json.dumps({"x": 1.5, "y": 0})}, "could not be read"),
    ],
)
def test_what_cannot_be_said_is_told_and_kept_in_the_field(
    asset: Asset, reviewer: User, values: dict[str, str], reason: str
) -> None:
    response = sign_in(reviewer).post(build_address(asset), values)

    assert response.status_code == 422
    assert reason in response.content.decode()
    assert values["text"] in response.content.decode()
    assert not Comment.objects.exists()


def test_the_last_standing_verdict_is_the_review(asset: Asset, reviewer: User) -> None:
    client = sign_in(reviewer)
    say(client, asset, verdict="changes")
    say(client, asset, text="Better.", verdict="approved")
    approval = Comment.objects.get(verdict="approved")

    def read_review() -> str:
        asset.refresh_from_db()
        return asset.review

    assert read_review() == "approved"
    client.post(build_address(asset, "comment-delete", approval.pk))
    assert read_review() == "changes"
    client.post(build_address(asset, "comment-restore", approval.pk))
    assert read_review() == "approved"


def test_only_its_author_changes_a_comment_and_only_they_or_an_owner_take_it_away(
    asset: Asset, reviewer: User, editor: User, owner: User
) -> None:
    say(sign_in(reviewer), asset, text="Mine.")
    comment = Comment.objects.get()
    edit, delete = (build_address(asset, name, comment.pk) for name in ("comment-edit", "comment-delete"))

    assert sign_in(editor).post(edit, {"text": "Not mine."}).status_code == 403
    assert sign_in(editor).post(delete).status_code == 403
    assert sign_in(reviewer).post(edit, {"text": "Said better."}).status_code == 302
    comment.refresh_from_db()
    assert comment.text == "Said better."
    assert comment.edited_at is not None
    assert sign_in(owner).post(delete).status_code == 302
    assert not asset.comments.kept().exists()


def test_what_an_owner_took_away_its_author_does_not_bring_back(asset: Asset, reviewer: User, owner: User) -> None:
    say(sign_in(reviewer), asset, text="Mine.")
    number = Comment.objects.get().pk
    sign_in(owner).post(build_address(asset, "comment-delete", number))

    refused = sign_in(reviewer).post(build_address(asset, "comment-restore", number))

    assert refused.status_code == 403
    assert not asset.comments.kept().exists()
    assert sign_in(owner).post(build_address(asset, "comment-restore", number)).status_code == 302
    assert asset.comments.kept().exists()


def test_a_button_that_is_pressed_twice_says_it_once(asset: Asset, reviewer: User, owner: User) -> None:
    for _ in range(2):
        say(sign_in(reviewer), asset, text="Too shiny.", verdict="changes")
    say(sign_in(reviewer), asset, text="Too shiny.")
    say(sign_in(owner), asset, text="Too shiny.", verdict="changes")

    said = [(str(item.author), item.verdict) for item in Comment.objects.order_by("pk")]
    assert said == [("reviewer", "changes"), ("reviewer", ""), ("owner", "changes")]


def test_a_comment_is_resolved_and_opened_again(asset: Asset, reviewer: User) -> None:
    client = sign_in(reviewer)
    say(client, asset, text="Fix the knee.")
    address = build_address(asset, "comment-resolve", Comment.objects.get().pk)

    client.post(address)
    assert Comment.objects.get().resolved_at is not None
    client.post(address, {"again": "1"})
    assert Comment.objects.get().resolved_at is None


def test_a_viewer_reads_and_does_not_speak(asset: Asset, reviewer: User, viewer: User) -> None:
    say(sign_in(reviewer), asset, text="Look at the knee.")
    client = sign_in(viewer)

    page = client.get(build_address(asset)).content.decode()

    assert "Look at the knee." in page
    assert "<textarea" not in page
    assert say(client, asset, text="Me too.") == 403


def test_a_comment_is_reached_through_its_own_file_alone(asset: Asset, reviewer: User) -> None:
    say(sign_in(reviewer), asset, text="Here.")
    other = AssetFactory(project=asset.project)
    elsewhere = AssetFactory()
    MembershipFactory(project=elsewhere.project, user=reviewer, role=Membership.Role.OWNER)
    number = Comment.objects.get().pk

    for wrong in (other, elsewhere):
        assert sign_in(reviewer).post(build_address(wrong, "comment-delete", number)).status_code == 404
    assert asset.comments.kept().exists()


def test_htmx_gets_the_thread_without_the_page_and_the_box_back_empty(asset: Asset, reviewer: User) -> None:
    client = sign_in(reviewer)
    asked = {"HTTP_HX_REQUEST": "true"}

    sent = client.post(build_address(asset), {"text": "From here."}, **asked).content.decode()
    thread = client.get(build_address(asset), **asked).content.decode()

    assert 'id="comments"' in sent
    assert "<html" not in sent
    assert "From here.</textarea>" not in sent
    assert "From here." in thread
    assert "<textarea" not in thread
