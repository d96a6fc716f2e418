"""Meshy's event streams (Retexture: Stream, and what its own command line tool records, read 2026-11-21)."""

import time

import psutil
import pytest
import requests

from tests.integration.sandbox.meshy_caller import RETEXTURE, MeshyCaller, read_events, read_id
from tests.sandbox_process import SandboxProcess
from tests.waiting import wait_until

SHORT = {"id", "progress", "status"}


def start_endless(meshy: MeshyCaller) -> str:
    """Start a task that stays half done, and wait until it is."""
    task = read_id(meshy.create(fault="never_ending"))
    wait_until(lambda: meshy.read(task)["progress"] == 50)
    return task


def test_a_stream_tells_the_way_and_then_the_whole_task(lingering_sandbox: SandboxProcess) -> None:
    with MeshyCaller(lingering_sandbox) as meshy:
        task = meshy.start()

        with meshy.stream(task) as stream:
            events = list(read_events(stream))

        assert stream.status_code == 200
        assert stream.headers["content-type"].startswith("text/event-stream")
        assert {name for name, _ in events} == {"message"}
        *way, end = [data for _, data in events]
        assert all(set(data) == SHORT for data in way)
        assert [data["status"] for data in way] == sorted((data["status"] for data in way), reverse=True)
        assert way[0] == {"id": task, "progress": 0, "status": "PENDING"}
        progress = [data["progress"] for data in way]
        assert progress == sorted(progress)
        assert max(progress) < 100
        assert end.keys() == meshy.read(task).keys()
        assert end["status"] == "SUCCEEDED"


def test_a_stream_of_a_finished_task_has_one_message_and_closes(meshy_of_any_age: MeshyCaller) -> None:
    task = meshy_of_any_age.finish()["id"]

    with meshy_of_any_age.stream(task) as stream:
        ((name, data),) = read_events(stream)

    assert (name, data["status"], data["id"]) == ("message", "SUCCEEDED", task)
    assert "expires_at" in data


def test_a_failure_ends_a_stream_with_its_reason(meshy: MeshyCaller) -> None:
    task = read_id(meshy.create(fault="task_error_timeout"))

    with meshy.stream(task) as stream:
        *_, (_, data) = read_events(stream)

    assert (data["status"], data["task_error"]["type"]) == ("FAILED", "timeout")


def test_an_unchanged_state_is_sent_again_as_keep_alive_and_costs_next_to_nothing(meshy: MeshyCaller) -> None:
    task = start_endless(meshy)
    streams = [meshy.stream(task) for _ in range(20)]
    followed = [read_events(stream) for stream in streams]
    states = [next(events) for events in followed]
    assert meshy.sandbox.process is not None
    server = psutil.Process(meshy.sandbox.process.pid)

    began, used_s = time.monotonic(), sum(server.cpu_times()[:2])
    states += [next(events) for _ in range(2) for events in followed]
    took_s, used_s = time.monotonic() - began, sum(server.cpu_times()[:2]) - used_s

    assert len({str(state) for state in states}) == 1
    # `--speed fast` repeats after a second, the vendor after ten.
    assert 1.5 < took_s < 10
    assert used_s < 0.5
    for stream in streams:
        stream.close()


def test_deleting_a_running_task_ends_its_streams(meshy: MeshyCaller) -> None:
    task = start_endless(meshy)

    with meshy.stream(task) as stream:
        events = read_events(stream)
        next(events)
        meshy.call("DELETE", f"{RETEXTURE}/{task}")
        *_, (_, data) = events

    assert data["status"] == "CANCELED"


@pytest.mark.parametrize("task", ["0197c1f2-6a0e-7b31-9d55-3f1f0f6b2a10", "nothing"])
def test_an_unknown_id_is_an_error_event(meshy: MeshyCaller, task: str) -> None:
    with meshy.stream(task) as stream:
        assert stream.status_code == 200
        assert list(read_events(stream)) == [("error", {"status_code": 404, "message": "Task not found"})]


def test_another_familys_and_another_accounts_task_are_unknown(meshy: MeshyCaller, meshy_stranger: MeshyCaller) -> None:
    task = meshy.finish()["id"]
    streams = [
        meshy_stranger.stream(task),
        meshy.stream(task, path="/openapi/v1/remesh"),
        meshy.stream(task, path="/openapi/v2/text-to-3d"),
    ]

    for stream in streams:
        assert [(name, data["status_code"]) for name, data in read_events(stream)] == [("error", 404)]
        stream.close()


def test_an_unknown_id_can_be_a_plain_404(meshy: MeshyCaller) -> None:
    answer = meshy.stream("nothing", fault="stream_plain_404")

    assert (answer.status_code, answer.json()) == (404, {"message": "Task not found"})


def test_a_stream_can_be_cut_in_its_middle(meshy: MeshyCaller) -> None:
    task = start_endless(meshy)

    with meshy.stream(task, fault="stream_cut") as stream:
        events = read_events(stream)
        assert next(events)[1]["status"] == "IN_PROGRESS"
        with pytest.raises(requests.RequestException):
            next(events)


def test_a_stream_can_be_silent(meshy: MeshyCaller) -> None:
    task = start_endless(meshy)
    url = f"{meshy.sandbox.base_url}{RETEXTURE}/{task}/stream"

    with meshy.session.get(url, headers={"X-Sandbox-Fault": "stream_silent"}, stream=True, timeout=0.3) as stream:
        assert stream.status_code == 200
        with pytest.raises(requests.ConnectionError):
            next(stream.iter_content(1))


def test_a_stream_can_send_an_error_event(meshy: MeshyCaller) -> None:
    with meshy.stream(start_endless(meshy), fault="stream_error") as stream:
        assert [(name, data["status_code"]) for name, data in read_events(stream)] == [("error", 500)]


def test_stream_faults_can_be_kept_with_the_task(meshy: MeshyCaller) -> None:
    task = read_id(meshy.create(fault="stream_error"))
    meshy.wait(task)

    first, second = [list(read_events(meshy.stream(task))) for _ in range(2)]

    assert [name for name, _ in first] == ["error"]
    assert [data["status"] for _, data in second] == ["SUCCEEDED"]


def test_a_stop_of_the_sandbox_closes_its_streams_in_good_order(lingering_sandbox: SandboxProcess) -> None:
    with MeshyCaller(lingering_sandbox) as meshy, meshy.stream(read_id(meshy.create(fault="never_ending"))) as stream:
        events = read_events(stream)
        assert next(events)[1]["status"] == "PENDING"

        assert lingering_sandbox.stop() == 0

        assert {data["status"] for _, data in events} <= {"PENDING", "IN_PROGRESS"}
    assert "Traceback" not in lingering_sandbox.read_log()
