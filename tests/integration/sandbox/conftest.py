"""One sandbox for all contract tests; each test is an account of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.sandbox.caller import Caller
from tests.integration.sandbox.meshy_caller import MeshyCaller
from tests.sandbox_process import SandboxProcess


@pytest.fixture(scope="session")
def running_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    sandbox = SandboxProcess(tmp_path_factory.mktemp("sandbox") / "state").start()
    yield sandbox
    assert sandbox.stop() == 0


@pytest.fixture
def sandbox(running_sandbox: SandboxProcess) -> Iterator[SandboxProcess]:
    yield running_sandbox
    running_sandbox.clear_faults()


@pytest.fixture
def caller(sandbox: SandboxProcess) -> Iterator[Caller]:
    with Caller(sandbox) as caller:
        yield caller


@pytest.fixture
def stranger_caller(sandbox: SandboxProcess) -> Iterator[Caller]:
    """Another account at the same vendor."""
    with Caller(sandbox) as caller:
        yield caller


@pytest.fixture(scope="module")
def limited_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    sandbox = SandboxProcess(tmp_path_factory.mktemp("limited") / "state", limits=True).start()
    yield sandbox
    sandbox.stop()


@pytest.fixture
def lingering_sandbox(tmp_path: Path) -> Iterator[SandboxProcess]:
    """Tasks rest in the queue for a moment, so that something is open when it is killed."""
    sandbox = SandboxProcess(tmp_path / "state", speed="real").start()
    yield sandbox
    sandbox.stop()


@pytest.fixture
def meshy(sandbox: SandboxProcess) -> Iterator[MeshyCaller]:
    """An account at Meshy as its pages are today."""
    with MeshyCaller(sandbox) as caller:
        yield caller


@pytest.fixture
def meshy_seed(sandbox: SandboxProcess) -> Iterator[MeshyCaller]:
    """An account at Meshy as its pages were in autumn 2025."""
    with MeshyCaller(sandbox, profile="seed") as caller:
        yield caller


@pytest.fixture(params=["current", "seed"])
def meshy_of_any_age(sandbox: SandboxProcess, request: pytest.FixtureRequest) -> Iterator[MeshyCaller]:
    with MeshyCaller(sandbox, profile=request.param) as caller:
        yield caller


@pytest.fixture
def meshy_stranger(sandbox: SandboxProcess) -> Iterator[MeshyCaller]:
    with MeshyCaller(sandbox) as caller:
        yield caller
