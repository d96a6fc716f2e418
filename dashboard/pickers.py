"""What a person can pick from in the form of a new task: files and earlier tasks of the project."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q

from dashboard.paging import list_first
from dashboard.uses import refuse_file
from jobs.fields import AssetField, AssetListField, TaskField
from jobs.models import Asset, Project, State, Task
from jobs.operations import OperationForm

PICKER_LIMIT = 200
"""So many files of a project a picker shows, the newest first; an older one is reached from its own page."""
TASK_LIMIT = 24
"""So many earlier tasks; another one is reached by its vendor's ID."""
TASKS_LOOKED_THROUGH = 1_000
MAX_DIGITS = 18
"""More digits than this are no row's number."""


@dataclass(frozen=True)
class AssetChoice:
    """One file of the project in a picker; `refusal` says why it cannot be taken."""

    asset: Asset
    checked: bool
    refusal: str = ""


@dataclass(frozen=True)
class TaskChoice:
    """One earlier task in a picker, with a picture of what it made."""

    task: Task
    checked: bool
    poster: Asset | None
    about: str


@dataclass
class Pickable:
    """What the project has for a form: files and tasks by the name of the field that may take them."""

    assets: dict[str, list[Asset]] = field(default_factory=dict)
    tasks: dict[str, list[Task]] = field(default_factory=dict)


def get_pickable(form: OperationForm, project: Project) -> Pickable:
    """Return the project's newest files and tasks for each field that asks for some, and the chosen files."""
    found = Pickable()
    by_kinds: dict[frozenset[str], list[Asset]] = {}
    for name, item in form.operation.file_fields.items():
        if item.kinds not in by_kinds:
            by_kinds[item.kinds] = list_newest(project, item.kinds)
        assets = by_kinds[item.kinds]
        files = Asset.objects.kept().filter(project=project, kind__in=item.kinds)
        missing = set(read_numbers(form[name].value())) - {asset.pk for asset in assets}
        found.assets[name] = [*assets, *files.filter(pk__in=missing)] if missing else assets
    for name, task_item in form.operation.fields.items():
        if isinstance(task_item, TaskField):
            found.tasks[name] = list_usable_tasks(project, task_item)
    return found


def list_newest(project: Project, kinds: Iterable[str]) -> list[Asset]:
    """Return the project's newest files of these kinds, read by the index of each kind: one may have few, or none."""
    kept = Asset.objects.kept().filter(project=project).order_by("-pk")
    newest = list_first(**{kind: kept.filter(kind=kind)[:PICKER_LIMIT] for kind in kinds})
    pks = sorted((pk for listed in newest.values() for pk in listed), reverse=True)[:PICKER_LIMIT]
    return list(Asset.objects.filter(pk__in=pks).order_by("-pk"))


def list_usable_tasks(project: Project, item: TaskField) -> list[Task]:
    """Return those of the project's newest tasks that the vendor still has and takes, newest first."""
    newest = project.tasks.order_by("-created_at", "-pk").values("pk")[:TASKS_LOOKED_THROUGH]
    tasks = Task.objects.filter(is_usable(item.vendor), pk__in=newest).exclude(operation__in=item.refused)
    return list(tasks.prefetch_related("outputs", "inputs")[:TASK_LIMIT])


def is_usable(vendor: str) -> Q:
    """Return the condition for a task that the vendor can build on."""
    return Q(vendor=vendor, state=State.SUCCEEDED, remote_id__isnull=False, deleted_at_vendor_at__isnull=True)


def build_asset_choices(item: AssetField | AssetListField, assets: Sequence[Asset], *, value: Any) -> list[AssetChoice]:
    """Return a choice for each file; those of a list that were chosen come first, in their order."""
    chosen = read_numbers(value)
    choices = [
        AssetChoice(asset=asset, checked=asset.pk in chosen, refusal=refuse_file(item, asset)) for asset in assets
    ]
    if isinstance(item, AssetListField):
        choices.sort(key=lambda choice: chosen.index(choice.asset.pk) if choice.checked else len(chosen))
    return choices


def build_task_choices(tasks: Sequence[Task], *, value: Any) -> list[TaskChoice]:
    """Return a choice for each task; `value` is its number or its vendor's ID."""
    return [
        TaskChoice(
            task=task,
            checked=bool(value) and str(value) in {str(task.pk), task.remote_id},
            poster=find_poster(task),
            about=build_task_about(task) or f"Task {task.pk}",
        )
        for task in tasks
    ]


def find_poster(task: Task) -> Asset | None:
    """Return a file with a picture: a model that the task made, else another result, else what it was given."""
    made = sorted(task.outputs.all(), key=lambda asset: asset.kind != Asset.Kind.MODEL)
    files = [*made, *task.inputs.all()]
    return next((asset for asset in files if asset.poster_sha256 and asset.trashed_at is None), None)


def build_task_about(task: Task) -> str:
    """Return what tells the task from others: the file and the words that it was given."""
    given = next(iter(task.inputs.all()), None)
    words = next((value for value in task.params.values() if isinstance(value, str) and " " in value), "")
    return " · ".join(text for text in (given.name if given else "", words) if text)


def read_numbers(value: Any) -> list[int]:
    """Return the rows' numbers in what was typed, linked or ticked; what is no number is left out."""
    parts = value if isinstance(value, list | tuple) else str(value or "").split(",")
    numbers = [read_number(str(part).strip()) for part in parts]
    return [number for number in numbers if number is not None]


def read_number(text: str) -> int | None:
    """Return a row's number that was typed or linked, None where it is none."""
    return int(text) if text.isdecimal() and len(text) < MAX_DIGITS else None
