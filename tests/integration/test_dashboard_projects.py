"""Projects: the first page, making one, members, settings, and the trash."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from jobs.models import Asset, Lease, Membership, Project, State, User
from tests.conftest import sign_in
from tests.factories import AssetFactory, ProjectFactory, TaskFactory, TaskInputFactory, UserFactory

pytestmark = pytest.mark.django_db

HOME = "/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def client(owner: User) -> Client:
    return sign_in(owner)


@pytest.fixture
def settings_address(project: Project) -> str:
    return reverse("project-settings", args=[project.slug])


def read(client: Client, address: str) -> str:
    return client.get(address).content.decode()


# --- The first page ------------------------------------------------------------------------------------------------


def test_somebody_without_a_project_is_told_what_to_do(stranger: User) -> None:
    page = read(sign_in(stranger), HOME)

    assert "You are in" in page
    assert "“stranger”" in page
    assert reverse("project-new") in page


def test_projects_are_shown_with_cover_and_counts_and_only_ones_own(client: Client, project: Project) -> None:
    ProjectFactory(name="Somebody else's")
    picture = AssetFactory(project=project, kind=Asset.Kind.IMAGE, poster_sha256="c" * 64)
    model = AssetFactory(project=project, poster_sha256="d" * 64, created_at=timezone.now() - timedelta(days=9))
    AssetFactory(project=project, trashed_at=timezone.now())
    TaskFactory(project=project, state=State.RUNNING)
    TaskFactory(project=project, state=State.SUCCEEDED)

    page = read(client, HOME)

    assert "Robots" in page
    assert "Somebody else" not in page
    assert reverse("poster", args=[model.pk, "d" * 64]) in page
    assert reverse("poster", args=[picture.pk, "c" * 64]) not in page
    assert "2 files" in page
    assert "1 running" in page


def test_what_went_wrong_comes_first_and_then_what_runs(client: Client, project: Project, owner: User) -> None:
    fox = AssetFactory(project=project, name="Fox")
    own = {"project": project, "created_by": owner}
    failed = TaskFactory(**own, state=State.FAILED, error_what="Triverse cannot read this OBJ.")
    running = TaskFactory(**own, state=State.RUNNING, progress_percent=40)
    TaskFactory(**own, state=State.FAILED, dismissed_at=timezone.now())
    TaskFactory(project=project, created_by=UserFactory(), state=State.FAILED)
    TaskInputFactory(task=failed, asset=fox)

    page = read(client, HOME)

    assert page.index("Needs attention") < page.index(f'id="row-{failed.pk}"') < page.index(f'id="row-{running.pk}"')
    assert "Remesh Fox" in page
    assert "Triverse cannot read this OBJ." in page
    assert page.count('id="row-') == 2


def test_the_first_page_follows_what_runs_and_then_rests(client: Client, project: Project, owner: User) -> None:
    task = TaskFactory(project=project, state=State.SAVING, created_by=owner)
    assert "every 2s" in read(client, HOME)

    assert task.move(State.SUCCEEDED)

    assert "every 2s" not in client.get(HOME, headers=HTMX).content.decode()


def test_the_shell_tells_ones_running_tasks_and_the_workers_standing(
    client: Client, project: Project, owner: User
) -> None:
    TaskFactory.create_batch(3, project=project, state=State.RUNNING, created_by=owner)
    TaskFactory(project=project, state=State.UNKNOWN, created_by=owner)
    TaskFactory(project=project, state=State.RUNNING, created_by=UserFactory())

    without_worker = read(client, HOME)
    Lease.objects.create(name="sweep", beat_at=timezone.now())
    with_worker = read(client, HOME)

    assert "Worker not running" in without_worker
    assert "Worker running" in with_worker
    assert "Tasks on their way" in with_worker
    assert ">3<" in with_worker


def test_sandbox_is_said_where_a_vendor_has_no_key(client: Client, settings: Settings) -> None:
    assert "<strong>Triverse and Meshy</strong>" in read(client, HOME)

    settings.TRIVERSE_API_KEY = "a key"
    with_one_key = read(client, HOME)
    settings.MESHY_API_KEY = "a key"

    assert "<strong>Meshy</strong>" in with_one_key
    assert "Sandbox" not in read(client, HOME)
    assert "a key" not in read(client, HOME)


@pytest.mark.parametrize(("cookie", "theme"), [("dark", "dark"), ("light", "light"), ("<b>", "light"), ("", "light")])
def test_the_chosen_theme_is_in_the_page_from_the_start(client: Client, cookie: str, theme: str) -> None:
    client.cookies["theme"] = cookie

    assert f'data-bs-theme="{theme}"' in read(client, HOME)


# --- Making and changing one ---------------------------------------------------------------------------------------


def test_a_new_project_belongs_to_who_made_it(stranger: User) -> None:
    client = sign_in(stranger)

    response = client.post(reverse("project-new"), {"name": "Chairs & tables"})

    project = Project.objects.get()
    assert response["Location"] == reverse("project", args=[project.slug])
    assert project.memberships.get().role == Membership.Role.OWNER
    assert "Chairs &amp; tables" in read(client, response["Location"])


@pytest.mark.parametrize("name", ["", "x" * 81])
def test_a_project_without_a_fitting_name_is_refused_beside_the_field(stranger: User, name: str) -> None:
    response = sign_in(stranger).post(reverse("project-new"), {"name": name})

    assert response.status_code == 422
    assert "field-error" in response.content.decode()
    assert not Project.objects.exists()


def test_a_renamed_project_keeps_its_address(client: Client, project: Project, settings_address: str) -> None:
    page = client.post(settings_address, {"name": "Androids"}, follow=True).content.decode()

    project.refresh_from_db()
    assert (project.name, project.slug) == ("Androids", "robots")
    assert "Its address stays the same" in page


def test_an_editor_cannot_rename_the_project(editor: User, project: Project, settings_address: str) -> None:
    assert sign_in(editor).post(settings_address, {"name": "Mine"}).status_code == 403
    project.refresh_from_db()
    assert project.name == "Robots"


def test_only_owners_are_offered_to_change_the_project(client: Client, viewer: User, settings_address: str) -> None:
    as_owner, as_viewer = read(client, settings_address), read(sign_in(viewer), settings_address)

    assert "Delete project" in as_owner
    assert "Delete project" not in as_viewer
    assert "An owner can rename" in as_viewer


@pytest.mark.parametrize("slug", ["new"])
def test_staff_cannot_give_a_project_the_address_of_a_page(staff: User, slug: str) -> None:
    nobody = {f"memberships-{name}_FORMS": 0 for name in ("TOTAL", "INITIAL")}

    page = sign_in(staff).post(reverse("admin:jobs_project_add"), {"name": "New", "slug": slug, **nobody})

    assert "is a page of its own" in page.content.decode()
    assert not Project.objects.exists()


# --- Trash ---------------------------------------------------------------------------------------------------------


def test_a_deleted_project_can_be_brought_back_from_the_message_and_from_the_trash(
    client: Client, project: Project
) -> None:
    restore = reverse("project-restore", args=[project.slug])

    after = client.post(reverse("project-delete", args=[project.slug]), follow=True).content.decode()
    trash = read(client, reverse("trash"))
    back = client.post(restore)

    assert f'action="{restore}"' in after
    assert "Undo" in after
    assert f'action="{restore}"' in trash
    assert back["Location"] == reverse("project", args=[project.slug])
    assert client.get(back["Location"]).status_code == 200


def test_only_an_owner_brings_a_project_back(client: Client, editor: User, stranger: User, project: Project) -> None:
    client.post(reverse("project-delete", args=[project.slug]))

    for user in (editor, stranger):
        assert sign_in(user).post(reverse("project-restore", args=[project.slug])).status_code == 404
        assert "Robots" not in read(sign_in(user), reverse("trash"))


def test_the_trash_shows_files_and_only_editors_can_restore(client: Client, viewer: User, project: Project) -> None:
    asset = AssetFactory(project=project, name="Old fox", trashed_at=timezone.now())
    AssetFactory(name="Somebody else's fox", trashed_at=timezone.now())
    AssetFactory(project=project, name="Kept fox")
    restore = reverse("asset-restore", args=[project.slug, asset.pk])

    for address in (reverse("trash"), reverse("project-trash", args=[project.slug])):
        page, as_viewer = read(client, address), read(sign_in(viewer), address)
        assert restore in page
        assert "Old fox" in as_viewer
        assert restore not in as_viewer
        assert "Somebody else" not in page
        assert "Kept fox" not in page


def test_an_empty_trash_says_so(client: Client) -> None:
    assert "The trash is empty" in read(client, reverse("trash"))


def test_a_restored_file_comes_back_to_where_one_was(client: Client, project: Project) -> None:
    asset = AssetFactory(project=project, trashed_at=timezone.now())

    response = client.post(
        reverse("asset-restore", args=[project.slug, asset.pk]), {"next": f"{reverse('trash')}?page=1"}
    )

    asset.refresh_from_db()
    assert response["Location"] == f"{reverse('trash')}?page=1"
    assert asset.trashed_at is None
