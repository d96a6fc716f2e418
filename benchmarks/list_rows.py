"""The rows that fill one page of each list, and the addresses of the lists: `python -m benchmarks.list_rows`.

An installation with a hundred files and one with a hundred thousand get the same newest rows, so that the first page
of each list shows the same in both and costs may be compared. Its data are those of PATINA_DATA_DIR and DATABASE_URL.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from django.utils import timezone

if TYPE_CHECKING:
    from django.db.models import Model

    from jobs.models import Asset, Project, Task, User

Row = TypeVar("Row", bound="Model")
PROJECTS = 100  # as many as search looks into
ROWS = 60  # more than one page of most lists shows
FILES = 210  # more than the form of a task shows
SIZE = 50_000_000  # they are the largest
VENDOR = "triverse"
MARK = "shelf"
"""The filling projects' addresses begin so, and a project with this tag has been filled."""


def fill_installation(owner: User) -> None:
    """Give the person enough projects, each with a file and a task, and the installation enough people; once."""
    from jobs.models import Asset, Membership, Project, Tag, Task, User

    if Project.objects.filter(slug=f"{MARK}-1").exists():
        return
    model, task = _get_models()[0], Task.objects.order_by("pk")[0]
    people = [User(username=f"{MARK}-{number:03}", first_name="Some", last_name="Body") for number in range(ROWS)]
    User.objects.bulk_create(people)
    missing = PROJECTS - Project.objects.count()
    # Before all others by its name, as home sorts them.
    projects = [Project(name=f"A shelf {number:03}", slug=f"{MARK}-{number}") for number in range(1, missing + 1)]
    Project.objects.bulk_create(projects)
    Membership.objects.bulk_create(
        Membership(project=item, user=owner, role=Membership.Role.OWNER) for item in projects
    )
    Asset.objects.bulk_create(_copy(model, project=item, root=None, parent=None, task=None) for item in projects)
    Tag.objects.bulk_create(Tag(project=projects[0], name=f"shelf {number:03}") for number in range(ROWS))
    moment = timezone.now() - timedelta(minutes=5)
    Task.objects.bulk_create(_copy_task(task, owner, item, moment) for item in projects)


def fill_project(project: Project, owner: User) -> None:
    """Give the project enough of everything that has a list of its own; once."""
    from jobs import search
    from jobs.models import Asset, Star, Tag

    tag, is_new = Tag.objects.get_or_create(project=project, name=MARK)
    if not is_new:
        return
    now = timezone.now()
    tasks = _fill_tasks(project, owner, now)
    files = _fill_files(project, owner, now, tasks)
    Asset.tags.through.objects.bulk_create(Asset.tags.through(asset=item, tag=tag) for item in files)
    Star.objects.bulk_create(Star(user=owner, asset=item) for item in files)
    _fill_people(project, owner, now)
    _fill_talk(files, owner)
    _fill_links(project, owner, files[-ROWS:])
    search.index_assets([item.pk for item in files])
    search.index_tasks([item.pk for item in tasks])


def _fill_tasks(project: Project, owner: User, now: datetime) -> list[Task]:
    """Make tasks that are done, and as many that need attention."""
    from jobs.models import State, Task, TaskEvent

    done = Task.objects.filter(project=project, state=State.SUCCEEDED, vendor=VENDOR).order_by("pk")[0]
    error = {"state": State.FAILED, "error_what": "The vendor refused it.", "error_charged": "no"}
    made = [_copy_task(done, owner, project, now) for _ in range(ROWS)]
    made += [_copy_task(done, owner, project, now, **error) for _ in range(ROWS)]
    Task.objects.bulk_create(made)
    TaskEvent.objects.bulk_create(
        TaskEvent(task=task, at=now, kind=TaskEvent.Kind.STATE, state=task.state) for task in reversed(made)
    )
    return made


