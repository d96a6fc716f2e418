"""The same task in the words of the vendor's newer pages, of its older ones, and with hardly any output.

After both revisions of the pages "Common Response Structures", "Task Status", "Download Assets", read 2026-11-21.
"""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.integration.sandbox.caller import FLOWS, Caller, fetch, read_data, read_refusal
from tests.sandbox_process import SandboxProcess
from tests.waiting import wait_until

OLD_CREATION = {
    "task_uuid",
    "name",
    "created_at",
    "is_public",
    "task_priority",
    "status",
    "flow_name",
    "input",
    "costCredits",
}
OLD_STATUS = {"taskId", "status", "input", "output"}
IN_EFFECT: dict[str, dict[str, Any]] = {
    "texture-model": {"model_version": "v2", "texture_size": 1024, "polygon_limit": 1_000_000},
    "text-to-texture": {"model_version": "v2", "texture_size": 1024, "polygon_limit": 1_000_000},
    "model-preview-render": {"render_mode": "basic", "enable_rgb_render": True, "enable_white_render": True},
    "model-remesh": {"face_type": "quad", "export_format": "fbx"},
    "convert-model-format": {"source_format": "glb", "target_format": "fbx"},
    "image-generation": {"ai_model": "seedream_4_5", "image_count": 4},
    "prompt-optimize": {"user_input": "a chair"},
}


@pytest.fixture(scope="module")
def finished(running_sandbox: SandboxProcess) -> dict[str, str]:
    """A finished task of each operation, under one key that `reader` uses."""
    with Caller(running_sandbox, key="dialects") as caller:
        created = {flow: caller.create(flow, **caller.build_body(flow, allow_duplicate=True)) for flow in FLOWS}
        return {flow: caller.finish(creation)["task_uuid"] for flow, creation in created.items()}


@pytest.fixture
def reader(sandbox: SandboxProcess, finished: dict[str, str]) -> Any:
    with Caller(sandbox, key="dialects") as caller:
        yield caller


@pytest.mark.parametrize("flow", FLOWS)
def test_an_old_creation_has_its_own_names_and_repeats_the_input(caller: Caller, flow: str) -> None:
    body = caller.build_body(flow)

    created = read_data(caller.create(flow, dialect="old", **body))

    assert set(created) == OLD_CREATION
    assert created["name"] == f"{flow}-{created['task_uuid'][:8]}"
    assert (created["status"], created["is_public"], created["task_priority"]) == ("PENDING", False, 0)
    assert IN_EFFECT[flow].items() <= created["input"].items()
    assert not {"image_file", "model_file"} & set(created["input"])
    assert ("image_url" in created["input"]) == ("image_file" in body)


@pytest.mark.parametrize("flow", FLOWS)
def test_an_old_status_has_no_moments_no_progress_and_no_queue(
    reader: Caller, finished: dict[str, str], flow: str
) -> None:
    status = read_data(reader.call("GET", f"/tasks/{finished[flow]}", dialect="old"))

    assert set(status) == OLD_STATUS
    assert status["taskId"] == finished[flow]
    assert status["status"] == "SUCCESS"
    assert IN_EFFECT[flow].items() <= status["input"].items()
    new = reader.status(finished[flow])["output"]
    assert set(new) <= set(status["output"])


@pytest.mark.parametrize("flow", FLOWS)
def test_a_sparse_output_is_empty_and_the_download_calls_still_help(
    reader: Caller, finished: dict[str, str], flow: str
) -> None:
    status = read_data(reader.call("GET", f"/tasks/{finished[flow]}", dialect="sparse"))

    assert (status["status"], status["output"]) == ("SUCCESS", {})
    url = reader.call("GET", f"/tasks/url/{finished[flow]}", dialect="sparse")
    if flow == "prompt-optimize":
        assert read_refusal(url) == (404, 4042)
    else:
        assert fetch(read_data(url)["download_url"]).status_code == 200


@pytest.mark.parametrize(("dialect", "name"), [("new", "fbx"), ("old", "glb"), ("sparse", "fbx")])
def test_the_older_download_says_glb_whatever_it_is(
    reader: Caller, finished: dict[str, str], dialect: str, name: str
) -> None:
    task = finished["model-remesh"]

    download = reader.call("GET", f"/tasks/download/{task}", dialect=dialect)

    assert download.headers["content-disposition"] == f'attachment; filename="{task}.{name}"'
    assert download.content.startswith(b"Kaydara")


def test_the_older_address_has_no_asset_id(reader: Caller, finished: dict[str, str]) -> None:
    old, new = (
        read_data(reader.call("GET", f"/tasks/url/{finished['texture-model']}", dialect=dialect))
        for dialect in ("old", "new")
    )

    assert set(new) - set(old) == {"asset_id"}
    assert set(old) == {"download_url", "preview_url", "kind"}


