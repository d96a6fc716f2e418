"""Meshy's retexturing from the form to the saved files, in both profiles of its API."""

import base64
import io
import re
import zipfile

import pytest
import requests
from pytest_django import Settings

from jobs import lifecycle, saving
from jobs.files import open_file
from jobs.models import Asset, Project, State, Task
from jobs.vendors import get_vendor
from tests.integration.jobs.meshy_trip import PROMPT, start_retexture, upload_model, upload_picture
from tests.integration.jobs.trip import get_states, make_due, run_to_saving
from tests.made_models import glb
from tests.sandbox_process import SandboxProcess
from tests.waiting import wait_until

pytestmark = pytest.mark.django_db(transaction=True)


WAY = ["queued", "submitting", "waiting", "saving", "succeeded"]


def run_to_end(task: Task) -> Task:
    run_to_saving(task)
    lifecycle.save(task.pk)
    task.refresh_from_db()
    return task


def get_outputs(task: Task) -> list[tuple[str, str]]:
    """Return format or map of each output."""
    return sorted((asset.kind, asset.label or asset.format) for asset in task.outputs.all())


@pytest.mark.parametrize("ours", ["current", "seed"])
@pytest.mark.parametrize("theirs", ["current", "seed"])
def test_a_model_is_retextured_in_every_meeting_of_profiles(
    project: Project, meshy: SandboxProcess, settings: Settings, ours: str, theirs: str
) -> None:
    settings.MESHY_PROFILE = ours
    meshy.change_settings(profile=theirs)
    task = run_to_end(start_retexture(project))

    assert task.state == State.SUCCEEDED
    assert [state for state in get_states(task) if state != "running"] == WAY
    kinds = get_outputs(task)
    assert ("texture_map", "base color") in kinds
    assert ("model", "glb") in kinds
    assert (("model", "usdz") in kinds) is (theirs == "seed" or ours == "seed")  # `target_formats` is not in the seed
    assert not any(kind == "image" for kind, _ in kinds)  # the thumbnail is no result
    assert task.charged_credits == (10 if theirs == "current" else None)


def test_the_request_says_what_was_sent_and_holds_no_bytes(project: Project, meshy: SandboxProcess) -> None:
    task = run_to_saving(start_retexture(project, enable_pbr=True))

    body = task.request["body"]
    assert body == {
        "model_url": f"data:application/octet-stream;base64,<robot.glb, {body['model_url'].split(', ')[1]}",
        "text_style_prompt": PROMPT,
        "enable_original_uv": True,
        "enable_pbr": True,
        "target_formats": ["glb"],
    }
    assert re.search(r", [0-9.]+ kB>$", body["model_url"])
    assert "Signature=" not in str(task.answer)


def test_the_seed_profile_sends_art_style_and_no_formats(
    project: Project, meshy: SandboxProcess, settings: Settings
) -> None:
    settings.MESHY_PROFILE = "seed"
    meshy.change_settings(profile="seed")
    task = run_to_saving(start_retexture(project, art_style="cartoon"))

    assert set(task.request["body"]) == {"model_url", "text_style_prompt", "enable_original_uv", "art_style"}
    assert task.answer["art_style"] == "cartoon"


def test_all_formats_and_maps_are_saved_as_one_version(project: Project, meshy: SandboxProcess) -> None:
    model = upload_model(project)
    task = start_retexture(
        project,
        model_url=model.pk,
        enable_pbr=True,
        alpha_thumbnail=True,
        target_formats="glb,obj,fbx,stl,usdz,3mf",
    )
    run_to_end(task)

    assert get_outputs(task) == [
        ("image", "thumbnail"),
        *[("model", name) for name in ("3mf", "fbx", "glb", "obj", "stl", "usdz")],
        *[("texture_map", name) for name in ("base color", "metallic", "normal", "roughness")],
    ]
    assert {(asset.version, asset.root_id, asset.parent_id) for asset in task.outputs.all()} == {
        (2, model.pk, model.pk)
    }
    names = {asset.format: asset.name for asset in task.outputs.filter(kind=Asset.Kind.MODEL)}
    assert names["glb"] == f"robot {PROMPT}"
    assert names["obj"] == f"robot {PROMPT} obj"


def test_an_obj_is_saved_with_all_that_it_names(project: Project, meshy: SandboxProcess) -> None:
    task = run_to_end(start_retexture(project, enable_pbr=True, target_formats="obj"))

    asset = task.outputs.get(format="obj")
    with open_file(asset.sha256) as stream, zipfile.ZipFile(io.BytesIO(stream.read())) as archive:
        names = set(archive.namelist())
        library = re.search(r"^mtllib (.+)$", archive.read("model.obj").decode(), re.MULTILINE)
        assert library is not None
        materials = archive.read(library[1].strip()).decode()
    used = {line.split()[-1] for line in materials.splitlines() if line.strip().lower().startswith(("map_", "norm"))}
    assert asset.extension == "zip"
    assert used | {"texture_0.png"} <= names


