"""What is done to a file in the gallery: another name, the trash and back, and where one is led afterwards."""

import pytest
from django.test import Client
from django.urls import reverse

from jobs.models import Asset, Project, User
from tests.conftest import sign_in
from tests.factories import AssetFactory

pytestmark = pytest.mark.django_db


HTMX = {"HX-Request": "true"}


@pytest.fixture
def client(editor: User) -> Client:
    return sign_in(editor)


@pytest.fixture
def address(project: Project) -> str:
    return reverse("project", args=[project.slug])


def make_asset(project: Project, **columns: object) -> Asset:
    return AssetFactory(project=project, **{"preview": Asset.Preview.READY, **columns})


def test_a_name_is_changed_on_a_page_or_in_a_dialog(client: Client, project: Project, address: str) -> None:
    asset = make_asset(project, name="old")
    rename = reverse("asset-rename", args=[project.slug, asset.pk])

    page = client.get(rename).content.decode()
    dialog = client.get(rename, headers=HTMX).content.decode()
    by_page = client.post(rename, {"name": "by page", "next": f"{address}?kind=model"})
    by_dialog = client.post(rename, {"name": "  by   dialog ", "next": address}, headers=HTMX)

    asset.refresh_from_db()
    assert "<html" in page
    assert "<html" not in dialog
    assert by_page["Location"] == f"{address}?kind=model"
    assert by_dialog["HX-Redirect"] == address
    assert asset.name == "by dialog"


@pytest.mark.parametrize("name", ["", "   ", "a/b", "a\\b", "x" * 151])
def test_a_name_that_cannot_be_is_refused_beside_the_field(client: Client, project: Project, name: str) -> None:
    asset = make_asset(project, name="old")

    response = client.post(reverse("asset-rename", args=[project.slug, asset.pk]), {"name": name})

    asset.refresh_from_db()
    assert response.status_code == 422
    assert "field-error" in response.content.decode()
    assert asset.name == "old"


def test_a_strange_name_is_shown_as_text(client: Client, project: Project, address: str) -> None:
    make_asset(project, name="<script>alert(1)</script>")

    page = client.get(address).content.decode()

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_a_deleted_file_can_be_brought_back_at_once(client: Client, project: Project, address: str) -> None:
    asset = make_asset(project, name="Fox")
    restore = reverse("asset-restore", args=[project.slug, asset.pk])

    deleted = client.post(reverse("asset-delete", args=[project.slug, asset.pk]), follow=True).content.decode()
    gone = f'id="asset-{asset.pk}"' not in deleted
    restored = client.post(restore, follow=True).content.decode()

    assert gone
    assert f'action="{restore}"' in deleted
    assert "Undo" in deleted
    assert f'id="asset-{asset.pk}"' in restored


def test_nobody_is_sent_to_another_site(client: Client, project: Project, address: str) -> None:
    asset = make_asset(project)

    for target in ("https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)"):
        response = client.post(reverse("asset-delete", args=[project.slug, asset.pk]), {"next": target})
        assert response["Location"] == address
        client.post(reverse("asset-restore", args=[project.slug, asset.pk]))


def test_delete_needs_a_form(client: Client, project: Project) -> None:
    asset = make_asset(project)

    assert client.get(reverse("asset-delete", args=[project.slug, asset.pk])).status_code == 405


@pytest.mark.parametrize("target", ["foo", "task", "é", "//evil.example/", "https://evil.example/"])
def test_after_renaming_a_person_goes_back_to_a_page_of_ours(target: str, editor: User, project: Project) -> None:
    asset = AssetFactory(project=project)

    answer = sign_in(editor).post(
        reverse("asset-rename", args=[project.slug, asset.pk]), {"name": "new\x1b name\u202e", "next": target}
    )

    asset.refresh_from_db()
    assert answer.status_code == 302
    assert answer.url.startswith("/p/")
    assert asset.name == "new name"
