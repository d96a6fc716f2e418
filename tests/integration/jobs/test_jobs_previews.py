"""Posters and facts follow a file; a file that has none says why."""

import io
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from PIL import Image

from engine.errors import EngineError
from jobs import leases, lifecycle, previews, verdicts
from jobs.files import open_file
from jobs.models import Asset, Project, State, Task
from tests.factories import TaskFactory
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


def test_a_model_that_is_done_hints_at_the_next_one_and_at_no_picture_again(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_engine(monkeypatch, "missing")
    upload_picture(project, Image.new("RGB", (8, 8)))
    first, second = upload(project, marker="first"), upload(project, marker="second")
    hinted: list[int] = []
    monkeypatch.setattr(previews.queue, "send", lambda _, pk: hinted.append(pk))

    run(first)

    assert hinted == [second.pk]


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


# --- Verdicts ---------------------------------------------------------------------------------------------------------


def make_output(project: Project, state: State, marker: str) -> Asset:
    """Return a remeshed model that waits for its facts."""
    task = TaskFactory(project=project, state=state, params={"face_type": "triangle", "target_face_count": 1000})
    asset = upload(project, marker=marker)
    Asset.objects.filter(pk=asset.pk).update(task=task, output_key="main")
    return asset


def make_engine(monkeypatch: pytest.MonkeyPatch, **facts: Any) -> None:
    """Let an engine of ours tell these facts at once."""
    monkeypatch.setattr(previews.engine, "run", lambda *_, **__: {"facts": facts, "poster": None, "light": None})


def test_facts_and_verdict_come_together(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    make_engine(monkeypatch, faces=1000, triangles=1000)

    asset = run(make_output(project, State.SUCCEEDED, "judged"))

    assert (asset.preview, asset.verdict_state) == (Asset.Preview.READY, "met")
    assert {row["key"] for row in asset.verdict} >= {"faces", "face_type", "format"}


def test_the_validator_is_asked_once_for_each_content(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    make_engine(monkeypatch, faces=1000, triangles=1000)
    asked: list[Path] = []
    found = {"version": "2", "errors": 3, "warnings": 0, "messages": []}
    monkeypatch.setattr(previews.engine, "validate_gltf", lambda path: asked.append(path) or found)

    first = run(make_output(project, State.SUCCEEDED, "twice"))
    second = run(make_output(project, State.SUCCEEDED, "twice"))

    assert len(asked) == 1
    assert first.facts["validator"] == second.facts["validator"] == found
    assert (first.verdict_state, second.verdict_state) == ("missed", "missed")


def test_without_the_validator_nothing_is_said_of_it(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    make_engine(monkeypatch, faces=1000, triangles=1000)
    monkeypatch.setattr(previews.engine, "validate_gltf", lambda path: None)

    asset = run(make_output(project, State.SUCCEEDED, "no node"))

    assert "validator" not in asset.facts
    assert "validator" not in {row["key"] for row in asset.verdict}


def test_a_task_that_ends_while_facts_are_written_is_judged_as_ended(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_engine(monkeypatch, faces=1000, triangles=1000)
    asset = make_output(project, State.SAVING, "meanwhile")
    build_columns = verdicts.build_columns
    states: list[str] = []

    def end_meanwhile(judged: Asset) -> dict[str, Any]:
        states.append(judged.task.state)
        Task.objects.filter(pk=judged.task_id).update(state=State.SUCCEEDED)
        return build_columns(judged)

    monkeypatch.setattr(verdicts, "build_columns", end_meanwhile)

    run(asset)

    assert states == [State.SAVING, State.SUCCEEDED]


def test_what_no_database_or_page_takes_is_taken_out_of_facts(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name in a GLB may hold half signs and NULs, and its numbers may be none: its page is there all the same."""
    found = {"generator": "half \ud800 sign\0", "materials": [{"name": "x" * 100_000}], "size": [float("nan"), 1.5]}
    monkeypatch.setattr(previews, "preview_picture", lambda asset: {"facts": found})

    asset = run(upload_picture(project, Image.new("RGB", (8, 8))))

    assert asset.preview == Asset.Preview.READY
    assert asset.facts["generator"] == "half  sign"
    assert asset.facts["size"] == [None, 1.5]
    assert len(asset.facts["materials"][0]["name"]) == previews.FACT_LENGTH
