"""The admin's page of a vendor: how it stands, and the switch that holds back what is new for it.

Pausing, resuming and asking at once are POSTs of their own with the right to change circuits; each leaves a line in
the vendor's history.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminTextInputWidget
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import formats, timezone

from jobs import circuit
from jobs.models import Circuit
from jobs.vendors import VENDOR_LABELS


class SureForm(forms.Form):
    """Nothing to fill in: that it is sent says it."""


class PauseForm(SureForm):
    """Why everybody waits."""

    reason = forms.CharField(
        max_length=200,
        widget=AdminTextInputWidget(attrs={"autofocus": True, "size": 60}),
        help_text="Everybody reads it above every page.",
    )


@dataclass(frozen=True)
class Deed:
    """What staff can do with a vendor, after they were asked whether they mean it."""

    button: str
    meaning: str
    done: str
    idle: str
    do: Callable[..., bool]
    form: type[SureForm] = SureForm


DEEDS = {
    "pause": Deed(
        button="Pause",
        meaning="New tasks wait until somebody resumes it. Running ones go on, and their files are saved.",
        done="Paused.",
        idle="It is paused already.",
        do=circuit.pause,
        form=PauseForm,
    ),
    "resume": Deed(
        button="Resume",
        meaning="The tasks that wait leave by themselves.",
        done="Resumed.",
        idle="It is not paused.",
        do=circuit.resume,
    ),
    "ask": Deed(
        button="Ask again now",
        meaning="One request asks it now instead of later; if it answers, everything goes on.",
        done="Asked again now.",
        idle="It is asked as usual, or just now.",
        do=circuit.ask_now,
    ),
}


SHOWN: list[Any] = [
    "label",
    "standing",
    "in_a_row",
    "last_failure",
    "failing_since",
    "asked_again",
    "paused_at",
    "paused_by",
]


def show(column: str, words: str) -> Callable[[admin.ModelAdmin, Circuit], Any]:
    """Return a column of the list under the name that says what it means."""

    @admin.display(description=words, ordering=column)
    def show_column(_: admin.ModelAdmin, row: Circuit) -> Any:
        value = getattr(row, column)
        return formats.localize(timezone.localtime(value)) if isinstance(value, datetime) else value

    return show_column


class CircuitAdmin(admin.ModelAdmin):
    """Rows that are looked at; what staff do with them goes through jobs/circuit.py."""

    in_a_row = show("failures", "failures in a row")
    last_failure = show("reason", "the last one")
    failing_since = show("opened_at", "failing since")
    asked_again = show("open_until", "asked again at")
    list_display = SHOWN
    list_display_links = ["label"]
    list_select_related = ["paused_by"]
    fields = [*SHOWN, "pause_reason"]
    readonly_fields = [*SHOWN, "pause_reason"]
    change_form_template = "admin/jobs/circuit/change_form.html"

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="vendor")
    def label(self, row: Circuit) -> str:
        return row.label

    @admin.display(description="state")
    def standing(self, row: Circuit) -> str:
        words = ["left alone" if row.is_open else "", "paused" if row.is_paused else ""]
        return ", ".join(word for word in words if word) or "asked as usual"

    def get_queryset(self, request: HttpRequest) -> Any:
        """Show every vendor: one that never failed has no row yet."""
        Circuit.objects.bulk_create([Circuit(vendor=key) for key in VENDOR_LABELS], ignore_conflicts=True)
        return super().get_queryset(request).filter(vendor__in=VENDOR_LABELS)

    def get_urls(self) -> list[Any]:
        own = [
            path(f"<path:vendor>/{name}/", self._make_view(deed), name=f"jobs_circuit_{name}")
            for name, deed in DEEDS.items()
        ]
        return own + super().get_urls()

    def _make_view(self, deed: Deed) -> Callable[..., HttpResponse]:
        def view(request: HttpRequest, vendor: str) -> HttpResponse:
            row = self._get_row(request, vendor)
            form = deed.form(request.POST if request.method == "POST" else None)
            return self._do(request, row, deed, form) if form.is_valid() else self._ask_first(request, row, deed, form)

        return self.admin_site.admin_view(view)

    def _ask_first(self, request: HttpRequest, row: Circuit, deed: Deed, form: SureForm) -> HttpResponse:
        title = f"{deed.button}: {row.label}"
        context = {"title": title, "form": form, "row": row, "deed": deed, "opts": self.opts}
        return TemplateResponse(
            request, "admin/jobs/circuit/sure.html", self.admin_site.each_context(request) | context
        )

    def _do(self, request: HttpRequest, row: Circuit, deed: Deed, form: SureForm) -> HttpResponse:
        if deed.do(row.vendor, actor=request.user, **form.cleaned_data):
            self.log_change(request, row, " ".join([deed.done, *form.cleaned_data.values()]))
            messages.success(request, f"{row.label}: {deed.done}")
        else:
            messages.info(request, f"{row.label}: {deed.idle}")
        return redirect("admin:jobs_circuit_change", row.vendor)

    def _get_row(self, request: HttpRequest, vendor: str) -> Circuit:
        row = self.get_queryset(request).filter(vendor=vendor).first()
        if row is None:
            raise Http404
        if not self.has_change_permission(request, row):
            raise PermissionDenied
        return row
