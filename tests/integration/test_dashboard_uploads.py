"""Files come in by a plain form or one by one; what is not taken is refused with a sentence and leaves nothing."""

import io
import os
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.signals import user_login_failed
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from dashboard.views import uploads
from jobs import files
from jobs.models import Asset, Project, User
from tests import made_models
from tests.conftest import sign_in

pytestmark = pytest.mark.django_db

AS_SCRIPT = {"Accept": "application/json"}
GOOD = made_models.glb()
LYING = b"glTF\x02\x00\x00\x00" + (10**6).to_bytes(4, "little") + GOOD[12:]


@pytest.fixture
def client(editor: User) -> Client:
    return sign_in(editor)


@pytest.fixture
def address(project: Project) -> str:
    return reverse("upload", args=[project.slug])


def file(content: bytes, name: str) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def list_stored_files(settings: Settings) -> list[Path]:
    return [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]


def test_a_plain_form_takes_several_files_at_once(client: Client, address: str, project: Project, editor: User) -> None:
    files = [file(GOOD, "robot.glb"), file(made_models.png(), "rust.png"), file(made_models.stl(), "cube.stl")]

    response = client.post(address, {"file": files}, follow=True)

    assert response.redirect_chain == [(reverse("project", args=[project.slug]), 302)]
    assert "3 files are here." in response.content.decode()
    assets = {asset.name: asset for asset in project.assets.all()}
    assert {name: (asset.kind, asset.format) for name, asset in assets.items()} == {
        "robot": ("model", "glb"),
        "rust": ("image", "png"),
        "cube": ("model", "stl"),
    }
    assert {asset.created_by for asset in assets.values()} == {editor}


def test_a_plain_form_with_one_file_opens_its_page(client: Client, address: str, project: Project) -> None:
    response = client.post(address, {"file": file(GOOD, "robot.glb")})

    assert response.url == reverse("asset", args=[project.slug, project.assets.get().pk])


def test_the_script_hears_where_its_file_is(client: Client, address: str, project: Project) -> None:
    response = client.post(address, {"file": file(GOOD, "robot.glb")}, headers=AS_SCRIPT)

    asset = project.assets.get()
    assert response.status_code == 201
    where = reverse("asset", args=[project.slug, asset.pk])
    assert response.json() == {"files": [{"name": "robot.glb", "url": where, "kind": "model"}]}


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (b"just words", "notes.txt", "This is not a 3D model or picture that can be read here."),
        (GOOD[:200], "half.glb", "cut off"),
        (LYING, "lying.glb", "header says"),
        (b"", "nothing.glb", "empty"),
        (made_models.png(), "picture.glb", "This file is a picture (PNG), not a 3D model, whatever its name says."),
        (b"GIF89a" + b"\0" * 99, "moving.gif", "This is a GIF picture."),
        (b"<svg onload='alert(1)'></svg>", "image.svg", "This is an SVG picture."),
        (made_models.png_that_claims(90_000, 90_000), "huge.png", "This picture"),
    ],
    ids=["text", "half", "lying", "nothing", "picture-as-model", "gif", "svg", "bomb"],
)
def test_a_bad_file_is_refused_with_a_sentence_and_leaves_nothing(
    client: Client, address: str, content: bytes, name: str, sentence: str, settings: Settings
) -> None:
    by_script = client.post(address, {"file": file(content, name)}, headers=AS_SCRIPT)
    by_form = client.post(address, {"file": file(content, name)}, follow=True)

    assert by_script.status_code == 422
    assert sentence in by_script.json()["files"][0]["problem"]
    assert by_script.json()["files"][0]["name"] == name
    assert by_form.redirect_chain == [(address, 302)]
    assert sentence in by_form.content.decode()
    assert not Asset.objects.exists()
    assert list_stored_files(settings) == []


def test_a_file_over_the_limit_is_dropped_on_the_way_and_the_others_are_taken(
    client: Client, address: str, project: Project, settings: Settings
) -> None:
    settings.MODEL_MAX_BYTES = settings.IMAGE_MAX_BYTES = 5_000_000
    files = [file(GOOD, "first.glb"), file(b"glTF" + b"\0" * 6_000_000, "huge.glb"), file(GOOD, "last.glb")]

    response = client.post(address, {"file": files}, headers=AS_SCRIPT)

    answers = {answer["name"]: answer for answer in response.json()["files"]}
    assert response.status_code == 422
    assert answers["huge.glb"]["problem"] == "This file is too large. The limit is 5 MB."
    assert {name for name, answer in answers.items() if "url" in answer} == {"first.glb", "last.glb"}
    assert sorted(project.assets.values_list("name", flat=True)) == ["first", "last"]
    assert len(list_stored_files(settings)) == 1  # the same content is stored once


