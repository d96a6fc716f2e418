"""The team's account at a vendor: a real one at a sandbox, one that nobody reaches, a task that is done there."""

import uuid
from collections.abc import Iterator

import pytest
from django.test import Client
from pytest_django import Settings

from jobs.models import Project, State, Task, User
from tests.conftest import sign_in
from tests.factories import AssetFactory, TaskFactory
from tests.integration.remote.pages import NOBODY_LISTENS, RETEXTURE
from tests.integration.sandbox.meshy_caller import MeshyCaller
from tests.sandbox_process import SandboxProcess


@pytest.fixture(scope="module")
def running_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    sandbox = SandboxProcess(tmp_path_factory.mktemp("pages-sandbox") / "state").start()
    yield sandbox
    sandbox.stop()


@pytest.fixture
def meshy(running_sandbox: SandboxProcess, settings: Settings) -> Iterator[MeshyCaller]:
    """The team's account, as somebody uses it without Patina."""
    settings.MESHY_API_KEY = f"msy_{uuid.uuid4().hex}"
    settings.MESHY_BASE_URL = running_sandbox.base_url
    with MeshyCaller(running_sandbox, key=settings.MESHY_API_KEY) as caller:
        yield caller
    running_sandbox.clear_faults()


@pytest.fixture
def offline(settings: Settings) -> None:
    """A vendor that nobody reaches."""
    settings.MESHY_API_KEY = "msy_secret-key"
    settings.MESHY_BASE_URL = NOBODY_LISTENS


@pytest.fixture
def client(editor: User) -> Client:
    return sign_in(editor)


@pytest.fixture
def done(project: Project) -> Task:
    task = TaskFactory(project=project, operation=RETEXTURE, state=State.SUCCEEDED, remote_id="018f-remote-abc123")
    AssetFactory(project=project, task=task)
    return task