def test_a_picture_and_several_views_give_the_style(project: Project, meshy: SandboxProcess) -> None:
    front, back = upload_picture(project), upload_picture(project, colour=(20, 40, 200))
    by_picture = run_to_end(start_retexture(project, image_style_url=front.pk))
    by_views = run_to_end(start_retexture(project, multiview_image_urls=[front.pk, back.pk]))

    assert by_picture.request["body"]["image_style_url"].startswith("data:image/png;base64,<look.png")
    assert by_views.request["body"]["ai_model"] == "meshy-7"
    assert len(by_views.request["body"]["multiview_image_urls"]) == 2
    assert [by_picture.state, by_views.state] == [State.SUCCEEDED] * 2
    assert by_picture.outputs.get(kind=Asset.Kind.MODEL).name == "robot like look"


def make_remesh(meshy: SandboxProcess, api_key: str) -> str:
    """Return the ID of a finished task of another kind, made elsewhere with the same account."""
    url, headers = f"{meshy.base_url}/openapi/v1/remesh", {"Authorization": f"Bearer {api_key}"}
    model = f"data:application/octet-stream;base64,{base64.b64encode(glb()).decode()}"
    remote_id = requests.post(url, json={"model_url": model}, headers=headers, timeout=20).json()["result"]

    def is_done() -> bool:
        return requests.get(f"{url}/{remote_id}", headers=headers, timeout=20).json()["status"] == "SUCCEEDED"

    wait_until(is_done, within_s=20)
    return remote_id


def test_what_another_task_at_the_vendor_made_is_retextured(
    project: Project, meshy: SandboxProcess, api_key: str
) -> None:
    remote_id = make_remesh(meshy, api_key)
    task = run_to_end(start_retexture(project, input_task_id=remote_id, enable_original_uv=False))

    assert task.state == State.SUCCEEDED
    assert task.request["body"]["input_task_id"] == remote_id
    assert "model_url" not in task.request["body"]


@pytest.mark.parametrize("has_uvs", [True, False])
def test_a_model_without_uvs_leaves_without_the_wish_to_keep_them(
    project: Project, meshy: SandboxProcess, has_uvs: bool
) -> None:
    """The engine has not looked at the file yet: its bytes are read right before sending."""
    task = start_retexture(project, has_uvs=has_uvs)
    assert task.params["enable_original_uv"] is True

    run_to_end(task)

    assert task.state == State.SUCCEEDED
    assert task.request["body"]["enable_original_uv"] is has_uvs
    assert task.events.filter(kind="note", text__contains="no UVs to keep").exists() is not has_uvs


def test_what_the_form_changed_is_in_the_tasks_history(project: Project, meshy: SandboxProcess) -> None:
    model = upload_model(project)
    Asset.objects.filter(pk=model.pk).update(facts={"has_uvs_everywhere": False})
    task = start_retexture(project, model_url=model.pk)

    assert task.params["enable_original_uv"] is False
    assert task.events.get(kind="note").text.startswith("Keep the model's UVs: This model has no UVs to keep")


def test_links_that_are_over_are_asked_for_again(project: Project, meshy: SandboxProcess) -> None:
    task = run_to_saving(start_retexture(project))
    meshy.set_fault("expired_url")
    lifecycle.save(task.pk)
    task.refresh_from_db()
    assert task.state == State.RUNNING

    Task.objects.filter(pk=task.pk).update(next_at=task.created_at)
    lifecycle.poll(task.pk)
    lifecycle.save(task.pk)

    task.refresh_from_db()
    assert task.state == State.SUCCEEDED


def test_files_that_the_vendor_has_deleted_are_over_and_were_paid(project: Project, meshy: SandboxProcess) -> None:
    task = run_to_saving(start_retexture(project))
    with get_vendor("meshy") as client:
        client.delete(task.remote_id or "")

    for _ in range(saving.MISSING_TIMES - 1):
        lifecycle.save(make_due(task).pk)
        task.refresh_from_db()
        assert task.state == State.SAVING
    lifecycle.save(make_due(task).pk)

    task.refresh_from_db()
    assert (task.state, task.error_charged) == (State.EXPIRED, Task.Charged.YES)
    assert "its files are gone" in task.error_what


def test_a_finished_task_without_files_is_told_without_another_vendors_code(
    project: Project, meshy: SandboxProcess
) -> None:
    meshy.set_fault("no_asset")
    task = run_to_saving(start_retexture(project))

    lifecycle.save(task.pk)

    task.refresh_from_db()
    assert (task.state, task.error_code) == (State.EXPIRED, "")
    assert task.error_what == "Meshy finished the task, but has no file of it to download."


def test_a_vendor_that_loses_sight_of_a_task_for_a_moment_costs_no_files(
    project: Project, meshy: SandboxProcess
) -> None:
    task = run_to_saving(start_retexture(project))
    meshy.set_fault("not_found_once")
    lifecycle.save(task.pk)
    task.refresh_from_db()
    assert task.state == State.SAVING

    lifecycle.save(make_due(task).pk)

    task.refresh_from_db()
    assert task.state == State.SUCCEEDED


def test_of_more_files_than_any_task_makes_the_first_are_saved(
    project: Project, meshy: SandboxProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saving, "FILES_MAX", 1)
    task = run_to_saving(start_retexture(project))

    lifecycle.save(task.pk)

    task.refresh_from_db()
    assert (task.state, task.outputs.get().format) == (State.SUCCEEDED, "glb")
    assert task.events.get(state=State.SUCCEEDED).text == "1 file saved. 1 of the vendor's are left there."
