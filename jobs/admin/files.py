"""The admin of files: found, looked at, their bytes' posters for staff who are no members."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.http import require_safe

from jobs import files
from jobs.admin import searching
from jobs.admin.rows import LongList, ReadOnly, column, show_json, show_link, show_poster, show_verdict
from jobs.models import Asset, UploadAttempt, VendorFile

KEPT_S = 86_400  # what an address names never changes


@admin.register(Asset)
class AssetAdmin(ReadOnly, LongList):
    poster = column("picture", lambda asset: show_poster(asset.pk, asset.poster_sha256))
    list_display = [
        "name",
        "poster",
        "kind",
        "format",
        "project",
        "shown_size",
        "preview",
        "verdict_state",
        "review",
        "created_by",
        "created_at",
    ]
    list_filter = ["kind", "preview", "verdict_state", "review", ("trashed_at", admin.EmptyFieldListFilter)]
    exclude = ["size_bytes", "verdict", "facts", "tags", "task", "parent", "root"]
    readonly_fields = [
        "poster",
        "shown_size",
        "shown_task",
        "shown_parent",
        "shown_tags",
        "shown_verdict",
        "shown_facts",
    ]
    list_select_related = ["project", "created_by"]
    search_fields = ["pk"]  # what is searched is get_search_results
    search_help_text = (
        "A file's number or SHA-256; or words of its name, prompt, tags and people, in the "
        f"{searching.PROJECTS} projects that were used last."
    )

    shown_size = column("size", lambda asset: files.write_size(asset.size_bytes))
    shown_task = column("task", lambda asset: show_link("task_change", asset.task_id, asset.task_id))
    shown_parent = column("made of", lambda asset: show_link("asset_change", asset.parent_id, asset.parent))
    shown_tags = column("tags", lambda asset: ", ".join(tag.name for tag in asset.tags.all()))
    shown_verdict = column("asked and got", lambda asset: show_verdict(asset.verdict))
    shown_facts = column("facts", lambda asset: show_json(asset.facts))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Asset]:
        rows = super().get_queryset(request)
        match = request.resolver_match
        is_list = match is not None and match.url_name == "jobs_asset_changelist"
        return rows.defer("facts", "verdict") if is_list else rows

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Asset], search_term: str
    ) -> tuple[QuerySet[Asset], bool]:
        if not search_term.strip():
            return queryset, False
        return queryset.filter(pk__in=searching.find_assets(search_term)), False

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(require_safe(self.poster_view), cacheable=True)
        return [path("<int:pk>/poster/<str:sha256>.webp", view, name="jobs_asset_poster"), *super().get_urls()]

    def poster_view(self, request: HttpRequest, pk: int, sha256: str) -> HttpResponse:
        """Send a poster to staff who may look at files."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if not sha256 or not Asset.objects.filter(pk=pk, poster_sha256=sha256).exists():
            raise Http404
        try:
            file = files.open_file(sha256)
        except FileNotFoundError as error:
            raise Http404 from error
        headers = {"Cache-Control": f"private, max-age={KEPT_S}, immutable"}
        return FileResponse(file, content_type="image/webp", headers=headers)  # type: ignore[return-value]


@admin.register(VendorFile)
class VendorFileAdmin(ReadOnly, LongList):
    list_display = ["asset", "vendor", "account", "started_at", "expires_at"]
    list_select_related = ["asset"]
    raw_id_fields = ["asset"]


@admin.register(UploadAttempt)
class UploadAttemptAdmin(ReadOnly, LongList):
    list_display = ["account", "at"]
