"""What the search field of the admin finds: numbers and IDs by their indexes, words by the index of words.

Words are looked for in one project where the list is filtered by it, else in those that were used last: nothing here
reads a table from one end to the other.
"""

from django.db.models import Q, QuerySet

from jobs import search
from jobs.models import Asset, Project, Task, TaskInput
from jobs.vendors import VENDOR_LABELS

PROJECTS_OF = 5_000  # the newest tasks or files, whose projects are looked into
PROJECTS = 200
FOUND = 1_000
LONGEST_NUMBER = 18
SHA256_LENGTH = 64


def find_tasks(text: str, *, projects: list[int] | None) -> list[int]:
    """Return the tasks of this number, vendor ID or idempotency key, and those whose words, or files' words, match."""
    text = text.strip()
    exact = Q(order_id=text) | Q(vendor__in=list(VENDOR_LABELS), remote_id=text)
    if is_number(text):
        return list(Task.objects.filter(exact | Q(pk=int(text))).values_list("pk", flat=True)[:FOUND])
    named = Task.objects.order_by().filter(exact).values_list("pk")
    if projects is None:
        projects = list_projects(Task.objects.all())
    tasks = find_by_words(Task.objects.order_by(), "task", text, projects)
    assets = find_by_words(Asset.objects.order_by(), "asset", text, projects)
    given = TaskInput.objects.filter(asset__in=assets.values("pk")).values_list("task_id")
    made = assets.filter(task__isnull=False).values_list("task_id")
    return [pk for (pk,) in named.union(tasks.values_list("pk"), made, given)[:FOUND]]


def find_assets(text: str) -> list[int]:
    """Return the files of this number or SHA-256, else those whose words match."""
    text = text.strip()
    rows: QuerySet[Asset] = Asset.objects.order_by()
    if is_number(text):
        rows = rows.filter(pk=int(text))
    elif len(text) == SHA256_LENGTH:
        rows = rows.filter(sha256=text.lower())
    else:
        rows = find_by_words(rows, "asset", text, list_projects(Asset.objects.all()))
    return list(rows.values_list("pk", flat=True)[:FOUND])


def find_by_words(rows: QuerySet, thing: search.Thing, text: str, projects: list[int]) -> QuerySet:
    found = search.find(thing, projects, text)
    return search.narrow(rows, thing, found) if found else rows.none()


def list_projects(rows: QuerySet) -> list[int]:
    """Return the projects that the newest rows belong to."""
    newest = rows.order_by("-pk").values("project")[:PROJECTS_OF]
    return list(Project.objects.filter(pk__in=newest).values_list("pk", flat=True)[:PROJECTS])


def is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER
