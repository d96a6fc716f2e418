"""The filters of tasks. None reads the table to list its choices: they come from the catalogue, or are typed."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib import admin
from django.core.cache import cache
from django.db.models import Case, Exists, Model, OuterRef, Q, QuerySet, When
from django.http import HttpRequest
from django.utils import timezone
from django.utils.dateparse import parse_date

from jobs.models import END_STATES, OPEN_STATES, Asset, Project, State, Task, User
from jobs.models.tasks import Group
from jobs.vendors import OPERATIONS, VENDOR_LABELS

NAMED = 50  # projects or people whose names hold what was typed
CODES_OF = 2_000  # the newest tasks, whose error codes are offered
CODES, CODES_KEPT_S = 30, 60
STUCK_MINUTES = {"5": "5 minutes", "15": "15 minutes", "60": "an hour", "240": "4 hours", "1440": "a day"}


class OpenFilter(admin.SimpleListFilter):
    title = "open or ended"
    parameter_name = "open"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [("yes", "Open"), ("attention", "Needs attention"), ("no", "Ended")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        if self.value() == "yes":
            return queryset.filter(state__in=OPEN_STATES)
        if self.value() == "attention":
            return queryset.filter(group=Group.ATTENTION)
        return queryset.filter(state__in=END_STATES) if self.value() == "no" else queryset


class StuckFilter(admin.SimpleListFilter):
    """Open, and in the same state for longer than that."""

    title = "stuck for more than"
    parameter_name = "stuck"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return list(STUCK_MINUTES.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        value = self.value() or ""
        if not value.isascii() or not value.isdigit() or len(value) > 6:
            return queryset
        before = timezone.now() - timedelta(minutes=int(value))
        return queryset.filter(state__in=OPEN_STATES, state_at__lt=before)


class VendorFilter(admin.SimpleListFilter):
    title = "vendor"
    parameter_name = "vendor"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return list(VENDOR_LABELS.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        return queryset.filter(vendor=self.value()) if self.value() else queryset


class EventStateFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [(str(value), str(label)) for value, label in State.choices]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        return queryset.filter(state=self.value()) if self.value() else queryset


class VerdictFilter(admin.SimpleListFilter):
    title = "verdict"
    parameter_name = "verdict"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [("missed", "An output differs"), ("met", "All outputs as asked"), ("none", "Not judged")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Task]) -> QuerySet[Task]:
        outputs = Asset.objects.filter(task=OuterRef("pk"))
        missed = Asset.VerdictState.MISSED
        is_missed = Exists(outputs.filter(verdict_state=missed))
        is_judged = Exists(outputs.exclude(verdict_state=""))
        if self.value() == "missed":
            return queryset.filter(pk__in=Asset.objects.filter(verdict_state=missed).values("task"))
        if self.value() == "met":
            return queryset.filter(is_judged).exclude(is_missed)
        return queryset.exclude(is_judged) if self.value() == "none" else queryset


# --- Filters with a field or a menu instead of a long list of links ---------------------------------------------------


class FormFilter(admin.SimpleListFilter):
    """A small form of its own; it works without a script and keeps what else was filtered."""

    template = "admin/form_filter.html"
    parameter_name = ""
    is_typed = False
    is_day = False

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return []

    def has_output(self) -> bool:
        return True

    def choices(self, changelist: Any) -> Iterator[Any]:
        own = set(self.expected_parameters())
        others = [
            (name, value)
            for name, values in changelist.filter_params.items()
            for value in (values if isinstance(values, list) else [values])
            if name not in own and name != "p"
        ]
        yield {"others": others, "clear": changelist.get_query_string(remove=[*own, "p"])}

    @property
    def menu(self) -> list[tuple[str, Any]]:
        return self.lookup_choices

    @property
    def fields(self) -> list[tuple[str, str, str]]:
        """Name, label and value of each field."""
        return [(self.parameter_name, str(self.title), self.value() or "")]


class OperationFilter(FormFilter):
    title = "operation"
    parameter_name = "operation"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return sorted((key, f"{VENDOR_LABELS[item.vendor]}: {item.label}") for key, item in OPERATIONS.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        return queryset.filter(operation=self.value()) if self.value() else queryset


class ErrorCodeFilter(FormFilter):
    """Offers the codes of the newest tasks; any other can stand in the address."""

    title = "error code"
    parameter_name = "code"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        known: list[str] = cache.get_or_set("admin-error-codes", list_codes, CODES_KEPT_S) or []
        codes = {*known, self.value() or ""} - {""}
        return [(code, code) for code in sorted(codes)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        return queryset.filter(error_code=self.value()) if self.value() else queryset


def list_codes() -> list[str]:
    newest = Task.objects.order_by("-pk").values_list("error_code", flat=True)[:CODES_OF]
    return sorted({code for code in newest if code})[:CODES]


class TypedFilter(FormFilter):
    is_typed = True


class ProjectFilter(TypedFilter):
    """By the address of a project, or by a part of names: thousands of projects are no list to choose from."""

    title = "project"
    parameter_name = "project"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        return queryset.filter(project__in=get_projects(request, text)) if (text := self.value()) else queryset


class PersonFilter(TypedFilter):
    title = "person"
    parameter_name = "person"

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        return queryset.filter(created_by__in=find_people(text)) if (text := self.value()) else queryset


def get_projects(request: HttpRequest, text: str) -> list[int]:
    """Find the projects once for a page, whose filter and search both ask for them."""
    found: dict[str, list[int]] = vars(request).setdefault("found_projects", {})
    if text not in found:
        found[text] = find_projects(text)
    return found[text]


def find_projects(text: str) -> list[int]:
    """Return the project of this address, else those whose names hold the text, at most `NAMED`."""
    rows = Project.objects.filter(Q(slug=text) | Q(name__icontains=text))
    return pick(rows.order_by(exact_first(slug=text)).values_list("pk", "slug")[:NAMED], text)


def find_people(text: str) -> list[int]:
    parts = Q(username__icontains=text) | Q(first_name__icontains=text) | Q(last_name__icontains=text)
    return pick(
        User.objects.filter(parts).order_by(exact_first(username=text)).values_list("pk", "username")[:NAMED], text
    )


def exact_first(**same: str) -> Case:
    return Case(When(**same, then=0), default=1)


def pick(rows: Iterable[tuple[int, str]], text: str) -> list[int]:
    """Return the one row of this very name, which comes first, else all."""
    found = list(rows)
    return [pk for pk, name in found if name == text] or [pk for pk, _ in found]


class DayFilter(FormFilter):
    """From one day to another, both included, in the time zone of the person who looks."""

    title = "created"
    parameter_name = "since"
    until_name = "until"
    is_day = True

    def __init__(self, request: HttpRequest, params: Any, model: Any, model_admin: Any) -> None:
        super().__init__(request, params, model, model_admin)
        if self.until_name in params:
            self.used_parameters[self.until_name] = params.pop(self.until_name)[-1]

    def expected_parameters(self) -> list[str | None]:
        return [self.parameter_name, self.until_name]

    @property
    def fields(self) -> list[tuple[str, str, str]]:
        names = ((self.parameter_name, "From"), (self.until_name, "To"))
        return [(name, label, self.used_parameters.get(name, "")) for name, label in names]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        since = read_day(self.used_parameters.get(self.parameter_name))
        until = read_day(self.used_parameters.get(self.until_name))
        if since:
            queryset = queryset.filter(created_at__gte=begin(since))
        return queryset.filter(created_at__lt=begin(until + timedelta(days=1))) if until else queryset


def read_day(text: Any) -> date | None:
    try:
        day = parse_date(str(text or ""))
    except ValueError:  # it looks like a day, and there is none
        return None
    return day if day and 1970 <= day.year < 9999 else None


def begin(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))