def test_a_picture_over_its_own_limit_is_refused(client: Client, address: str, settings: Settings) -> None:
    settings.IMAGE_MAX_BYTES = 50

    response = client.post(address, {"file": file(made_models.png(64, 64), "big.png")}, headers=AS_SCRIPT)

    assert "too large" in response.json()["files"][0]["problem"]


@pytest.mark.parametrize("name", ["../../etc/passwd.glb", "a/b\\c.glb", "..\\up.glb"])
def test_a_name_with_slashes_is_refused_and_the_others_are_taken(
    client: Client, address: str, project: Project, name: str
) -> None:
    boundary = "edge"
    parts = [
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{sent}"\r\n\r\n'.encode() + GOOD
        for sent in (name.replace("\\", "\\\\"), "fine.glb")
    ]
    body = b"\r\n".join([*parts, f"--{boundary}--\r\n".encode()])

    answer = client.post(address, body, content_type=f"multipart/form-data; boundary={boundary}", headers=AS_SCRIPT)

    assert answer.status_code == 422
    assert "slashes" in answer.json()["files"][0]["problem"]
    assert [asset.name for asset in project.assets.all()] == ["fine"]


def test_no_file_is_said(client: Client, address: str) -> None:
    assert "No file was chosen." in client.post(address, {}, follow=True).content.decode()
    assert client.post(address, {}, headers=AS_SCRIPT).status_code == 422


def test_a_full_disk_is_told_and_keeps_no_row(client: Client, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **kwargs: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("django.core.files.storage.default_storage.save", refuse)

    response = client.post(address, {"file": file(GOOD, "robot.glb")}, headers=AS_SCRIPT)

    assert "no room" in response.json()["files"][0]["problem"]
    assert not Asset.objects.exists()


def test_a_forged_form_is_not_taken(editor: User, address: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(editor)

    response = client.post(address, {"file": file(GOOD, "robot.glb")}, headers=AS_SCRIPT)

    assert response.status_code == 403
    assert not Asset.objects.exists()


def test_a_viewer_sends_nothing(viewer: User, address: str) -> None:
    response = sign_in(viewer).post(address, {"file": file(GOOD, "robot.glb")}, headers=AS_SCRIPT)

    assert response.status_code == 403
    assert not Asset.objects.exists()


def test_the_page_tells_formats_and_limits(client: Client, address: str) -> None:
    page = client.get(address).content.decode()

    for word in ("GLB", "glTF", "USDZ", "200\u00a0MB", "WebP", "50\u00a0MB"):
        assert word in page


def test_a_page_that_asks_for_no_file_stores_none(settings: Settings, tmp_path: Path) -> None:
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path
    seen: list[int] = []

    def watch(*, request: HttpRequest, **kwargs: object) -> None:
        seen.append(len(request.FILES))

    user_login_failed.connect(watch)
    Client().post(reverse("login"), {"username": "a", "password": "b", "file": file(b"x" * 5_000_000, "big.glb")})
    user_login_failed.disconnect(watch)

    assert seen == [0]
    assert list(tmp_path.iterdir()) == []


def test_a_large_upload_is_held_until_it_is_stored(
    client: Client, address: str, project: Project, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 10
    seen: list[tuple[str, bool]] = []

    def look_and_take(file: Any, **options: Any) -> uploads.Arrival:
        path = Path(file.temporary_file_path())
        os.utime(path, (1_000_000, 1_000_000))
        files.prune_temporary()
        seen.append((path.name, path.exists()))
        return take(file, **options)

    take = uploads.take
    monkeypatch.setattr(uploads, "take", look_and_take)

    client.post(address, {"file": file(made_models.glb(), "cube.glb")})

    assert [(name.endswith(".upload.glb"), is_there) for name, is_there in seen] == [(True, True)]
    assert project.assets.count() == 1
    assert list(Path(settings.FILE_UPLOAD_TEMP_DIR).iterdir()) == []


def test_a_zip_that_is_damaged_inside_is_refused(client: Client, address: str, project: Project) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("model.obj", "v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n" * 500)
    damaged = bytearray(packed.getvalue())
    damaged[45:49] = b"\xff\xff\xff\xff"

    answer = client.post(address, {"file": file(bytes(damaged), "model.zip")}, headers=AS_SCRIPT)

    assert answer.status_code == 422
    assert "damaged" in answer.json()["files"][0]["problem"]
    assert not project.assets.exists()


def test_a_glb_of_countless_parts_is_refused(client: Client, address: str) -> None:
    body = GOOD[12:] + b"\0\0\0\0JUNK" * 5_000
    glb = GOOD[:8] + (12 + len(body)).to_bytes(4, "little") + body

    answer = client.post(address, {"file": file(glb, "parts.glb")}, headers=AS_SCRIPT)

    assert "more parts" in answer.json()["files"][0]["problem"]
