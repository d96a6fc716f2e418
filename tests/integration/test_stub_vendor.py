"""The benchmarks' stub vendor answers in the shapes that our clients read, so that what is measured is the product."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.processes import StubProcess
from jobs.files import check_model, detect
from jobs.vendors import OPERATIONS
from jobs.vendors.base import RATE_LIMITED, Connection, SentRequest, Vendor, VendorError
from jobs.vendors.meshy import Meshy
from jobs.vendors.triverse import Triverse
from tests.waiting import wait_until


@pytest.fixture(scope="module")
def stub() -> Iterator[StubProcess]:
    with StubProcess(latency_s=0.0) as process:
        yield process


@pytest.fixture
def triverse(stub: StubProcess) -> Iterator[Triverse]:
    stub.reset()
    with Triverse(Connection(f"{stub.base_url}/api/v1", "stub", True)) as client:
        yield client


@pytest.fixture
def meshy(stub: StubProcess) -> Iterator[Meshy]:
    stub.reset()
    with Meshy(Connection(stub.base_url, "stub", True)) as client:
        yield client


def check_result(client: Vendor, remote_id: str, operation: str, folder: Path) -> bytes:
    files = client.fetch_results(client.poll(remote_id), OPERATIONS[operation])
    assert [file.role for file in files] == ["model"]
    target = folder / "result.glb"
    client.download(files[0].url, target, limit_bytes=100_000, keep_on=lambda: True)
    check_model(target, detect(target))
    return target.read_bytes()


def test_a_triverse_task_is_created_once_runs_and_gives_a_model(
    stub: StubProcess, triverse: Triverse, tmp_path: Path
) -> None:
    stub.change(durations=[0.3, 0.3])
    request = SentRequest("POST", "/tasks/model-remesh", {"model_file": "key", "client_order_id": "one"})

    first, again = triverse.submit(request), triverse.submit(request)
    running = triverse.poll(first.remote_id)
    wait_until(lambda: triverse.poll(first.remote_id).state == "done")

    assert first.remote_id == again.remote_id
    assert first.state == "waiting"
    assert running.state == "running"
    assert running.progress_percent is not None
    assert first.remote_id.encode() in check_result(triverse, first.remote_id, "triverse.model-remesh", tmp_path)
    assert stub.take_counters()["triverse create"] == 2


def test_a_meshy_task_is_listed_streamed_and_gives_a_model(stub: StubProcess, meshy: Meshy, tmp_path: Path) -> None:
    stub.load("meshy", 60, seed=3)
    stub.change(durations=[0.3, 0.3])

    created = meshy.submit(SentRequest("POST", "/openapi/v1/retexture", {"text_style_prompt": "moss"}))
    pages = [meshy.fetch_page(page, page_size=50) for page in (1, 2, 3)]
    streamed = list(meshy.follow(created.remote_id, idle_s=5.0, on_open=lambda _: None))

    assert [len(page) for page in pages] == [50, 11, 0]
    assert pages[0][0].status.remote_id == created.remote_id
    assert pages[0][0].prompt == "moss"
    assert len({item.status.remote_id for page in pages for item in page}) == 61
    assert streamed[-1].state == "done"
    assert created.remote_id.encode() in check_result(meshy, created.remote_id, "meshy.retexture", tmp_path)


@pytest.mark.parametrize("vendor", ["triverse", "meshy"])
def test_what_is_in_flight_ends_at_the_moments_that_are_told(stub: StubProcess, vendor: str) -> None:
    stub.reset()

    loaded = stub.load(vendor, 200, seed=5)

    now = time.time()
    assert len(loaded) == 200
    assert loaded == sorted(loaded, key=lambda task: task[1])
    assert all(created <= now < ends + 1.0 and 10.0 <= ends - created <= 600.0 for _, created, ends in loaded)
    assert stub.get_ends() == {remote_id: ends for remote_id, _, ends in loaded}


def test_more_requests_than_the_rate_are_refused_in_the_vendors_words(stub: StubProcess, meshy: Meshy) -> None:
    stub.change(rate=3)
    try:
        for _ in range(3):
            meshy.fetch_balance()

        with pytest.raises(VendorError) as refused:
            meshy.fetch_balance()
    finally:
        stub.change(rate=0)

    assert refused.value.code == RATE_LIMITED
    assert stub.take_counters()["meshy too fast"] == 1
