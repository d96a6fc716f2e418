"""What the gallery shows: which tasks and files, in which order, with its filters and their counts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce
from django.http import QueryDict
from django.utils import timezone

from dashboard.facets import FORMATS, KIND_LABELS, REVIEWS, SORTS, Filters, Known
from dashboard.finding import PARTS, Counts, Listing
from dashboard.paging import COUNTED, Page
from dashboard.uses import list_kind_uses, list_starters
from jobs.models import (
    RUNNING_STATES,
    WENT_WRONG,
    Asset,
    Comment,
    Group,
    Project,
    Star,
    Task,
    TaskInput,
    User,
)
from jobs.operations import Operation
from jobs.vendors import OPERATIONS, VENDOR_LABELS

# A task that went wrong keeps its place this long, so that nobody wonders where it went.
SHOW_FAILED_FOR = timedelta(days=1)
TASK_CARDS = 24
SMALL = 8  # a gallery with fewer files invites to drop more
MENU_ROWS = 60
ANGLES = 8
ANGLE_ROWS = 400
RUNNING = RUNNING_STATES
EAGER = 8  # posters of the first rows are fetched at once


@dataclass(frozen=True)
class Chip:
    """One choice, as a link: its address keeps all other choices."""

    label: str
    query: str
    current: bool = False
    count: str = ""


@dataclass(frozen=True)
class Menu:
    """The choices of one filter."""

    title: str
    chips: list[Chip]


@dataclass(frozen=True)
class Angle:
    """One render of a model, which its tile shows while the pointer moves over it."""

    label: str
    pk: int
    poster_sha256: str


def build_gallery(project: Project, user: User, query: QueryDict) -> dict[str, Any]:
    """Return the gallery's context for the filters in the address."""
    filters = Filters.read(query)
    listing = Listing(project, user, filters)
    counts = listing.count()
    left_out = find_left_out(counts, filters)
    page = listing.get_page(
        after=query.get("after", ""), before=query.get("before", ""), leave_out=left_out, prepare=with_marks(user)
    )
    show_angles(page.rows)
    tasks, more_tasks = list_tasks(project, filters.kind) if is_top(filters, page) else ([], False)
    total = sum(count for kind, count in counts.by_kind.items() if shows(kind, filters, left_out))
    return {
        "project": project,
        "filters": filters,
        "chips": build_kind_chips(counts, filters, left_out),
        "menus": build_menus(listing.known, filters),
        "sorts": [Chip(label, filters.build_query(sort=key), key == filters.sort) for key, label in SORTS.items()],
        "set_chips": build_set_chips(filters),
        "bar_chips": build_set_chips(filters, but="kind"),  # the kinds have chips of their own
        "page": page,
        "page_query": filters.build_query(),
        "total": write_count(total, is_capped=counts.is_capped),
        "is_sample": listing.has_own_order and bool(filters.list_set()) and counts.is_capped,
        "tasks": tasks,
        "has_more_tasks": more_tasks,
        "steps": list_kind_uses(Asset.Kind.MODEL),
        "starters": list_starters(),
        "eager": EAGER,
        "is_small": not filters.list_set() and page.is_whole and total < SMALL,
        "is_empty": not tasks and not page.rows,
        "is_filtered": bool(filters.list_set()),
        "running": sum(task.state in RUNNING for task in tasks),
        "is_waiting": any(task.is_open for task in tasks) or any(is_preview_due(asset) for asset in page.rows),
    }


def is_top(filters: Filters, page: Page[Asset]) -> bool:
    """Tell whether tasks have their place here: on the first page of what is newest, under no filter but a kind."""
    return not page.before and not filters.sort and not filters.list_set().keys() - {"kind"}


def find_left_out(counts: Counts, filters: Filters) -> frozenset[str]:
    """Return the kinds that the overview leaves out: the parts of models, where there is anything else."""
    others = any(count for kind, count in counts.by_kind.items() if kind not in PARTS)
    return PARTS if others and not filters.kind else frozenset()


def shows(kind: str, filters: Filters, left_out: frozenset[str]) -> bool:
    return kind == filters.kind if filters.kind else kind not in left_out


def write_count(count: int, *, is_capped: bool = False) -> str:
    """Write a count that may have stopped counting: 950, 1,000+."""
    if count > COUNTED:
        return f"{COUNTED:,}+"
    return f"{count:,}{'+' if is_capped else ''}"


def is_preview_due(asset: Asset) -> bool:
    return asset.preview == Asset.Preview.WAITING


# --- Files ---------------------------------------------------------------------------------------------------------


def with_marks(user: User) -> Any:
    """Return what adds to rows the person's star and the number of comments, and leaves out what no tile shows."""
    comments = Comment.objects.kept().filter(asset=OuterRef("pk")).order_by().values("asset").annotate(n=Count("pk"))
    marks = {
        "is_starred": Exists(Star.objects.filter(asset=OuterRef("pk"), user=user)),
        "comment_count": Coalesce(Subquery(comments.values("n")), 0),
    }

    def prepare(rows: QuerySet[Asset]) -> QuerySet[Asset]:
        return rows.annotate(**marks).defer("verdict")

    return prepare


def show_angles(assets: Iterable[Asset]) -> None:
    """Give each model the renders that its tile shows, one an angle, the newest ones."""
    models: dict[int, Any] = {asset.pk: asset for asset in assets if asset.kind == Asset.Kind.MODEL}
    for asset in models.values():
        asset.angles = {}
    renders = Asset.objects.kept().filter(parent__in=models, kind=Asset.Kind.RENDER).exclude(poster_sha256="")
    columns = ("parent", "label", "pk", "poster_sha256")
    rows = renders.order_by("parent", "-pk").values_list(*columns)[:ANGLE_ROWS] if models else []
    for parent, label, pk, poster in rows:
        angles = models[parent].angles
        if label not in angles and len(angles) < ANGLES:
            angles[label] = Angle(label, pk, poster)


