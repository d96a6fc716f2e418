"""What the search field of the admin finds: numbers and IDs by their indexes, words by the index of words.

Words are looked for in one project where the list is filtered by it, else in those that were used last: nothing here
reads a table from one end to the other.
"""

from django.db.models import Q, QuerySet

from jobs import search
from jobs.admin.filters import find_projects
from jobs.models import Asset, Project, Task, TaskInput
from jobs.vendors import VENDOR_LABELS

PROJECTS_OF = 5_000  # the newest tasks, whose projects are looked into
PROJECTS = 200
FOUND = 1_000
ASSETS = 300
LONGEST_NUMBER = 18


def find_tasks(text: str, *, project: str | None) -> QuerySet[Task]:
    """Return the tasks of this number, vendor ID or idempotency key, else those whose words, or files' words, match."""
    text = text.strip()
    exact = Q(order_id=text) | Q(vendor__in=list(VENDOR_LABELS), remote_id=text)
    if is_number(text):
        exact |= Q(pk=int(text))
    pks = set(Task.objects.filter(exact).values_list("pk", flat=True)[:FOUND])
    if not pks and not is_number(text):
        pks = _find_by_words(text, list_projects(project))
    return Task.objects.filter(pk__in=pks)


def _find_by_words(text: str, projects: list[int]) -> set[int]:
    tasks = find_by_words(Task.objects.all(), "task", text, projects)
    assets = list(find_by_words(Asset.objects.all(), "asset", text, projects).values_list("pk", flat=True)[:ASSETS])
    made = Asset.objects.filter(pk__in=assets, task__isnull=False).values_list("task_id", flat=True)
    given = TaskInput.objects.filter(asset__in=assets).values_list("task_id", flat=True)
    return {*tasks.values_list("pk", flat=True)[:FOUND], *made, *given[:FOUND]}


def find_assets(text: str) -> QuerySet[Asset]:
    """Return the files of this number or SHA-256, else those whose words match."""
    text = text.strip()
    if is_number(text):
        return Asset.objects.filter(pk=int(text))
    if len(text) == 64:
        return Asset.objects.filter(sha256=text.lower())
    found = find_by_words(Asset.objects.all(), "asset", text, list_projects(None))
    return Asset.objects.filter(pk__in=list(found.values_list("pk", flat=True)[:FOUND]))


def find_by_words(rows: QuerySet, thing: search.Thing, text: str, projects: list[int]) -> QuerySet:
    found = search.find(thing, projects, text)
    return search.narrow(rows, thing, found) if found else rows.none()


def list_projects(project: str | None) -> list[int]:
    """Return the projects that are meant, else those of the newest tasks and files."""
    if project:
        return find_projects(project)
    newest = Task.objects.order_by("-pk").values_list("project_id", flat=True)[:PROJECTS_OF]
    used = list(dict.fromkeys(newest))[:PROJECTS]
    if len(used) < PROJECTS:
        others = Project.objects.exclude(pk__in=used).order_by("-pk").values_list("pk", flat=True)
        used += list(others[: PROJECTS - len(used)])
    return used


def is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER
