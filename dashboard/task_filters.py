"""The filters of a list of tasks: they stand in the address, and each shows as a chip that takes it away again."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import django_filters
from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils import timezone

from jobs import search
from jobs.models import Membership, Project, State, Task, User
from jobs.vendors import OPERATIONS, VENDOR_LABELS

TEXT_MAX_LENGTH = 100
PLACE = ("before", "after")  # what says which page of the list it is (dashboard/paging.py)
DAYS = [MinValueValidator(date(1900, 1, 1)), MaxValueValidator(date(2999, 12, 31))]
"""At the ends of the calendar a day has no next one, or none in another zone."""
Choices = list[tuple[str, str]]


@dataclass(frozen=True)
class Chip:
    """One filter that is set, and the address's query without it."""

    label: str
    query: str


class DayInput(forms.DateInput):
    input_type = "date"


def list_operations() -> Choices:
    return [(key, f"{VENDOR_LABELS[item.vendor]}: {item.label}") for key, item in OPERATIONS.items()]


def list_people(project: Project) -> Choices:
    members = User.objects.filter(memberships__project=project).order_by("username")
    return [(user.username, str(user)) for user in members.only("username", "first_name", "last_name")]


def list_projects(memberships: Iterable[Membership]) -> Choices:
    return sorted(
        ((item.project.slug, item.project.name) for item in memberships), key=lambda choice: choice[1].lower()
    )


class TaskFilter(django_filters.FilterSet):
    """What the address asks for. A value that cannot be read filters nothing."""

    q = django_filters.CharFilter(label="Words", method="filter_words", max_length=TEXT_MAX_LENGTH)
    state = django_filters.ChoiceFilter(label="State", choices=State.choices, empty_label="Any state")
    vendor = django_filters.ChoiceFilter(label="Vendor", choices=list(VENDOR_LABELS.items()), empty_label="Any vendor")
    operation = django_filters.ChoiceFilter(label="Operation", choices=list_operations, empty_label="Any operation")
    project = django_filters.ChoiceFilter(label="Project", field_name="project__slug", empty_label="Any project")
    person = django_filters.ChoiceFilter(label="Person", field_name="created_by__username", empty_label="Anybody")
    since = django_filters.DateFilter(label="From", method="filter_since", widget=DayInput, validators=DAYS)
    until = django_filters.DateFilter(label="Up to", method="filter_until", widget=DayInput, validators=DAYS)

    class Meta:
        model = Task
        fields: list[str] = []

    def __init__(
        self,
        data: QueryDict,
        queryset: QuerySet[Task],
        *,
        project_pks: list[int],
        editable: set[int],
        projects: Choices | None = None,
        people: Choices | None = None,
    ) -> None:
        super().__init__(data, queryset)
        self.project_pks = project_pks
        self.editable = editable
        self.found: search.Found | None = None
        self._choose_from("project", projects)
        self._choose_from("person", people)
        self.form.label_suffix = ""
        for name, item in self.form.fields.items():
            is_select = isinstance(item.widget, forms.Select)
            item.widget.attrs |= {"class": "form-select" if is_select else "form-control", "id": f"filter-{name}"}

    def _choose_from(self, name: str, choices: Choices | None) -> None:
        if choices is None:
            del self.filters[name]
        else:
            self.filters[name].extra["choices"] = choices

    def filter_words(self, tasks: QuerySet[Task], name: str, value: str) -> QuerySet[Task]:
        self.found = search.find("task", self.project_pks, value)
        return search.narrow(tasks, "task", self.found) if self.found else tasks

    def filter_since(self, tasks: QuerySet[Task], name: str, value: date) -> QuerySet[Task]:
        return tasks.filter(created_at__gte=start_of(value))

    def filter_until(self, tasks: QuerySet[Task], name: str, value: date) -> QuerySet[Task]:
        return tasks.filter(created_at__lt=start_of(value + timedelta(days=1)))

    @property
    def values(self) -> dict[str, Any]:
        """Return what is set, by name, in the order of the fields."""
        cleaned = self.form.cleaned_data if self.form.is_valid() or self.form.errors else {}
        return {name: cleaned[name] for name in self.filters if cleaned.get(name) not in (None, "")}

    def list_chips(self) -> list[Chip]:
        return [
            Chip(self._describe(name, value), build_query(self.data, without=name))
            for name, value in self.values.items()
        ]

    def _describe(self, name: str, value: Any) -> str:
        if name == "q":
            return f"“{value}”"
        if isinstance(value, date):
            return f"{self.filters[name].label} {value:%-d %b %Y}"
        return dict(self.form.fields[name].choices)[value]


def start_of(day: date) -> datetime:
    """Return when the day begins where the viewer is."""
    return timezone.make_aware(datetime.combine(day, time.min))


def build_query(query: QueryDict, *, without: str | Collection[str] = (), **values: str) -> str:
    """Return the address's query with these values, from the first page on; a lone question mark clears all."""
    kept = query.copy()
    left_out = (without,) if isinstance(without, str) else without
    for name in (*PLACE, "seen", *left_out):
        kept.pop(name, None)
    for name, value in values.items():
        kept.pop(name, None)
        if value:
            kept[name] = value
    for name in [name for name in kept if not kept[name]]:
        del kept[name]
    return f"?{kept.urlencode()}" if kept else "?"