def _fill_files(project: Project, owner: User, now: datetime, tasks: list[Task]) -> list[Asset]:
    """Make versions of one model: the last are what the tasks made; and as many in the trash."""
    from jobs.models import Asset, TaskInput

    model = _get_models().filter(project=project)[0]
    marks = {"picked_at": now, "picked_by": owner, "review": Asset.Review.APPROVED, "size_bytes": SIZE}
    own = marks | {"created_by": owner, "task": None, "parent": None, "root": None}
    first = _copy(model, name="robot 000", **own)
    first.save()
    own |= {"parent": first, "root": first}
    files = [_copy(model, name=f"robot {place:03}", **own) for place in range(1, FILES)]
    for file, task in zip(files[-ROWS:], tasks, strict=False):
        file.task = task
    gone = [_copy(model, name=f"broken {place:03}", trashed_at=now, **own) for place in range(ROWS)]
    Asset.objects.bulk_create([*gone, *files])
    TaskInput.objects.bulk_create(TaskInput(task=task, asset=first, field="model_file") for task in tasks)
    return [first, *files]


def _fill_people(project: Project, owner: User, now: datetime) -> None:
    from jobs.models import Invitation, Membership, User

    role = Membership.Role.VIEWER
    people = User.objects.filter(username__startswith=f"{MARK}-")
    Membership.objects.bulk_create(Membership(project=project, user=person, role=role) for person in people)
    Invitation.objects.bulk_create(
        Invitation(project=project, for_whom=f"guest {place:03}", created_by=owner, expires_at=now + timedelta(days=7))
        for place in range(ROWS)
    )


def _get_models() -> Any:
    from jobs.models import Asset

    return Asset.objects.kept().filter(kind=Asset.Kind.MODEL).exclude(poster_sha256="").order_by("pk")


def _copy(row: Row, **columns: Any) -> Row:
    other = copy.copy(row)
    other._state = copy.copy(row._state)
    other._state.adding, other._state.fields_cache = True, {}
    other.pk = None
    for name, value in columns.items():
        setattr(other, name, value)
    return other


def _copy_task(task: Task, owner: User, project: Project, moment: Any, **columns: Any) -> Task:
    from jobs.models.tasks import make_order_id

    key = make_order_id()
    own = {"remote_id": f"{MARK}-{key}", "order_id": key, "created_by": owner, "project": project}
    return _copy(task, **own, created_at=moment, state_at=moment, **columns)


def _fill_talk(files: list[Asset], owner: User) -> None:
    from jobs.models import Comment

    talked_of = [*files, *[files[0]] * FILES]
    text = "The seam on the back shows."
    Comment.objects.bulk_create(Comment(asset=item, author=owner, text=text) for item in talked_of)


def _fill_links(project: Project, owner: User, files: Iterable[Asset]) -> None:
    from jobs import sharing
    from jobs.models import ShareLink

    for item in files:
        sharing.create_link(project=project, user=owner, scope=ShareLink.Scope.ASSETS, assets=[item], options={})
    sharing.create_link(project=project, user=owner, scope=ShareLink.Scope.GALLERY, assets=[], options={})


def list_places(project: Project) -> dict[str, Any]:
    """Return what the addresses of lists name: the project, a file of it, one of its links."""
    from jobs import sharing
    from jobs.models import ShareLink

    link = project.share_links.filter(scope=ShareLink.Scope.GALLERY).order_by("-pk")[0]
    file = project.assets.filter(tags__name=MARK, name="robot 000")[0]
    person = file.created_by.username if file.created_by else ""
    return {"project": project.slug, "asset": file.pk, "guest": sharing.make_token(link), "person": person}


def main() -> None:
    import django

    django.setup()
    from jobs.models import Project, User

    owner = User.objects.filter(is_superuser=True).order_by("pk")[0]
    fill_installation(owner)
    fill_project(Project.objects.get(slug="demo-1"), owner)


if __name__ == "__main__":
    main()
