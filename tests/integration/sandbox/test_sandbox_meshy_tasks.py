"""A Meshy task from creation to deletion: fields, states, money, errors, retention (read 2026-11-21)."""

from typing import Any

import pytest

from tests import made_models
from tests.integration.sandbox.caller import fetch
from tests.integration.sandbox.meshy_caller import (
    MODEL,
    PICTURE,
    REMESH,
    RETEXTURE,
    MeshyCaller,
    as_data_uri,
    read_id,
    read_refusal,
)
from tests.sandbox_process import SandboxProcess
from tests.waiting import wait_until

THREE_DAYS_S = 3 * 24 * 3600
ALWAYS = {
    "id",
    "status",
    "progress",
    "model_urls",
    "thumbnail_url",
    "texture_urls",
    "text_style_prompt",
    "image_style_url",
    "created_at",
    "started_at",
    "finished_at",
    "expires_at",
    "preceding_tasks",
    "task_error",
}
FIELDS = {"seed": ALWAYS | {"art_style"}, "current": ALWAYS | {"type", "consumed_credits"}}
MOMENTS = ("created_at", "started_at", "finished_at", "expires_at")
GLB_WITHOUT_MESH = made_models.glb({"asset": {"version": "2.0"}, "scenes": [{"nodes": []}]}, b"")
NOT_FOUND = (404, "Task not found")


@pytest.fixture(params=["seed", "current"])
def age(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def aged(sandbox: SandboxProcess, age: str) -> MeshyCaller:
    return MeshyCaller(sandbox, profile=age)


def test_a_finished_task_has_the_fields_of_its_age(aged: MeshyCaller, age: str) -> None:
    with aged:
        shown = aged.finish(text_style_prompt="weathered oak")

    assert set(shown) == FIELDS[age]
    assert (shown["status"], shown["progress"], shown["preceding_tasks"]) == ("SUCCEEDED", 100, 0)
    assert shown["task_error"] == {"message": ""}
    assert (shown["text_style_prompt"], shown["image_style_url"]) == ("weathered oak", "")


def test_moments_are_milliseconds_in_order(meshy: MeshyCaller) -> None:
    shown = meshy.finish()

    moments = [shown[name] for name in MOMENTS]
    assert moments == sorted(moments)
    assert moments[0] > 10**12
    assert shown["expires_at"] - shown["finished_at"] == THREE_DAYS_S * 1000


def test_moments_that_have_not_come_are_0(meshy: MeshyCaller) -> None:
    task = read_id(meshy.create(fault="never_ending"))
    wait_until(lambda: meshy.read(task)["status"] == "IN_PROGRESS")

    shown = meshy.read(task)

    assert shown["created_at"] <= shown["started_at"]
    assert (shown["finished_at"], shown["expires_at"]) == (0, 0)
    assert shown["consumed_credits"] == 10
    assert shown["model_urls"] == {}
    assert shown["texture_urls"] == []


def test_the_seed_echoes_the_art_style(meshy_seed: MeshyCaller) -> None:
    assert meshy_seed.finish(art_style="cartoon")["art_style"] == "cartoon"
    assert meshy_seed.finish()["art_style"] == "realistic"


def test_pictures_are_echoed_as_addresses_of_the_vendor(meshy: MeshyCaller) -> None:
    by_image = meshy.finish(image_style_url=PICTURE)
    by_views = meshy.finish(multiview_image_urls=[PICTURE, PICTURE], ai_model="meshy-7")

    assert fetch(by_image["image_style_url"]).content == made_models.png()
    assert "multiview_image_urls" not in by_image
    assert by_views["image_style_url"] == ""
    assert [fetch(url).status_code for url in by_views["multiview_image_urls"]] == [200, 200]


@pytest.mark.parametrize(
    ("body", "price"),
    [
        ({}, 10),
        ({"texture_resolution": "4k"}, 10),
        ({"hd_texture": True, "texture_resolution": "2k"}, 10),
        ({"texture_resolution": "8k"}, 15),
        ({"path": REMESH}, 5),
    ],
)
def test_the_price_is_taken_at_creation(meshy: MeshyCaller, body: dict[str, Any], price: int) -> None:
    task = read_id(meshy.create(fault="never_ending", **body))

    assert meshy.balance() == 10000 - price
    assert meshy.read(task, path=body.get("path", RETEXTURE))["consumed_credits"] == price


def test_a_balance_that_is_too_short_is_402_and_makes_no_task(meshy: MeshyCaller) -> None:
    first = meshy.start()
    account = meshy.sandbox.ledger(task=first)["lines"][0]["account"]
    meshy.wait(first)
    meshy.sandbox.set_credits(account, 9)

    assert read_refusal(meshy.create())[0] == 402
    assert (meshy.balance(), len(meshy.list().json())) == (9, 1)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"model_url": as_data_uri(made_models.stl()), "enable_original_uv": True}, "model_missing_uv"),
        ({"model_url": as_data_uri(made_models.obj().replace(b"vt ", b"# ")), "enable_original_uv": True}, None),
        ({"model_url": as_data_uri(b"")}, "invalid_input"),
        ({"model_url": as_data_uri(b"no model at all")}, "invalid_input"),
        ({"model_url": as_data_uri(made_models.glb()[:100])}, "invalid_input"),
        ({"model_url": as_data_uri(GLB_WITHOUT_MESH)}, "invalid_input"),
        ({"model_url": as_data_uri(b"; FBX 7.4.0 project file\n")}, "invalid_input"),
        ({"image_style_url": as_data_uri(b"no picture", "image/png")}, "invalid_input"),
    ],
)
def test_what_a_file_lacks_fails_inside_the_task(meshy: MeshyCaller, body: dict[str, Any], code: str | None) -> None:
    shown = meshy.finish(**body)

    error = shown["task_error"]
    assert (shown["status"], shown["consumed_credits"], meshy.balance()) == ("FAILED", 0, 10000)
    assert error["type"] == "invalid_input"
    assert error["code"] == (code or "model_missing_uv")
    assert error["message"]
    assert error["doc_url"].startswith("https://")
    assert shown["finished_at"] > 0


def test_a_mesh_without_uvs_is_fine_when_they_need_not_be_kept(meshy: MeshyCaller) -> None:
    stl = as_data_uri(made_models.stl())

    assert meshy.finish(model_url=stl)["status"] == "SUCCEEDED"
    assert meshy.finish(model_url=stl, enable_original_uv=False)["status"] == "SUCCEEDED"


def test_the_seed_keeps_uvs_unless_told_otherwise(meshy: MeshyCaller, meshy_seed: MeshyCaller) -> None:
    document, binary = made_models.cube_document()
    del document["meshes"][0]["primitives"][0]["attributes"]["TEXCOORD_0"]
    bare = as_data_uri(made_models.glb(document, binary))

    assert meshy_seed.finish(model_url=bare)["status"] == "FAILED"
    assert meshy_seed.finish(model_url=bare, enable_original_uv=False)["status"] == "SUCCEEDED"
    assert meshy.finish(model_url=bare)["status"] == "SUCCEEDED"


def test_the_seed_tells_a_failures_message_alone(meshy_seed: MeshyCaller) -> None:
    shown = meshy_seed.finish(model_url=as_data_uri(b"no model at all"))

    assert shown["status"] == "FAILED"
    assert set(shown["task_error"]) == {"message"}


@pytest.mark.parametrize(
    ("wanted", "kind", "code"),
    [
        ("invalid_input", "invalid_input", "invalid_input"),
        ("image_too_complex", "invalid_input", "image_too_complex"),
        ("model_missing_uv", "invalid_input", "model_missing_uv"),
        ("model_insufficient_uv", "invalid_input", "model_insufficient_uv"),
        ("moderation_blocked", "invalid_input", "moderation_blocked"),
        ("timeout", "timeout", "timeout"),
        ("format_conversion_failed", "server_error", "format_conversion_failed"),
        ("service_unavailable", "service_unavailable", None),
        ("server_error", "server_error", None),
    ],
)
def test_each_task_error_can_be_asked_for(meshy: MeshyCaller, wanted: str, kind: str, code: str | None) -> None:
    shown = meshy.finish(fault=f"task_error_{wanted}")

    assert shown["status"] == "FAILED"
    assert (shown["task_error"]["type"], shown["task_error"].get("code")) == (kind, code)
    assert ("doc_url" in shown["task_error"]) == (code is not None)
    assert meshy.balance() == 10000


def test_deleting_a_finished_task_is_final_and_gives_nothing_back(meshy_of_any_age: MeshyCaller) -> None:
    meshy = meshy_of_any_age
    shown = meshy.finish()

    assert meshy.call("DELETE", f"{RETEXTURE}/{shown['id']}").status_code == 200

    assert read_refusal(meshy.call("GET", f"{RETEXTURE}/{shown['id']}")) == NOT_FOUND
    assert read_refusal(meshy.call("DELETE", f"{RETEXTURE}/{shown['id']}")) == NOT_FOUND
    assert meshy.list().json() == []
    assert fetch(shown["model_urls"]["glb"]).status_code == 404
    assert meshy.balance() == 9990


def test_deleting_a_running_task_cancels_it_and_gives_the_credits_back(meshy: MeshyCaller) -> None:
    task = read_id(meshy.create(fault="never_ending"))
    wait_until(lambda: meshy.read(task)["status"] == "IN_PROGRESS")

    assert meshy.call("DELETE", f"{RETEXTURE}/{task}").status_code == 200

    assert read_refusal(meshy.call("GET", f"{RETEXTURE}/{task}")) == NOT_FOUND
    assert meshy.balance() == 10000
    assert [line["event"] for line in meshy.sandbox.ledger(task=task)["lines"]] == ["created", "released"]


