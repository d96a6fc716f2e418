"""People in their roles, and a project that they meet in."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from jobs.models import Membership, Project, User
from tests.factories import MembershipFactory, ProjectFactory, UserFactory

LONGEST_FIRST = (
    *("test_every_page", "test_trip", "test_trip_texturing", "test_engine_remesh", "test_dashboard_task_form"),
    *("test_jobs_victims", "test_torture", "test_on_postgresql", "test_dashboard_gallery", "test_jobs_serve"),
    *("test_dashboard_viewer", "test_engine_texture_text", "test_main_flow", "test_jobs_kill", "test_dashboard_ways"),
    *("test_dashboard_compare", "test_dashboard_rules", "test_jobs_races", "test_jobs_commands_running"),
    *("test_sandbox_engine", "test_sandbox_meshy_engine", "test_dashboard_comments", "test_dashboard_sharing"),
    *("test_engine_convert", "test_engine_render", "test_dashboard_look", "test_dashboard_improving"),
)
"""Files. Begun last, one of them would keep a test process at work for a minute while the other has nothing to do."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: rank_file(item.path.stem))  # what is equal stays in the order of this run's dice


def rank_file(name: str) -> int:
    return LONGEST_FIRST.index(name) if name in LONGEST_FIRST else len(LONGEST_FIRST)


@pytest.fixture(autouse=True)
def own_files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Give each test a folder of its own for stored files."""
    from django.test import override_settings

    with override_settings(MEDIA_ROOT=tmp_path_factory.mktemp("files")):
        yield


@pytest.fixture(autouse=True)
def vendors_unseen() -> None:
    """Let no test know what vendors answered in another one."""
    from jobs import circuit

    circuit.forget()


@pytest.fixture
def project(db: None) -> Project:
    return ProjectFactory(name="Robots", slug="robots")


def make_member(project: Project, role: str) -> User:
    return MembershipFactory(project=project, role=role, user__username=role).user


@pytest.fixture
def owner(project: Project) -> User:
    return make_member(project, Membership.Role.OWNER)


@pytest.fixture
def editor(project: Project) -> User:
    return make_member(project, Membership.Role.EDITOR)


@pytest.fixture
def reviewer(project: Project) -> User:
    return make_member(project, Membership.Role.REVIEWER)


@pytest.fixture
def viewer(project: Project) -> User:
    return make_member(project, Membership.Role.VIEWER)


@pytest.fixture
def stranger(db: None) -> User:
    """Somebody with an account who is in no project."""
    return UserFactory(username="stranger")


@pytest.fixture
def staff(db: None) -> User:
    return UserFactory(username="staff", is_staff=True, is_superuser=True)


def sign_in(user: User) -> Client:
    """Return a test client in which `user` is signed in."""
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture(scope="session", autouse=True)
def strict_columns() -> Iterator[None]:
    """Refuse what PostgreSQL refuses and SQLite stores: texts that are too long, or that hold a NUL."""
    from django.db.models import CharField, Field, JSONField

    build = Field.get_db_prep_save

    def build_strictly(field: Any, value: Any, *arguments: Any, **named: Any) -> Any:
        prepared = build(field, value, *arguments, **named)
        if isinstance(prepared, str):
            nul = "\\u0000" if isinstance(field, JSONField) else "\0"
            assert nul not in prepared, f"{field} would hold a NUL: {prepared!r}"
            limit = field.max_length if isinstance(field, CharField) else None
            assert limit is None or len(prepared) <= limit, f"{field} would hold {len(prepared)} signs: {prepared!r}"
        return prepared

    Field.get_db_prep_save = build_strictly
    yield
    Field.get_db_prep_save = build
