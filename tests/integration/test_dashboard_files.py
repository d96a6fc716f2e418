"""Files leave byte for byte: whole, in ranges, or not at all when the browser has them."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.http.response import HttpResponseBase
from django.test import Client
from django.urls import reverse

from jobs.models import Asset, Project, User
from tests import made_models
from tests.conftest import sign_in
from tests.stored import store, store_cube, store_shown_cube

pytestmark = pytest.mark.django_db

CUBE = made_models.glb()
SIZE = len(CUBE)


@pytest.fixture
def asset(project: Project) -> Asset:
    return store_cube(project)


@pytest.fixture
def address(asset: Asset) -> str:
    return reverse("file", args=[asset.pk, asset.sha256, asset.file_name])


@pytest.fixture
def client(viewer: User) -> Client:
    return sign_in(viewer)


@pytest.fixture(autouse=True)
def close_responses(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Close what a test did not read to its end, as a server does."""
    answered: list[HttpResponseBase] = []
    ask = Client.request

    def remember(self: Client, **request: Any) -> HttpResponseBase:
        answered.append(ask(self, **request))
        return answered[-1]

    monkeypatch.setattr(Client, "request", remember)
    yield
    for response in answered:
        response.close()


def read(response: HttpResponseBase) -> bytes:
    return response.getvalue()  # type: ignore[attr-defined]


def test_a_model_comes_whole_with_its_type_and_may_be_kept_for_ever(client: Client, address: str, asset: Asset) -> None:
    response = client.get(address)

    assert read(response) == CUBE
    assert response["Content-Type"] == "model/gltf-binary"
    assert response["Content-Length"] == str(SIZE)
    assert response["ETag"] == f'"{asset.sha256}"'
    assert response["Cache-Control"] == "private, max-age=31536000, immutable"
    assert response["Accept-Ranges"] == "bytes"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Disposition"] == 'inline; filename="cube.glb"'


@pytest.mark.parametrize(
    ("header", "start", "end"),
    [
        ("bytes=0-99", 0, 99),
        ("bytes=10-10", 10, 10),
        (f"bytes={SIZE - 7}-", SIZE - 7, SIZE - 1),
        (f"bytes=5-{SIZE * 9}", 5, SIZE - 1),
        ("bytes=-12", SIZE - 12, SIZE - 1),
        (f"bytes=-{SIZE * 9}", 0, SIZE - 1),
    ],
)
def test_a_single_range_comes_byte_for_byte(client: Client, address: str, header: str, start: int, end: int) -> None:
    response = client.get(address, headers={"Range": header})

    assert response.status_code == 206
    assert read(response) == CUBE[start : end + 1]
    assert response["Content-Range"] == f"bytes {start}-{end}/{SIZE}"
    assert response["Content-Length"] == str(end - start + 1)


@pytest.mark.parametrize("header", [f"bytes={SIZE}-", f"bytes={SIZE + 5}-{SIZE + 9}", "bytes=-0"])
def test_a_range_behind_the_end_is_416_and_tells_the_size(client: Client, address: str, header: str) -> None:
    response = client.get(address, headers={"Range": header})

    assert response.status_code == 416
    assert response["Content-Range"] == f"bytes */{SIZE}"


@pytest.mark.parametrize("header", ["bytes=0-1,4-5", "lines=1-2", "bytes=9-3", "bytes=0-" + "9" * 5000, "nonsense"])
def test_a_range_that_is_not_understood_gives_the_whole_file(client: Client, address: str, header: str) -> None:
    response = client.get(address, headers={"Range": header})

    assert response.status_code == 200
    assert read(response) == CUBE


def test_a_range_of_the_same_content_is_continued_and_of_an_older_one_is_not(
    client: Client, address: str, asset: Asset
) -> None:
    same = client.get(address, headers={"Range": "bytes=5-9", "If-Range": f'"{asset.sha256}"'})
    other = client.get(address, headers={"Range": "bytes=5-9", "If-Range": '"an older content"'})

    assert (same.status_code, read(same)) == (206, CUBE[5:10])
    assert (other.status_code, read(other)) == (200, CUBE)


@pytest.mark.parametrize("template", ['"{0}"', 'W/"{0}"', '"other", "{0}"', "*"])
def test_what_the_browser_has_already_is_not_sent_again(
    client: Client, address: str, asset: Asset, template: str
) -> None:
    response = client.get(address, headers={"If-None-Match": template.format(asset.sha256)})

    assert response.status_code == 304
    assert read(response) == b""
    assert response["ETag"] == f'"{asset.sha256}"'


def test_a_head_request_tells_the_size_and_sends_nothing(client: Client, address: str) -> None:
    response = client.head(address)

    assert (response["Content-Length"], read(response)) == (str(SIZE), b"")


def test_a_slice_has_no_file_number_that_a_server_could_send_from(client: Client, address: str) -> None:
    response = client.get(address, headers={"Range": "bytes=0-3"})

    assert not hasattr(response.streaming_content, "fileno")
    assert not hasattr(response, "file_to_stream")
    assert read(response) == CUBE[:4]


def test_a_download_is_saved_under_its_name_even_with_strange_letters(client: Client, project: Project) -> None:
    asset = store_cube(project)
    asset.name = 'Stuhl "Größe 2"; x'
    asset.save()

    response = client.get(reverse("file", args=[asset.pk, asset.sha256, asset.file_name]) + "?download=1")

    assert response["Content-Disposition"].startswith("attachment; filename*=utf-8''Stuhl%20%22Gr%C3%B6%C3%9Fe%202")


@pytest.mark.parametrize(
    ("content", "name", "media_type", "shown"),
    [
        (made_models.glb(), "cube.glb", "model/gltf-binary", True),
        (made_models.png(), "red.png", "image/png", True),
        (made_models.stl(), "cube.stl", "model/stl", False),
        (made_models.obj(), "cube.obj", "model/obj", False),
        (made_models.zipped(made_models.obj_with_files()), "cube.zip", "application/zip", False),
    ],
)
def test_only_what_a_browser_shows_safely_is_shown_and_the_rest_is_saved(
    client: Client, project: Project, content: bytes, name: str, media_type: str, shown: bool
) -> None:
    asset = store(project, content, name=name)

    response = client.get(reverse("file", args=[asset.pk, asset.sha256, asset.file_name]))

    assert response["Content-Type"] == media_type
    assert response["Content-Disposition"].startswith("inline" if shown else "attachment")
    assert read(response) == content


def test_poster_and_light_model_come_with_their_own_types(client: Client, project: Project) -> None:
    asset = store_shown_cube(project)

    poster = client.get(reverse("poster", args=[asset.pk, asset.poster_sha256]))
    light = client.get(reverse("light", args=[asset.pk, asset.light_sha256]))

    assert (poster["Content-Type"], poster["ETag"]) == ("image/webp", f'"{asset.poster_sha256}"')
    assert (light["Content-Type"], read(light)) == ("model/gltf-binary", CUBE)


def test_a_hash_that_is_not_this_files_is_404(client: Client, project: Project, asset: Asset) -> None:
    other = store(project, made_models.png(), name="red.png")

    for name, arguments in (
        ("file", [asset.pk, other.sha256, "x.glb"]),
        ("poster", [asset.pk, asset.sha256]),
        ("light", [asset.pk, asset.sha256]),
    ):
        assert client.get(reverse(name, args=arguments)).status_code == 404


def test_a_row_whose_bytes_are_gone_is_404(client: Client, asset: Asset) -> None:
    asset.sha256 = "0" * 64
    asset.save()

    assert client.get(reverse("file", args=[asset.pk, asset.sha256, "cube.glb"])).status_code == 404


def test_a_file_in_the_trash_is_still_shown_there(client: Client, asset: Asset, address: str, owner: User) -> None:
    sign_in(owner).post(reverse("asset-delete", args=[asset.project.slug, asset.pk]))

    assert client.get(address).status_code == 200
