"""What the viewer asks of the server beside the model: maps inside it, fitting versions, a place for its pictures."""

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from dashboard.asset_page import build_page
from dashboard.texture_maps import build_swatches
from dashboard.viewer_data import build_viewer_data
from jobs import view_pictures
from jobs.glb_maps import read_maps
from jobs.models import Asset, Project, User
from jobs.previews import make_preview
from tests import made_models
from tests.conftest import sign_in
from tests.stored import get_path, store, store_cube, store_shown_cube

pytestmark = pytest.mark.django_db


@pytest.fixture
def model(project: Project) -> Asset:
    return measure(store_shown_cube(project, name="robot"))


def measure(asset: Asset, *, uvs: str = "a" * 64) -> Asset:
    materials = read_maps(get_path(asset.sha256))
    asset.facts = {"triangles": 12, "maps": {"file": "original", "materials": materials}}
    asset.uv_sha256 = uvs
    asset.save()
    return asset


def build_data(asset: Asset) -> dict[str, Any]:
    page = build_page(asset)
    return build_viewer_data(asset, versions=[version.asset for version in page.versions], swatches=page.swatches)


def add_version(model: Asset, *, name: str, **columns: Any) -> Asset:
    color = (10, 20, len(name))
    document, binary = made_models.cube_document()
    start = document["bufferViews"][3]["byteOffset"]
    picture = made_models.png(6, 6, color)
    document["bufferViews"][3]["byteLength"] = len(picture)
    document["buffers"] = [{"byteLength": start + len(picture)}]
    content = made_models.glb(document, binary[:start] + picture)
    return store(model.project, content, name=f"{name}.glb", root=model, parent=model, preview="ready", **columns)


def test_a_map_inside_a_model_leaves_as_the_picture_it_is(viewer: User, model: Asset) -> None:
    [material] = build_data(model)["materials"]
    about = material["maps"]["base_color"]

    response = sign_in(viewer).get(about["url"])

    content = b"".join(response)  # type: ignore[arg-type]
    assert content.startswith(made_models.png())
    assert Image.open(io.BytesIO(content)).size == (about["width"], about["height"]) == (4, 4)
    assert response["Content-Type"] == "image/png"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert int(response["Content-Length"]) == len(content) == about["size"]
    assert "immutable" in response["Cache-Control"]
    saved = sign_in(viewer).get(about["url"] + "?download=1")
    assert b"".join(saved) == content  # type: ignore[arg-type]
    assert saved["Content-Disposition"] == 'attachment; filename="robot_base_color.png"'


@pytest.mark.parametrize(
    "parts", [["f" * 64, 0, "base_color"], [None, 1, "base_color"], [None, 0, "normal"], [None, 0, "offset"]]
)
def test_what_is_no_map_of_the_model_is_not_found(viewer: User, model: Asset, parts: list[Any]) -> None:
    address = reverse("file-map", args=[model.pk, parts[0] or model.sha256, *parts[1:]])

    assert sign_in(viewer).get(address).status_code == 404


def test_a_stranger_gets_no_map(stranger: User, model: Asset) -> None:
    address = build_data(model)["materials"][0]["maps"]["base_color"]["url"]

    assert sign_in(stranger).get(address).status_code == 404
    assert Client().get(address).status_code == 302


def test_only_versions_with_the_same_layout_lend_their_maps(model: Asset) -> None:
    fitting = measure(add_version(model, name="rust", version=2))
    measure(add_version(model, name="remeshed", version=3), uvs="b" * 64)
    measure(add_version(model, name="unknown", version=4), uvs="")

    outfits = build_data(model)["outfits"]

    assert [outfit["pk"] for outfit in outfits] == [fitting.pk]
    assert outfits[0]["materials"][0]["maps"]["base_color"]["url"].startswith(f"/f/{fitting.pk}/map/{fitting.sha256}/")
    assert [outfit["pk"] for outfit in build_data(fitting)["outfits"]] == [model.pk]


def test_maps_that_came_as_files_are_shown_where_the_model_holds_none(project: Project) -> None:
    model = store_shown_cube(project)
    texture = store(project, made_models.png(32, 16), name="robot_roughness.png", kind="texture_map")
    page = build_page(model)

    data = build_viewer_data(model, versions=[], swatches=[*page.swatches, *_swatches(texture)])

    about = data["materials"][0]["maps"]["roughness"]
    assert (about["width"], about["height"]) == (32, 16)
    assert about["url"] == reverse("file", args=[texture.pk, texture.sha256, texture.file_name])


def _swatches(*textures: Asset) -> list[Any]:
    return build_swatches(textures)


def take(user: User, model: Asset, content: bytes, **fields: str) -> Any:
    address = reverse("asset-picture", args=[model.project.slug, model.pk])
    file = SimpleUploadedFile("view.png", content, content_type="image/png")
    return sign_in(user).post(address, {"picture": file, **fields})


def test_a_picture_of_the_view_becomes_a_render_of_the_model(editor: User, model: Asset) -> None:
    sent = io.BytesIO()
    Image.new("RGBA", (40, 30), (10, 200, 30, 128)).save(sent, "PNG", icc_profile=b"<script>of colours</script>")
    answer = take(editor, model, sent.getvalue() + b"<script>appended</script>", angle="front")

    assert answer.status_code == 201
    picture = Asset.objects.get(kind=Asset.Kind.RENDER)
    assert answer.json() == {"name": "robot front", "url": reverse("asset", args=["robots", picture.pk])}
    assert (picture.parent, picture.lineage_pk, picture.style, picture.label) == (model, model.pk, "view", "front")
    assert (picture.width_px, picture.height_px, picture.created_by, picture.format) == (40, 30, editor, "png")
    kept = get_path(picture.sha256).read_bytes()
    assert b"script" not in kept
    assert Image.open(io.BytesIO(kept)).getpixel((3, 3)) == (10, 200, 30, 128)


@pytest.mark.parametrize(
    "content", [b"", b"no picture", made_models.png()[:50], made_models.png_that_claims(9000, 9000)]
)
def test_what_is_no_picture_is_refused_in_words(editor: User, model: Asset, content: bytes) -> None:
    answer = take(editor, model, content)

    assert answer.status_code == 422
    assert answer.json()["problem"].endswith(".")
    assert not Asset.objects.filter(kind=Asset.Kind.RENDER).exists()


def test_a_picture_that_is_too_large_never_reaches_the_disk(
    editor: User, model: Asset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(view_pictures, "LIMIT_BYTES", 50)

    assert take(editor, model, made_models.png(64, 64)).status_code == 422


def test_who_may_only_look_takes_no_picture_into_the_gallery(viewer: User, stranger: User, model: Asset) -> None:
    assert take(viewer, model, made_models.png()).status_code == 403
    assert take(stranger, model, made_models.png()).status_code == 404


def test_a_picture_is_taken_of_models_alone_and_with_the_forms_token(
    editor: User, model: Asset, project: Project
) -> None:
    image = store(project, made_models.png(), name="style.png")
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(editor)

    assert take(editor, image, made_models.png()).status_code == 404
    address = reverse("asset-picture", args=[project.slug, model.pk])
    assert strict.post(address, {"picture": SimpleUploadedFile("v.png", made_models.png())}).status_code == 403


def test_equal_content_is_known_by_its_maps_at_once(project: Project, model: Asset) -> None:
    twin = store_cube(project, name="again")

    make_preview(twin.pk)

    twin.refresh_from_db()
    assert (twin.preview, twin.uv_sha256) == ("ready", model.uv_sha256)
    assert twin.facts["maps"] == model.facts["maps"]
