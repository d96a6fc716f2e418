"""Posters and facts follow a file; a file that has none says why."""

import io

import pytest
from django.utils import timezone
from PIL import Image

from engine.errors import EngineError
from jobs import leases, lifecycle, previews
from jobs.files import open_file
from jobs.models import Asset, Project
from tests.integration.jobs.trip import upload

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("content_storage")]


def upload_picture(project: Project, image: Image.Image, format_name: str = "PNG") -> Asset:
    stream = io.BytesIO()
    image.save(stream, format_name)
    stream.seek(0)
    return lifecycle.add_upload(project=project, user=None, file=stream, name="photo")


def run(asset: Asset) -> Asset:
    lifecycle.preview(asset.pk)
    asset.refresh_from_db()
    return asset


def read_poster(asset: Asset) -> Image.Image:
    with open_file(asset.poster_sha256) as stream:
        image = Image.open(stream)
        image.load()
    return image


def make_due(asset: Asset) -> Asset:
    Asset.objects.filter(pk=asset.pk).update(preview_next_at=timezone.now())
    asset.refresh_from_db()
    return asset


def test_a_picture_gets_a_small_poster_and_facts(project: Project) -> None:
    asset = run(upload_picture(project, Image.new("RGB", (1600, 800), "teal")))

    assert asset.preview == Asset.Preview.READY
    assert (asset.facts["width"], asset.facts["height"], asset.facts["has_alpha"]) == (1600, 800, False)
    poster = read_poster(asset)
    assert (poster.format, poster.size) == ("WEBP", (640, 320))


def test_a_transparent_picture_keeps_its_transparency(project: Project) -> None:
    asset = run(upload_picture(project, Image.new("RGBA", (8, 8), (255, 0, 0, 0))))

    assert read_poster(asset).convert("RGBA").getpixel((4, 4))[3] == 0


@pytest.mark.parametrize("mode", ["L", "P", "I;16", "CMYK", "1"])
def test_a_picture_in_any_mode_gets_a_poster(project: Project, mode: str) -> None:
    image = Image.new(mode, (8, 8))

    assert run(upload_picture(project, image, "JPEG" if mode == "CMYK" else "PNG")).preview == Asset.Preview.READY


def test_the_same_content_is_previewed_once(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    first = run(upload_picture(project, Image.new("RGB", (9, 9))))
    monkeypatch.setattr(previews, "preview_picture", lambda asset: pytest.fail("made again"))

    second = run(upload_picture(project, Image.new("RGB", (9, 9))))

    assert (second.preview, second.poster_sha256) == (Asset.Preview.READY, first.poster_sha256)


@pytest.mark.parametrize(
    ("kind", "preview", "tries"),
    [
        ("missing", Asset.Preview.LACKING, 1),
        ("refused", Asset.Preview.FAILED, 1),
        ("unreadable", Asset.Preview.FAILED, 1),
        ("unsupported", Asset.Preview.FAILED, 1),
        ("crashed", Asset.Preview.WAITING, 1),
        ("timeout", Asset.Preview.WAITING, 1),
        ("busy", Asset.Preview.WAITING, 0),
    ],
)
def test_what_the_engine_cannot_do_is_said(
    project: Project, monkeypatch: pytest.MonkeyPatch, kind: str, preview: str, tries: int
) -> None:
    break_engine(monkeypatch, kind)

    asset = run(upload(project))

    assert (asset.preview, asset.preview_tries) == (preview, tries)
    assert asset.preview_problem == ("" if kind == "busy" else "The engine says why.")
    assert leases.is_free(previews.SLOT, now=timezone.now())


def test_a_preview_is_tried_three_times(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    break_engine(monkeypatch, "crashed")
    asset = upload(project)

    for _ in range(3):
        assert asset.preview == Asset.Preview.WAITING
        run(make_due(asset))

    assert (asset.preview, asset.preview_problem) == (Asset.Preview.FAILED, "The engine says why.")


def test_a_file_that_kills_its_worker_is_given_up(project: Project) -> None:
    asset = upload(project)
    Asset.objects.filter(pk=asset.pk).update(preview_tries=3)

    assert run(asset).preview == Asset.Preview.FAILED


def test_one_model_at_a_time_is_previewed(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(previews.engine, "run", lambda *_, **__: pytest.fail("a second one ran"))
    assert leases.take(previews.SLOT, seconds=60)

    asset = run(upload(project))

    assert (asset.preview, asset.preview_tries) == (Asset.Preview.WAITING, 0)


def test_an_engine_that_was_installed_later_is_used(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    break_engine(monkeypatch, "missing")
    asset = run(upload(project))
    monkeypatch.setattr(previews.engine, "is_available", lambda: True)

    assert previews.retry_lacking() == 1

    asset.refresh_from_db()
    assert asset.preview == Asset.Preview.WAITING


def test_a_preview_is_put_down_when_the_worker_ends(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    def run_until_told(verb: str, *, on_progress, **_: object) -> dict:
        on_progress(0.5, "Rendering")
        pytest.fail("went on")

    monkeypatch.setattr(previews.engine, "run", run_until_told)
    monkeypatch.setattr(previews, "is_stopping", lambda: True)

    asset = run(upload(project))

    assert (asset.preview, asset.preview_tries) == (Asset.Preview.WAITING, 0)
    assert asset.preview_next_at <= timezone.now()


@pytest.mark.engine
def test_a_model_gets_a_poster_and_facts_from_the_engine(project: Project) -> None:
    asset = run(upload(project))

    assert asset.preview == Asset.Preview.READY, asset.preview_problem
    assert asset.facts["triangles"] == 1
    poster = read_poster(asset)
    assert poster.format == "WEBP"
    assert max(poster.size) == previews.POSTER_PX


def break_engine(monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    def fail(verb: str, **_: object) -> dict:
        raise EngineError(kind, "The engine says why.")

    monkeypatch.setattr(previews.engine, "run", fail)