# --- Tasks in the place of their files -------------------------------------------------------------------------------


def list_tasks(project: Project, kind: str) -> tuple[list[Task], bool]:
    """Return the tasks that have a card of their own, and whether more have: on their way, or gone wrong lately.

    A task that gives back words has none: nothing of it comes into the gallery.
    """
    kinds = {kind} if kind else set(Asset.Kind.values)
    keys = [key for key, operation in OPERATIONS.items() if has_output(operation, kinds)]
    newest = project.tasks.order_by("-created_at", "-pk")
    groups = [newest.filter(group=group)[: TASK_CARDS + 1] for group in (Group.RUNNING, Group.ATTENTION)]
    recent = timezone.now() - SHOW_FAILED_FOR
    tasks = with_sources(Task.objects.filter(pk__in=any_of(groups), operation__in=keys))
    tasks = tasks.order_by("-created_at", "-pk")
    shown = [task for task in tasks if task.state not in WENT_WRONG or task.state_at > recent]
    return shown[:TASK_CARDS], len(shown) > TASK_CARDS


def any_of(lists: Iterable[QuerySet[Any]]) -> RawSQL:
    """Return the numbers of the rows of sliced lists, for one condition; Django itself unites no slices on SQLite."""
    parts = [rows.values("pk").query.sql_with_params() for rows in lists]
    statement = " UNION ALL ".join(f"SELECT found.* FROM ({sql}) AS found" for sql, _ in parts)  # noqa: S608
    return RawSQL(statement, [value for _, values in parts for value in values])  # noqa: S611 (Django wrote it)


def has_output(operation: Operation, kinds: set[str]) -> bool:
    return any(output.role in kinds for output in operation.outputs)


def with_sources(tasks: QuerySet[Task]) -> QuerySet[Task]:
    """Add to each task the name of the first file that went in, and the first of them that has a picture."""
    inputs = TaskInput.objects.filter(task=OuterRef("pk")).order_by("pk")
    pictured = inputs.exclude(asset__poster_sha256="")
    return (
        tasks.select_related("created_by")
        .defer("request", "answer", "result_text")
        .annotate(
            source_name=Subquery(inputs.values("asset__name")[:1]),
            cover_pk=Subquery(pictured.values("asset")[:1]),
            cover_sha256=Subquery(pictured.values("asset__poster_sha256")[:1]),
        )
    )


# --- Filters as links -----------------------------------------------------------------------------------------------


def build_kind_chips(counts: Counts, filters: Filters, left_out: frozenset[str]) -> list[Chip]:
    """Return the kinds with their counts; the first one says All only where it leaves nothing out."""
    hidden = PARTS if any(counts.by_kind[kind] for kind in counts.by_kind if kind not in PARTS) else frozenset()
    shown = sum(count for kind, count in counts.by_kind.items() if kind not in hidden)
    whole = "Overview" if any(counts.by_kind[kind] for kind in hidden) else "All"
    chips = [
        Chip(whole, filters.build_query(kind=""), not filters.kind, write_count(shown, is_capped=counts.is_capped))
    ]
    for kind, label in KIND_LABELS.items():
        count = counts.by_kind[kind]
        if count or kind == filters.kind:
            text = write_count(count, is_capped=counts.is_capped)
            chips.append(Chip(label, filters.build_query(kind=kind), kind == filters.kind, text))
    return chips


def build_menus(known: Known, filters: Filters) -> list[Menu]:
    """Return what else the gallery can be filtered by."""
    marks = [build_chip(filters, "star", "1", "Starred by me"), build_chip(filters, "pick", "1", "Picks of the team")]
    choices = {
        "tag": {name: name for name in list(known.tags.values())[:MENU_ROWS]},
        "review": REVIEWS,
        "person": {name: name for name in list(known.people.values())[:MENU_ROWS]},
        "vendor": VENDOR_LABELS,
        "format": {name: label_format(name) for name in FORMATS},
    }
    titles = {"tag": "Tag", "review": "Review", "person": "Added by", "vendor": "Made at", "format": "Format"}
    menus = [
        Menu(titles[name], [build_chip(filters, name, value, label) for value, label in values.items()])
        for name, values in choices.items()
        if values
    ]
    return [Menu("Marks", marks), *menus]


def build_chip(filters: Filters, name: str, value: str, label: str) -> Chip:
    """Return a choice that is taken back by choosing it again."""
    current = getattr(filters, name).casefold() == value.casefold()
    return Chip(label, filters.build_query(**{name: "" if current else value}), current)


def label_format(value: str) -> str:
    return {"gltf": "glTF", "webp": "WebP"}.get(value, value.upper())


def build_set_chips(filters: Filters, *, but: str = "") -> list[Chip]:
    """Return the filters that are set, each with the address that takes it away."""
    wishes = {key: value for key, value in filters.list_set().items() if key != but}
    return [Chip(name_filter(key, value), filters.build_query(**{key: ""})) for key, value in wishes.items()]


def name_filter(key: str, value: str) -> str:
    """Say a filter in words: Picks, #hero, FBX, “rusty robot”."""
    words = {
        "star": "Starred",
        "pick": "Picks",
        "tag": f"#{value}",
        "review": REVIEWS.get(value, value),
        "person": f"by {value}",
        "vendor": VENDOR_LABELS.get(value, value),
        "format": label_format(value),
        "kind": KIND_LABELS.get(Asset.Kind(value), value) if key == "kind" else "",
        "q": f"“{value}”",
    }
    return words[key]
