"""The admin of tasks: found, looked at with their history, tended by the deeds of deeds.py. It writes no state."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.admin.views.main import ERROR_FLAG
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from jobs import files
from jobs.admin import export, filters, queue_rows, searching
from jobs.admin.deeds import Deeds
from jobs.admin.rows import (
    NOTHING,
    LongList,
    ReadOnly,
    column,
    show_duration,
    show_json,
    show_link,
    show_number,
    show_poster,
    show_time,
    show_verdict,
)
from jobs.models import Asset, Task, TaskEvent, TaskInput
from jobs.vendors import OPERATIONS, VENDOR_LABELS

FAT = ("params", "request", "answer", "result_text")
EXPORTED_AT_ONCE = 500
POSTERS = "posters"


def get_waited(task: Task, now: datetime) -> timedelta:
    """Return how long it waited here before it was sent."""
    return (task.sent_at or (now if task.is_open else task.state_at)) - task.created_at


def get_ran(task: Task, now: datetime) -> timedelta | None:
    """Return how long it is, or was, on its way from the create to its end."""
    return (now if task.is_open else task.state_at) - task.sent_at if task.sent_at else None


def show_state(task: Task) -> SafeString:
    progress = f" {task.progress_percent}%" if task.is_open and task.progress_percent is not None else ""
    return format_html('<span class="p-state p-state-{}">{}{}</span>', task.state, task.get_state_display(), progress)


def show_operation(task: Task) -> str:
    spec = OPERATIONS.get(task.operation)
    return spec.label if spec else task.operation


def show_credits(task: Task) -> str:
    return f"{show_number(task.quoted_credits)} / {show_number(task.charged_credits)}"


def show_line(text: str) -> SafeString:
    return format_html('<span class="p-line">{}</span>', text)


def show_code(text: str | None) -> SafeString | str:
    return format_html('<code class="p-code">{}</code>', text) if text else NOTHING


def show_filter(name: str, value: str, text: object) -> SafeString:
    return format_html('<a href="?{}">{}</a>', urlencode({name: value}), text)


def show_person(task: Task) -> SafeString | str:
    person = task.created_by
    return show_filter("person", person.username, person) if person else NOTHING


def show_first_poster(task: Task) -> SafeString:
    posters = getattr(task, POSTERS, [])
    return show_poster(posters[0].pk, posters[0].poster_sha256) if posters else show_poster(None, "")


class EventInline(ReadOnly, admin.TabularInline):
    template = "admin/jobs/rows.html"
    model = TaskEvent
    verbose_name_plural = "timeline"
    fields = ("shown_at", "kind", "state", "text", "shown_data", "actor")
    readonly_fields = fields
    extra = 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[TaskEvent]:
        return super().get_queryset(request).select_related("actor")

    shown_at = column("at", lambda event: show_time(event.at, seconds=True))
    shown_data = column("answer", lambda event: show_json(event.data))


class InputInline(ReadOnly, admin.TabularInline):
    template = "admin/jobs/rows.html"
    model = TaskInput
    verbose_name_plural = "files given"
    fields = ["poster", "field", "file"]
    readonly_fields = ["poster", "file"]
    extra = 0

    def get_queryset(self, request: HttpRequest) -> QuerySet[TaskInput]:
        return super().get_queryset(request).select_related("asset")

    poster = column("picture", lambda item: show_poster(item.asset_id, item.asset.poster_sha256))
    file = column("file", lambda item: show_link("asset_change", item.asset_id, item.asset))


class OutputInline(ReadOnly, admin.TabularInline):
    template = "admin/jobs/rows.html"
    model = Asset
    verbose_name_plural = "outputs"
    fk_name = "task"
    fields = ["poster", "file", "kind", "format", "shown_size", "preview", "verdict_state", "shown_verdict"]
    readonly_fields = ["poster", "file", "shown_size", "shown_verdict"]
    extra = 0

    poster = column("picture", lambda asset: show_poster(asset.pk, asset.poster_sha256))
    file = column("file", lambda asset: show_link("asset_change", asset.pk, asset))
    shown_size = column("size", lambda asset: files.write_size(asset.size_bytes))
    shown_verdict = column("asked and got", lambda asset: show_verdict(asset.verdict))


@admin.register(Task)
class TaskAdmin(ReadOnly, Deeds, LongList):
    """The rows as they are; every column is read-only, and what staff do goes through jobs/tending.py."""

    poster = column("picture", show_first_poster)
    shown_state = column("state", show_state)
    shown_operation = column("operation", show_operation)
    shown_vendor = column("vendor", lambda task: VENDOR_LABELS.get(task.vendor, task.vendor))
    shown_project = column("project", lambda task: show_filter("project", task.project.slug, task.project))
    shown_person = column("person", show_person)
    created = column("created", lambda task: show_time(task.created_at))
    waited = column("waited", lambda task: show_line(show_duration(get_waited(task, timezone.now()))))
    ran = column("ran", lambda task: show_line(show_duration(get_ran(task, timezone.now()))))
    credits = column("quoted / charged", show_credits)
    tries = column("attempts", lambda task: task.attempts)
    vendor_id = column("vendor ID", lambda task: show_code(task.remote_id))
    number = column("task", lambda task: task.pk)
    list_display = [
        "number",
        "poster",
        "shown_state",
        "shown_operation",
        "shown_vendor",
        "shown_project",
        "shown_person",
        "created",
        "waited",
        "ran",
        "credits",
        "tries",
        "error_code",
        "vendor_id",
    ]
    list_filter = [
        filters.OpenFilter,
        filters.StuckFilter,
        "state",
        filters.VendorFilter,
        filters.OperationFilter,
        filters.ProjectFilter,
        filters.PersonFilter,
        filters.DayFilter,
        filters.ErrorCodeFilter,
        filters.VerdictFilter,
    ]
    list_select_related = ["project", "created_by"]
    search_fields = ["pk"]  # what is searched is get_search_results
    search_help_text = (
        "A task's number, vendor ID or idempotency key; or words of its prompt, its files and its people, in the "
        f"project that the list is filtered by, else in the {searching.PROJECTS} that were used last."
    )
    inlines = [EventInline, OutputInline, InputInline]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("shown_state", "created", "waited", "ran"),
                    ("shown_operation", "shown_vendor", "remote_id"),
                    ("project", "created_by", "credits"),
                    "note",
                    "error_what",
                    ("error_charged", "error_code", "error_now"),
                    "shown_params",
                ]
            },
        ),
        (
            "What was sent and answered",
            {
                "classes": ["collapse"],
                "fields": ["order_id", "shown_request", "vendor_word", "shown_answer", "result_text"],
            },
        ),
        (
            "Who holds it",
            {
                "classes": ["collapse"],
                "fields": [
                    ("state_at", "sent_at", "next_at", "hinted_at"),
                    ("attempts", "token", "owner", "lease_until"),
                    ("channel", "queue_position", "wait_s", "is_imported"),
                    ("deleted_at_vendor_at", "dismissed_at", "dismissed_by", "pair_key"),
                    "queue_rows",
                ],
            },
        ),
    ]
    readonly_fields = [
        *("shown_state", "created", "waited", "ran", "shown_operation", "shown_vendor", "credits", "order_id"),
        *("queue_rows", "shown_params", "shown_request", "shown_answer"),
    ]
    actions = ["export_csv"]
    change_form_template = "admin/jobs/task/change_form.html"
    change_list_template = "admin/jobs/task/change_list.html"

    shown_params = column("parameters", lambda task: show_json(task.params))
    shown_request = column("request", lambda task: show_json(task.request))
    shown_answer = column("last answer", lambda task: show_json(task.answer))

    @admin.display(description="queue rows")
    def queue_rows(self, task: Task) -> SafeString | str:
        lines = ((address, words) for address, words in queue_rows.find_rows(task.pk))
        return format_html_join(mark_safe("<br>"), '<a href="{}">{}</a>', lines) or "none waits, none failed"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Task]:
        rows = super().get_queryset(request)
        match = request.resolver_match
        if match is None or match.url_name != "jobs_task_changelist":
            return rows
        shown = Asset.objects.exclude(poster_sha256="").order_by("pk").only("pk", "task_id", "poster_sha256")
        return rows.defer(*FAT).prefetch_related(Prefetch("outputs", queryset=shown[:1], to_attr=POSTERS))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Task], search_term: str
    ) -> tuple[QuerySet[Task], bool]:
        if not search_term.strip():
            return queryset, False
        name = request.GET.get("project")
        projects = filters.get_projects(request, name) if name else None
        found = searching.find_tasks(search_term, projects=projects)
        return queryset.filter(pk__in=found), False

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.export_view)
        return [path("export/", view, name="jobs_task_export"), *super().get_urls()]

    def export_view(self, request: HttpRequest) -> HttpResponse:
        """Give the list as it is filtered, without the pages' end."""
        if not self.has_view_permission(request):
            return HttpResponseRedirect(reverse("admin:index"))
        try:
            listed = self.get_changelist_instance(request)
        except IncorrectLookupParameters:
            return HttpResponseRedirect(f"{reverse('admin:jobs_task_changelist')}?{ERROR_FLAG}=1")
        return export.stream_csv(listed.get_queryset(request))  # type: ignore[return-value]

    @admin.action(description="Export CSV", permissions=["view"])
    def export_csv(self, request: HttpRequest, queryset: QuerySet[Task]) -> HttpResponse:
        pks = queryset.order_by("-pk").values_list("pk", flat=True)[:EXPORTED_AT_ONCE]
        query = urlencode({"pk__in": ",".join(map(str, pks))}, safe=",")
        return HttpResponseRedirect(f"{reverse('admin:jobs_task_export')}?{query}")

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest) -> bool:
        return lookup == "pk__in" or super().lookup_allowed(lookup, value, request)

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        task = kwargs.get("obj") or context.get("original")
        links = self.build_links(request, task) if task else []
        return super().render_change_form(request, {**context, "deeds": links}, *args, **kwargs)


@admin.register(TaskEvent)
class TaskEventAdmin(ReadOnly, LongList):
    list_display = ["at", "shown_task", "kind", "state", "text", "actor"]
    list_filter = ["kind", filters.EventStateFilter]
    list_select_related = ["actor"]
    search_fields = ["=task__pk"]
    search_help_text = "a task's number"
    shown_task = column("task", lambda event: show_link("task_change", event.task_id, event.task_id))
