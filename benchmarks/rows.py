"""Makes and reads an installation's rows for the benchmarks, in a process with its settings (processes.Talker)."""

import hashlib
import io
import secrets
from datetime import UTC, datetime
from typing import Any

import django

django.setup()

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.db.models import Min  # noqa: E402
from django.utils import timezone  # noqa: E402
from django_q.models import OrmQ  # noqa: E402

from benchmarks.stub_tasks import build_glb  # noqa: E402
from benchmarks.talking import talk  # noqa: E402
from jobs import lifecycle, static_files  # noqa: E402
from jobs.management.commands.serve import build_children  # noqa: E402
from jobs.models import Asset, Membership, Project, State, Task, TaskEvent, TaskInput, User  # noqa: E402

OPERATIONS = {"triverse": "triverse.model-remesh", "meshy": "meshy.retexture"}
FIELDS = {"triverse": "model_file", "meshy": "model_url"}
BATCH = 1_000


def make_people(count: int = 1) -> list[list[str]]:
    """Make people with passwords; return (name, password) of each."""
    password = secrets.token_urlsafe(12)
    hashed = User(username="someone")
    hashed.set_password(password)
    names = [f"person{number}" for number in range(count)]
    User.objects.bulk_create(
        User(username=name, email=f"{name}@example.com", password=hashed.password) for name in names
    )
    return [[name, password] for name in names]


def make_sessions() -> list[str]:
    """Sign everybody in; return the cookies. Fifty passwords would take their time to check."""
    keys = []
    for user in User.objects.order_by("pk"):
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.create()
        keys.append(session.session_key)
    return keys


def get_projects(count: int) -> list[Project]:
    """Return projects in which everybody may do everything, each with one model; the first call makes them."""
    if made := list(Project.objects.order_by("pk")):
        return made
    projects = [Project.objects.create(name=f"Project {number}", slug=f"project-{number}") for number in range(count)]
    people = list(User.objects.all())
    Membership.objects.bulk_create(
        Membership(project=project, user=user, role=Membership.Role.OWNER) for project in projects for user in people
    )
    Asset.objects.bulk_create(
        Asset(
            project=project,
            name=f"robot {project.pk}",
            kind=Asset.Kind.MODEL,
            format="glb",
            extension="glb",
            sha256=hashlib.sha256(project.slug.encode()).hexdigest(),
            size_bytes=1_000,
            preview=Asset.Preview.FAILED,
        )
        for project in projects
    )
    return projects


def fill(vendor: str, tasks: list[tuple[str, float, float]], projects: int) -> dict[str, Any]:
    """Make a running task for each of the vendor's (ID, creation, end), at least one; return pages to look at."""
    places = [(project, project.assets.get()) for project in get_projects(projects)]
    person = User.objects.order_by("pk").first()
    now = timezone.now()
    rows = []
    for number, (remote_id, created, _) in enumerate(tasks):
        moment = datetime.fromtimestamp(created, UTC)
        project = places[number % projects][0]
        rows.append(
            Task(
                project=project,
                operation=OPERATIONS[vendor],
                vendor=vendor,
                created_by=person,
                created_at=moment,
                state=State.RUNNING,
                state_at=moment,
                remote_id=remote_id,
                sent_at=moment,
                next_at=now,
            )
        )
    Task.objects.bulk_create(rows, batch_size=BATCH)
    assets = {project.pk: asset for project, asset in places}
    TaskInput.objects.bulk_create(
        (TaskInput(task=row, asset=assets[row.project_id], field=FIELDS[vendor]) for row in rows), batch_size=BATCH
    )
    TaskEvent.objects.bulk_create(
        (
            TaskEvent(task=row, kind=TaskEvent.Kind.STATE, state=state, at=row.created_at)
            for row in rows
            for state in (State.QUEUED, State.SUBMITTING, State.RUNNING)
        ),
        batch_size=BATCH,
    )
    return {"list": f"/p/{places[0][0].slug}/tasks/", "task": f"/tasks/{rows[-1].pk}/"}


def add_model() -> dict[str, Any]:
    """Make a project in which everybody may do everything, with a model whose bytes are here."""
    project = Project.objects.create(name="Project", slug="project")
    Membership.objects.bulk_create(
        Membership(project=project, user=user, role=Membership.Role.OWNER) for user in User.objects.all()
    )
    asset = lifecycle.add_upload(project=project, user=None, file=io.BytesIO(build_glb("none")), name="model.glb")
    return {"slug": project.slug, "model": asset.pk}


def read_remote_ids() -> dict[int, str]:
    """Return the vendor's ID of each task that the vendor has."""
    return dict(Task.objects.exclude(remote_id=None).values_list("pk", "remote_id"))


def take_saved() -> dict[str, float]:
    """Play the workers: take the hints, and say of finished tasks that their files are here.

    Return how many there were, and for how many seconds the longest had been seen to have ended.
    """
    OrmQ.objects.all().delete()
    saving = Task.objects.filter(state=State.SAVING)
    oldest = saving.aggregate(at=Min("state_at"))["at"]
    age_s = (timezone.now() - oldest).total_seconds() if oldest else 0.0
    return {"count": saving.update(state=State.SUCCEEDED), "age_s": age_s}


def read_moments(state: str) -> dict[str, float]:
    """Return when each of the vendor's tasks reached a state with us first."""
    events = TaskEvent.objects.filter(kind=TaskEvent.Kind.STATE, state=state).order_by("-at")
    return {remote_id: at.timestamp() for remote_id, at in events.values_list("task__remote_id", "at")}


def get_web_command(port: int) -> list[str]:
    """Return how `manage.py serve` starts the web server."""
    static_files.collect()
    return list(build_children("127.0.0.1", port, None)[0].command)


if __name__ == "__main__":
    talk(
        {
            "make_people": make_people,
            "make_sessions": make_sessions,
            "fill": fill,
            "add_model": add_model,
            "read_remote_ids": read_remote_ids,
            "take_saved": take_saved,
            "read_moments": read_moments,
            "get_web_command": get_web_command,
        }
    )
