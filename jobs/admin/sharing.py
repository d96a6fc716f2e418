"""What the staff allow for links, and the links of all projects: who made which, until when, and its end."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from jobs import sharing
from jobs.admin.rows import LongList, ReadOnly
from jobs.models import ShareLink, SharingPolicy

YEAR_DAYS = 365


class PolicyForm(forms.ModelForm):
    class Meta:
        model = SharingPolicy
        fields = ["share_days_default", "share_days_max", "invitation_days"]
        help_texts = {"share_days_max": "Links that would last longer end sooner from the moment you save this."}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs |= {"min": 1, "max": YEAR_DAYS}

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        for name, days in values.items():
            if not 1 <= (days or 0) <= YEAR_DAYS:
                self.add_error(name, f"Between 1 and {YEAR_DAYS} days.")
        default, most = values.get("share_days_default"), values.get("share_days_max")
        if default and most and default > most:
            self.add_error("share_days_default", ValidationError("No more than a link may last at most."))
        return values


@admin.register(SharingPolicy)
class SharingPolicyAdmin(admin.ModelAdmin):
    """One row: it is made when it is first saved, and stays."""

    form = PolicyForm
    list_display = ["__str__", "share_days_default", "share_days_max", "invitation_days"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        match = request.resolver_match
        if match is None or not (match.url_name or "").startswith("jobs_sharingpolicy"):
            return False  # the menu of every page asks: no query for that
        return super().has_add_permission(request) and not SharingPolicy.objects.exists()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: SharingPolicy, form: forms.ModelForm, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if shortened := sharing.apply_policy(obj, now=timezone.now()):
            messages.info(request, f"{shortened} link{'' if shortened == 1 else 's'} now end sooner.")


class StandingFilter(admin.SimpleListFilter):
    title = "standing"
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> list[tuple[str, str]]:
        return [("open", "Open"), ("over", "Ended or revoked")]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ShareLink]) -> QuerySet[ShareLink]:
        living = sharing.get_living(timezone.now()).values("pk")
        if self.value() == "open":
            return queryset.filter(pk__in=living)
        return queryset.exclude(pk__in=living) if self.value() == "over" else queryset


@admin.register(ShareLink)
class ShareLinkAdmin(ReadOnly, LongList):
    """The links without what would open them: neither address nor password stands here."""

    list_display = ["__str__", "project", "scope", "created_by", "created_at", "expires_at", "revoked_at", "view_count"]
    list_filter = [StandingFilter, "scope", "may_models", "may_sources"]
    list_select_related = ["project", "created_by"]
    search_fields = ["title", "project__name", "created_by__username"]
    fields = [
        *("project", "scope", "title", "note", "created_by", "created_at", "expires_at", "revoked_at"),
        *("may_look", "may_renders", "may_models", "may_sources", "view_count", "last_viewed_at"),
    ]
    actions = ["revoke"]

    @admin.action(description="Revoke the chosen links", permissions=["revoke"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ShareLink]) -> None:
        links = list(queryset.filter(revoked_at=None))
        for link in links:
            sharing.revoke_link(link, now=timezone.now())
            self.log_change(request, link, "Revoked.")
        messages.success(request, f"{len(links)} revoked. Whoever has them finds nothing there now.")

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("jobs.change_sharelink")
