"""The admin's pages of vendors: key, balance, how each stands, and the switch that holds back what is new for it.

Testing the key, pausing, resuming and asking at once are POSTs of their own with the right to change circuits; each
leaves a line in the vendor's history.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminTextInputWidget
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils import formats, timezone
from django.views.decorators.http import require_POST

from jobs import balances, circuit, health_figures, turns
from jobs.admin import health
from jobs.admin.rows import show_duration
from jobs.balances import Balance
from jobs.health_figures import Rate
from jobs.models import Circuit, VendorAccount
from jobs.vendors import KEY_VARIABLES, VENDOR_LABELS, get_connection


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


@dataclass(frozen=True)
class Card:
    """A vendor on the page of all: its key, its account, how it stands, and how its tasks ended in a day."""

    row: Circuit
    standing: str
    key_variable: str
    has_key: bool
    account: str
    tested_at: datetime | None
    balance: Balance
    at_vendor: int
    limit: int
    in_line: int
    rate: Rate
    median: str


def build_card(row: Circuit, balance: Balance, tested: VendorAccount | None, day: list[health_figures.Ended]) -> Card:
    connection, vendor = get_connection(row.vendor), row.vendor
    rate = health_figures.rate(item for item in day if item.vendor == vendor)
    return Card(
        row=row,
        standing=describe(row),
        key_variable=KEY_VARIABLES[vendor],
        has_key=not connection.sandbox,
        account=connection.account,
        tested_at=tested.asked_at if tested and tested.account == connection.account else None,
        balance=balance,
        at_vendor=turns.Counts(vendor).total,
        limit=settings.CONCURRENT_TASKS.get(vendor, 0),
        in_line=turns.get_line(vendor).values("pk")[: health_figures.COUNTED_MAX].count(),
        rate=rate,
        median=show_duration(rate.median),
    )


def describe(row: Circuit) -> str:
    words = ["left alone" if row.is_open else "", "paused" if row.is_paused else ""]
    return ", ".join(word for word in words if word) or "asked as usual"


@admin.register(Circuit)
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
        return describe(row)

    def get_queryset(self, request: HttpRequest) -> Any:
        """Show every vendor: one that never failed has no row yet."""
        Circuit.objects.bulk_create([Circuit(vendor=key) for key in VENDOR_LABELS], ignore_conflicts=True)
        return super().get_queryset(request).filter(vendor__in=VENDOR_LABELS)

    def get_urls(self) -> list[Any]:
        own = [
            path(f"<path:vendor>/{name}/", self._make_view(deed), name=f"jobs_circuit_{name}")
            for name, deed in DEEDS.items()
        ]
        test = self.admin_site.admin_view(require_POST(self.test_view))
        seen = self.admin_site.admin_view(self.health_view)
        return [
            path("health/", seen, name="jobs_health"),
            path("<path:vendor>/test/", test, name="jobs_circuit_test"),
            *own,
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """Show the vendors side by side instead of a list of rows."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        now = timezone.now()
        day = health_figures.list_ended(since=now - health.DAY)
        balance, tested = balances.get_balances(), VendorAccount.objects.in_bulk()
        rows = self.get_queryset(request).select_related("paused_by").order_by("vendor")
        context = {
            **self.admin_site.each_context(request),
            **(extra_context or {}),
            "title": "Vendors",
            "opts": self.opts,
            "cards": [build_card(row, balance[row.vendor], tested.get(row.vendor), day) for row in rows],
            "may_change": self.has_change_permission(request),
        }
        return TemplateResponse(request, "admin/jobs/circuit/vendors.html", context)

    def health_view(self, request: HttpRequest) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        return health.show_health(request)

    def test_view(self, request: HttpRequest, vendor: str) -> HttpResponse:
        """Ask the vendor for the balance, which is free and tells whether it takes the key."""
        row = self._get_row(request, vendor)
        balances.refresh(row.vendor, now=timezone.now())
        found = balances.get_balances()[row.vendor]
        self.log_change(request, row, f"Tested the key: {found.problem or 'it is taken'}"[:200])
        if found.problem:
            messages.error(request, f"{row.label}: {found.problem}")
        else:
            messages.success(request, f"{row.label} takes the key. Balance: {found.credits or 0:,.0f} credits.")
        return redirect("admin:jobs_circuit_changelist")

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