def test_an_old_task_is_never_queued_and_tells_its_stages(caller: Caller) -> None:
    body = caller.build_body("texture-model")
    task = read_data(caller.create("texture-model", fault="never_ending", dialect="old", **body))["task_uuid"]

    def read() -> dict[str, Any]:
        return read_data(caller.call("GET", f"/tasks/{task}", dialect="old"))

    wait_until(lambda: read()["status"] == "RUNNING")
    assert read()["output"] == {"geometry_job_status": "COMPLETED", "texture_job_status": "IN_PROGRESS"}


def test_an_old_waiting_task_is_pending(caller: Caller) -> None:
    busy = [caller.remesh(fault="takes=2") for _ in range(5)]

    task = read_data(busy[-1])["task_uuid"]

    assert caller.status(task)["status"] == "QUEUED"
    assert read_data(caller.call("GET", f"/tasks/{task}", dialect="old"))["status"] == "PENDING"


def test_the_same_order_is_answered_again_in_the_older_words(caller: Caller) -> None:
    body = caller.build_body("image-generation", client_order_id="order")

    new, old = (read_data(caller.create("image-generation", dialect=dialect, **body)) for dialect in ("new", "old"))

    assert set(old) == OLD_CREATION
    assert (old["task_uuid"], old["costCredits"]) == (new["task_uuid"], new["cost_credits"])


@pytest.mark.parametrize(("dialect", "taken"), [("new", 1_500_000), ("sparse", 1_500_000), ("old", 10_000_000)])
def test_the_older_pages_allow_more_polygons(caller: Caller, dialect: str, taken: int) -> None:
    statuses = [
        caller.create(
            "texture-model", dialect=dialect, **caller.build_body("texture-model", polygon_limit=limit)
        ).status_code
        for limit in (999, 1000, taken, taken + 1)
    ]

    assert statuses == [400, 200, 200, 400]


@pytest.mark.parametrize("dialect", ["new", "old", "sparse"])
def test_a_refusal_is_the_same_in_every_dialect(caller: Caller, dialect: str) -> None:
    assert read_refusal(caller.create("model-remesh", dialect=dialect)) == (400, 1004)
    assert read_refusal(caller.call("GET", "/tasks/none", dialect=dialect)) == (404, 1006)


def test_an_unknown_dialect_is_refused(caller: Caller) -> None:
    assert read_refusal(caller.call("GET", "/users/me", dialect="klingon")) == (400, 1004)


@pytest.fixture
def switched(sandbox: SandboxProcess) -> Any:
    """Settings of the shared sandbox that the test changes are put back."""
    yield sandbox
    sandbox.change_settings(dialect="new", duplicates="conflict")


def test_a_dialect_can_be_chosen_for_all_requests(switched: SandboxProcess, caller: Caller) -> None:
    switched.change_settings(dialect="old")

    assert set(read_data(caller.create("prompt-optimize", user_input="a chair"))) == OLD_CREATION
    assert "cost_credits" in read_data(caller.create("prompt-optimize", dialect="new", user_input="a table"))


def test_a_duplicate_can_be_answered_with_the_earlier_task(switched: SandboxProcess, caller: Caller) -> None:
    body = caller.build_body("image-generation")
    first = read_data(caller.create("image-generation", **body))
    switched.change_settings(duplicates="earlier")

    assert read_data(caller.create("image-generation", **body)) == first
    other = caller.create("image-generation", allow_duplicate=True, **body)
    assert read_data(other)["task_uuid"] != first["task_uuid"]
    caller.sandbox.advance_clock(11)
    later = caller.create("image-generation", **body)
    assert read_data(later)["task_uuid"] not in {first["task_uuid"], read_data(other)["task_uuid"]}


def test_an_unknown_setting_is_refused(sandbox: SandboxProcess) -> None:
    with pytest.raises(AssertionError, match="dialect must be one of new, old, sparse"):
        sandbox.change_settings(dialect="klingon")


def test_ids_can_count_up_also_over_a_restart(tmp_path: Path) -> None:
    counting = SandboxProcess(tmp_path / "state", ids="sequence", dialect="old").start()
    try:
        with Caller(counting) as caller:
            tasks = [read_data(caller.create("prompt-optimize", user_input=f"chair {n}")) for n in range(2)]
            counting.restart()
            tasks.append(read_data(caller.create("prompt-optimize", user_input="chair 2")))
    finally:
        counting.stop()

    numbers = [int(task["task_uuid"].rpartition("-")[2], 16) for task in tasks]
    assert numbers == [1, 2, 3]
    assert all(re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", task["task_uuid"]) for task in tasks)
    assert set(tasks[0]) == OLD_CREATION
