"""Django's admin for tending tasks: filters, search and a read-only history. Nothing here writes a state."""

import json
from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.db.models import Exists, Model, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from jobs.admin.circuits import CircuitAdmin
from jobs.models import (
    Asset,
    Circuit,
    Lease,
    Membership,
    Project,
    State,
    Task,
    TaskEvent,
    TaskInput,
    UploadAttempt,
    User,
    VendorFile,
)

admin.site.site_header = "Patina administration"
admin.site.site_title = "Patina"
admin.site.index_title = "Projects, files and tasks"
admin.site.register(User, UserAdmin)
admin.site.register(Circuit, CircuitAdmin)


class ReadOnly:
    """Rows that are looked at: their life belongs to jobs/lifecycle.py."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def show_json(value: Any) -> SafeString | str:
    if not value:
        return "–"
    return format_html("<pre>{}</pre>", json.dumps(value, indent=2, ensure_ascii=False))


MET_WORDS = {True: "as asked", False: "differs", None: "not known"}


def show_verdict(rows: list[dict[str, Any]]) -> SafeString | str:
    """Write one line for each check."""
    lines = [(row["label"], row["asked"], row["got"], MET_WORDS[row["met"]]) for row in rows]
    return format_html_join(mark_safe("<br>"), "{}: asked {}, got {} ({})", lines) or "–"


class MembershipInline(admin.TabularInline):
    model = Membership
    extra = 0
    autocomplete_fields = ["user"]


@admin.register(Project)
class ProjectAdmin(admin.ModelAdmin):
    list_display = ["name", "slug", "created_at", "trashed_at"]
    list_filter = [("trashed_at", admin.EmptyFieldListFilter)]
    search_fields = ["name", "slug"]
    readonly_fields = ["created_at"]
    inlines = [MembershipInline]


@admin.register(Membership)
class MembershipAdmin(admin.ModelAdmin):
    list_display = ["user", "project", "role", "may_spend"]
    list_filter = ["role", "may_spend"]
    list_select_related = ["user", "project"]
    search_fields = ["user__username", "project__name"]
    autocomplete_fields = ["user", "project"]


@admin.register(Asset)
class AssetAdmin(ReadOnly, admin.ModelAdmin):
    list_display = [
        "name",
        "kind",
        "format",
        "project",
        "size_bytes",
        "preview",
        "verdict_state",
        "created_by",
        "created_at",
    ]
    list_filter = ["kind", "format", "preview", "verdict_state", ("trashed_at", admin.EmptyFieldListFilter)]
    exclude = ["verdict", "facts"]
    readonly_fields = ["shown_verdict", "shown_facts"]
    list_select_related = ["project", "created_by"]
    search_fields = ["name", "sha256", "project__name"]
    date_hierarchy = "created_at"

    @admin.display(description="asked and got")
    def shown_verdict(self, asset: Asset) -> SafeString | str:
        return show_verdict(asset.verdict)

    @admin.display(description="facts")
    def shown_facts(self, asset: Asset) -> SafeString | str:
        return show_json(asset.facts)


@admin.register(VendorFile)
class VendorFileAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["asset", "vendor", "account", "started_at", "expires_at"]
    list_filter = ["vendor"]
    list_select_related = ["asset"]


@admin.register(UploadAttempt)
class UploadAttemptAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["account", "at"]


class StuckFilter(admin.SimpleListFilter):
    title = "open or ended"
    parameter_name = "open"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [("yes", "Open"), ("attention", "Needs attention"), ("no", "Ended")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> QuerySet[Model]:
        ended = [State.SUCCEEDED, State.FAILED, State.CANCELED, State.EXPIRED]
        if self.value() == "yes":
            return queryset.exclude(state__in=ended)
        if self.value() == "attention":
            return queryset.filter(state__in=[State.UNKNOWN, State.FAILED, State.EXPIRED])
        if self.value() == "no":
            return queryset.filter(state__in=ended)
        return queryset


class VerdictFilter(admin.SimpleListFilter):
    title = "verdict"
    parameter_name = "verdict"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [("missed", "An output differs"), ("met", "All outputs as asked"), ("none", "Not judged")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Task]) -> QuerySet[Task]:
        outputs = Asset.objects.filter(task=OuterRef("pk"))
        is_missed = Exists(outputs.filter(verdict_state=Asset.VerdictState.MISSED))
        is_judged = Exists(outputs.exclude(verdict_state=""))
        if self.value() == "missed":
            return queryset.filter(is_missed)
        if self.value() == "met":
            return queryset.filter(is_judged).exclude(is_missed)
        return queryset.exclude(is_judged) if self.value() == "none" else queryset


class EventInline(ReadOnly, admin.TabularInline):
    model = TaskEvent
    verbose_name_plural = "timeline"
    fields = ["at", "kind", "state", "text", "shown_data", "actor"]
    readonly_fields = ["at", "kind", "state", "text", "shown_data", "actor"]
    extra = 0

    @admin.display(description="answer")
    def shown_data(self, event: TaskEvent) -> SafeString | str:
        return show_json(event.data)


class InputInline(ReadOnly, admin.TabularInline):
    model = TaskInput
    fields = ["field", "asset"]
    extra = 0


class OutputInline(ReadOnly, admin.TabularInline):
    model = Asset
    verbose_name_plural = "outputs"
    fk_name = "task"
    fields = ["name", "kind", "format", "size_bytes", "sha256", "preview", "verdict_state", "shown_verdict"]
    readonly_fields = ["shown_verdict"]
    extra = 0

    @admin.display(description="asked and got")
    def shown_verdict(self, asset: Asset) -> SafeString | str:
        return show_verdict(asset.verdict)


@admin.register(Task)
class TaskAdmin(ReadOnly, admin.ModelAdmin):
    """The rows as they are; every column is read-only."""

    list_display = [
        "pk",
        "operation",
        "state",
        "progress_percent",
        "project",
        "created_by",
        "created_at",
        "state_at",
        "quoted_credits",
        "charged_credits",
        "error_code",
        "remote_id",
    ]
    list_filter = [StuckFilter, VerdictFilter, "state", "vendor", "operation", "channel", "created_at", "error_code"]
    list_select_related = ["project", "created_by"]
    list_per_page = 50
    search_fields = ["=pk", "remote_id", "order_id", "inputs__name", "outputs__name", "project__name", "params"]
    search_help_text = "number, vendor ID, idempotency key, file, project or parameter"
    date_hierarchy = "created_at"
    inlines = [EventInline, InputInline, OutputInline]
    exclude = ["params", "request", "answer", "form_key"]
    readonly_fields = ["shown_params", "shown_request", "shown_answer"]

    @admin.display(description="parameters")
    def shown_params(self, task: Task) -> SafeString | str:
        return show_json(task.params)

    @admin.display(description="request")
    def shown_request(self, task: Task) -> SafeString | str:
        return show_json(task.request)

    @admin.display(description="last answer")
    def shown_answer(self, task: Task) -> SafeString | str:
        return show_json(task.answer)


@admin.register(TaskEvent)
class TaskEventAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["at", "task", "kind", "state", "text", "actor"]
    list_filter = ["kind", "state"]
    list_select_related = ["task", "actor"]
    search_fields = ["=task__pk", "text"]


@admin.register(Lease)
class LeaseAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ["name", "owner", "until", "beat_at"]