def test_what_is_deleted_at_work_leaves_no_files_and_does_not_come_back(meshy: MeshyCaller) -> None:
    task = read_id(meshy.create(fault="takes=0.5"))
    wait_until(lambda: meshy.read(task)["progress"] > 0)

    assert meshy.call("DELETE", f"{RETEXTURE}/{task}").status_code == 200

    # One that was sent later ends later: the first has been at its end by then.
    meshy.finish(fault="takes=1")
    assert [path for path in meshy.sandbox.state_dir.rglob("*") if task in str(path)] == []
    assert [line["event"] for line in meshy.sandbox.ledger(task=task)["lines"]] == ["created", "released"]
    assert meshy.balance() == 9990


def test_what_was_deleted_stays_deleted_over_a_restart(lingering_sandbox: SandboxProcess) -> None:
    with MeshyCaller(lingering_sandbox) as meshy:
        kept, gone = meshy.start(), meshy.start()
        assert meshy.call("DELETE", f"{RETEXTURE}/{gone}").status_code == 200
        lingering_sandbox.kill()
        lingering_sandbox.start()

        assert read_refusal(meshy.call("GET", f"{RETEXTURE}/{gone}")) == NOT_FOUND
        assert meshy.wait(kept)["status"] == "SUCCEEDED"
        assert meshy.balance() == 9990


def test_a_task_that_waits_is_pending_behind_others(lingering_sandbox: SandboxProcess) -> None:
    with MeshyCaller(lingering_sandbox) as meshy:
        tasks = [meshy.start() for _ in range(3)]

        shown = [meshy.read(task) for task in tasks]

        assert [entry["status"] for entry in shown] == ["PENDING"] * 3
        assert [entry["preceding_tasks"] for entry in shown] == [0, 1, 2]
        assert [entry["started_at"] for entry in shown] == [0, 0, 0]


def test_a_task_is_gone_after_three_days(meshy: MeshyCaller) -> None:
    shown = meshy.finish()
    running = read_id(meshy.create(fault="never_ending"))
    try:
        meshy.sandbox.advance_clock(THREE_DAYS_S - 60)
        assert meshy.read(shown["id"])["status"] == "SUCCEEDED"
        meshy.sandbox.advance_clock(120)

        assert read_refusal(meshy.call("GET", f"{RETEXTURE}/{shown['id']}")) == NOT_FOUND
        assert read_refusal(meshy.call("DELETE", f"{RETEXTURE}/{shown['id']}")) == NOT_FOUND
        assert read_refusal(meshy.create(path=REMESH, input_task_id=shown["id"]))[0] == 400
        assert [task["id"] for task in meshy.list().json()] == [running]
    finally:
        meshy.sandbox.advance_clock(-THREE_DAYS_S - 60)


def test_another_accounts_task_is_not_there(meshy: MeshyCaller, meshy_stranger: MeshyCaller) -> None:
    task = meshy.finish()["id"]

    assert read_refusal(meshy_stranger.call("GET", f"{RETEXTURE}/{task}")) == NOT_FOUND
    assert read_refusal(meshy_stranger.call("DELETE", f"{RETEXTURE}/{task}")) == NOT_FOUND
    assert meshy_stranger.list().json() == []
    assert meshy.read(task)["status"] == "SUCCEEDED"


def test_a_task_is_only_readable_under_its_own_family_but_deletable_anywhere(meshy: MeshyCaller) -> None:
    task = meshy.finish()["id"]

    for family in ("/openapi/v1/remesh", "/openapi/v1/image-to-3d", "/openapi/v2/text-to-3d"):
        assert read_refusal(meshy.call("GET", f"{family}/{task}")) == NOT_FOUND
        assert meshy.list(family).json() == []
    assert meshy.call("DELETE", f"/openapi/v1/convert/{task}").status_code == 200
    assert read_refusal(meshy.call("GET", f"{RETEXTURE}/{task}")) == NOT_FOUND


@pytest.mark.parametrize("task", ["0197c1f2-6a0e-7b31-9d55-3f1f0f6b2a10", "nothing", "%00", "..%2f..%2fetc"])
def test_an_unknown_task_is_not_found(meshy: MeshyCaller, task: str) -> None:
    assert read_refusal(meshy.call("GET", f"{RETEXTURE}/{task}"))[0] == 404
    assert read_refusal(meshy.call("DELETE", f"{RETEXTURE}/{task}"))[0] == 404


def test_a_remesh_has_the_same_verbs(meshy: MeshyCaller) -> None:
    shown = meshy.wait(
        meshy.start(path=REMESH, model_url=MODEL, topology="quad", target_formats=["glb", "fbx"]), path=REMESH
    )

    assert (shown["type"], shown["status"]) == ("remesh", "SUCCEEDED")
    assert set(shown["model_urls"]) == {"glb", "fbx"}
    assert [task["id"] for task in meshy.list(REMESH).json()] == [shown["id"]]
    assert meshy.list().json() == []


@pytest.mark.parametrize(
    "body", [{"target_polycount": 99}, {"target_polycount": 300001}, {"topology": "hex"}, {"decimation_mode": 5}]
)
def test_what_a_remesh_refuses(meshy: MeshyCaller, body: dict[str, Any]) -> None:
    assert read_refusal(meshy.create(path=REMESH, **body))[0] == 400
