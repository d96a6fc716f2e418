"""What staff can do with tasks: each deed has a page that says what it means, for which tasks, at what price; and why?

What is free stands apart from what charges. The page's own number makes two clicks one (jobs/tending.py).
"""

import secrets
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminTextInputWidget
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse

from jobs import prices, tending
from jobs.admin import searching
from jobs.models import Task
from jobs.tending import Wish
from jobs.vendors import OPERATIONS, VENDOR_LABELS

AT_ONCE = 100
REASON_MAX_LENGTH = 200


@dataclass(frozen=True)
class Deed:
    """`find_obstacle` says why a task is left out; `do` returns whether anything happened."""

    button: str
    meaning: str
    done: str
    find_obstacle: Callable[[Task], str]
    do: Callable[[Task, Wish], Any]
    is_charged: bool = False
    is_end: bool = False
    permissions: tuple[str, ...] = ("jobs.change_task",)

    @property
    def cost(self) -> str:
        return "A new charge for each task." if self.is_charged else "Free: nothing is started and nothing is charged."


DEEDS = {
    "recheck": Deed(
        button="Re-check",
        meaning="Each vendor is asked now how these tasks are.",
        done="asked about",
        find_obstacle=tending.find_recheck_obstacle,
        do=tending.recheck,
    ),
    "fetch-files": Deed(
        button="Fetch files again",
        meaning="Each vendor is asked for these tasks' files once more. What is saved here stays as it is.",
        done="asked for files",
        find_obstacle=tending.find_fetch_obstacle,
        do=tending.fetch_files,
    ),
    "retry": Deed(
        button="Retry",
        meaning="The same requests are started once more as new tasks, for the people who wanted them.",
        done="started again",
        find_obstacle=tending.find_retry_obstacle,
        do=tending.retry,
        is_charged=True,
        permissions=("jobs.change_task", "jobs.add_task"),
    ),
    "cancel": Deed(
        button="Cancel",
        meaning="What was not sent is not sent any more. What runs at a vendor is given up here only: no vendor takes "
        "a task back, so it may go on there and be charged. Re-check follows it again.",
        done="canceled",
        find_obstacle=tending.find_cancel_obstacle,
        do=tending.cancel,
        is_end=True,
    ),
    "mark-failed": Deed(
        button="Mark as failed",
        meaning="These tasks end here, and a worker that is at one lets go. The vendor is not told: it may go on there "
        "and be charged. Re-check follows a task again that has an ID there.",
        done="marked as failed",
        find_obstacle=tending.find_failing_obstacle,
        do=tending.mark_failed,
        is_end=True,
    ),
}


class WhyForm(forms.Form):
    """Why, for the tasks' histories; `nonce` is this page's own."""

    reason = forms.CharField(
        label="Why",
        max_length=REASON_MAX_LENGTH,
        widget=AdminTextInputWidget(attrs={"autofocus": True, "size": 60}),
        help_text="It stands in each task's history, with your name; the project's members read it.",
    )
    nonce = forms.RegexField(regex=r"^[\w-]{8,32}\Z", widget=forms.HiddenInput)


@dataclass(frozen=True)
class Row:
    """A task on the page, why it is left out if it is, and its price where that is asked."""

    task: Task
    obstacle: str
    price: float | None = None
    retried: int | None = None


