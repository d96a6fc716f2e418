"""One sandbox for the tests of the background work; each test is an account of its own."""

import uuid
from collections.abc import Callable, Iterator

import pytest
from pytest_django import Settings

from tests.integration.jobs.fake_vendor import FakeVendor, Handler
from tests.sandbox_process import SandboxProcess


@pytest.fixture(scope="session")
def running_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    sandbox = SandboxProcess(tmp_path_factory.mktemp("jobs-sandbox") / "state").start()
    yield sandbox
    sandbox.stop()


@pytest.fixture
def api_key() -> str:
    return f"secret-{uuid.uuid4().hex}"


@pytest.fixture
def content_storage(settings: Settings) -> None:
    """Store files as the product does."""
    settings.STORAGES = {**settings.STORAGES, "default": {"BACKEND": "jobs.files.ContentStorage"}}


@pytest.fixture
def sandbox(
    running_sandbox: SandboxProcess, settings: Settings, api_key: str, content_storage: None
) -> Iterator[SandboxProcess]:
    settings.TRIVERSE_API_KEY = api_key
    settings.TRIVERSE_BASE_URL = running_sandbox.triverse_url
    yield running_sandbox
    running_sandbox.clear_faults()


@pytest.fixture
def meshy(
    running_sandbox: SandboxProcess, settings: Settings, api_key: str, content_storage: None
) -> Iterator[SandboxProcess]:
    """An account at Meshy, as the profile `current` has it; a create that nobody saw is settled at once."""
    settings.MESHY_API_KEY = api_key
    settings.MESHY_BASE_URL = running_sandbox.base_url
    settings.CREATE_QUIET_S = 0.0
    yield running_sandbox
    running_sandbox.clear_faults()
    running_sandbox.change_settings(profile="current")


@pytest.fixture
def start() -> Iterator[Callable[[Handler], FakeVendor]]:
    """A server that answers as a test wants."""
    vendors: list[FakeVendor] = []

    def start(handler: Handler) -> FakeVendor:
        vendors.append(FakeVendor(handler))
        return vendors[-1]

    yield start
    for vendor in vendors:
        vendor.stop()