class Deeds(admin.ModelAdmin):
    """Mixed into the admin of tasks: actions of the list, links of a task's page, and the pages that ask."""

    def get_urls(self) -> list[Any]:
        own = [
            path(f"deeds/{key}/", self.admin_site.admin_view(self._make_view(deed)), name=f"jobs_task_{key}")
            for key, deed in DEEDS.items()
        ]
        return own + super().get_urls()

    def get_actions(self, request: HttpRequest) -> Any:
        found: dict[str, Any] = super().get_actions(request)
        for key, deed in DEEDS.items():
            if request.user.has_perms(deed.permissions):
                words = f"{deed.button} ({'a new charge' if deed.is_charged else 'free'})"
                found[key] = (make_action(key), key, deed.button if deed.is_end else words)
        return found

    def build_links(self, request: HttpRequest, task: Task) -> list[tuple[str, Deed]]:
        """Return the address of each deed that can be done with a task by this person."""
        return [
            (build_address(key, [task.pk]), deed)
            for key, deed in DEEDS.items()
            if request.user.has_perms(deed.permissions) and not deed.find_obstacle(task)
        ]

    def _make_view(self, deed: Deed) -> Callable[[HttpRequest], HttpResponse]:
        def view(request: HttpRequest) -> HttpResponse:
            if not request.user.has_perms(deed.permissions):
                raise PermissionDenied
            is_sent = request.method == "POST"
            pks = read_pks((request.POST if is_sent else request.GET).get("ids", ""))
            tasks = list(get_tasks(pks))
            form = WhyForm(request.POST if is_sent else None, initial={"nonce": secrets.token_urlsafe(12)})
            if tasks and form.is_valid():
                return self._do_all(request, deed, tasks, form)
            return self._ask_first(request, deed, tasks, form)

        return view

    def _ask_first(self, request: HttpRequest, deed: Deed, tasks: list[Task], form: WhyForm) -> HttpResponse:
        rows = build_rows(deed, tasks)
        doable = [row for row in rows if not row.obstacle]
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": deed.button,
            "deed": deed,
            "form": form,
            "rows": rows,
            "ids": ",".join(str(task.pk) for task in tasks),
            "doable": len(doable),
            "totals": sum_up(doable) if deed.is_charged else [],
            "retried": sum(row.retried is not None for row in doable),
            "back": get_back(tasks),
        }
        return TemplateResponse(request, "admin/jobs/task/sure.html", context)

    def _do_all(self, request: HttpRequest, deed: Deed, tasks: list[Task], form: WhyForm) -> HttpResponse:
        wish = Wish(request.user, form.cleaned_data["reason"], nonce=form.cleaned_data["nonce"])  # type: ignore[arg-type]
        done = [task for task in tasks if deed.do(task, wish)]
        for task in done:
            self.log_change(request, task, f"{deed.button}: {wish.reason}")
        if done:
            messages.success(request, f"{count(len(done))} {deed.done}.")
        if left := len(tasks) - len(done):
            messages.warning(request, f"{count(left)} left alone: moved on meanwhile, or done already.")
        return redirect(get_back(tasks))


def make_action(key: str) -> Callable[[Any, HttpRequest, QuerySet[Task]], HttpResponse]:
    def ask(_: Any, request: HttpRequest, queryset: QuerySet[Task]) -> HttpResponse:
        pks = list(queryset.order_by("-pk").values_list("pk", flat=True)[: AT_ONCE + 1])
        if len(pks) > AT_ONCE:
            messages.warning(request, f"At most {AT_ONCE} tasks at a time: these are the newest.")
        return HttpResponseRedirect(build_address(key, pks[:AT_ONCE]))

    return ask


def build_address(key: str, pks: Iterable[int]) -> str:
    return f"{reverse(f'admin:jobs_task_{key}')}?{urlencode({'ids': ','.join(map(str, pks))}, safe=',')}"


def read_pks(text: str) -> list[int]:
    return [int(part) for part in text.split(",")[:AT_ONCE] if searching.is_number(part)]


def get_tasks(pks: list[int]) -> QuerySet[Task]:
    tasks = Task.objects.filter(pk__in=pks).select_related("project", "created_by").order_by("-pk")
    return tasks.defer("request", "answer", "result_text").prefetch_related("task_inputs__asset")


def get_back(tasks: list[Task]) -> str:
    one = len(tasks) == 1
    return reverse("admin:jobs_task_change", args=[tasks[0].pk]) if one else reverse("admin:jobs_task_changelist")


def build_rows(deed: Deed, tasks: list[Task]) -> list[Row]:
    rows = [Row(task, deed.find_obstacle(task)) for task in tasks]
    if not deed.is_charged:
        return rows
    retried = tending.find_retried(tasks)
    known: dict[str, float | None] = {}
    for index, row in enumerate(rows):
        if not row.obstacle:
            price = row.task.charged_credits or row.task.quoted_credits or find_price(row.task, known)
            rows[index] = Row(row.task, "", price=price, retried=retried.get(row.task.pk))
    return rows


def find_price(task: Task, known: dict[str, float | None]) -> float | None:
    """Return what such a task would cost; each set of values is asked about once."""
    key = f"{task.operation} {task.params}"
    if key not in known:
        price = prices.get_price(OPERATIONS[task.operation], task.params)
        known[key] = price.highest or price.credits if price else None
    return known[key]


def sum_up(rows: list[Row]) -> list[str]:
    """Return the total for each vendor: their credits are not the same."""
    totals: dict[str, float] = defaultdict(float)
    unknown: dict[str, int] = defaultdict(int)
    for row in rows:
        totals[row.task.vendor] += row.price or 0
        unknown[row.task.vendor] += row.price is None
    return [
        f"about {totals[vendor]:,.0f} credits at {VENDOR_LABELS.get(vendor, vendor)}"
        + (f", and {count(unknown[vendor])} whose price is not known" if unknown[vendor] else "")
        for vendor in totals
    ]


def count(number: int) -> str:
    return "1 task" if number == 1 else f"{number:,} tasks"
