"""Two to four files side by side: the page of a comparison, the choice of what to compare, and what comes of it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from dashboard import access, comparing
from dashboard.compare_rows import build_table
from dashboard.comparing import PANES_MIN, Found, Wanted, find_assets, list_suggestions, read_wanted
from jobs import picks, projects
from jobs.models import Asset, Project


@require_safe
def compare(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the files that the address names beside each other; what is not there of them is told, and no more."""
    user = access.get_user(request)
    project = access.get_project(user, slug)
    wanted = read_wanted(request.GET)
    found = find_assets(project, wanted.pks)
    context = {
        "section": "projects",
        "project": project,
        "notes": build_notes(wanted, found),
        "trashed": found.trashed,
        "can_edit": access.can(user, project, "edit"),
        "can_share": access.can(user, project, "share"),
    }
    if len(found.assets) < PANES_MIN:
        return choose(request, found, context)
    comparison = comparing.build_comparison(
        found.assets,
        mode=request.GET.get("mode", ""),
        address=comparing.build_member_address,
        with_vendors=True,
    )
    kept = find_kept(request.GET, found.assets)
    return render(
        request,
        "compare/page.html",
        context
        | {
            "comparison": comparison,
            "table": build_table(found.assets),
            "kept": kept,
            "onward": find_onward(found.assets),
            "can_spend": access.can(user, project, "spend"),
            "others": build_others(found.assets, kept) if kept else [],
            "suggestions": [item for item in list_suggestions(found.assets[0]) if item not in found.assets],
        },
    )


def choose(request: HttpRequest, found: Found, context: dict[str, Any]) -> HttpResponse:
    """Let the person choose what the one file is compared with; 404 where an address led nowhere."""
    first = found.assets[0] if found.assets else None
    suggestions = list_suggestions(first) if first else []
    context = context | {"first": first, "suggestions": suggestions}
    is_lost = bool(found.missing or found.trashed)
    return render(request, "compare/choose.html", context, status=404 if is_lost else 200)


def build_notes(wanted: Wanted, found: Found) -> list[str]:
    """Return what the person has to know of the files that are not shown."""
    notes = []
    if found.missing:
        which = "One of these files is" if found.missing == 1 else f"{found.missing} of these files are"
        notes.append(f"{which} not in this project, or not any more.")
    if wanted.left_out:
        notes.append(f"Four files at most are compared at a time: the last {wanted.left_out} are left out.")
    return notes


def find_onward(assets: list[Asset]) -> Asset | None:
    """Return the model that work goes on with: the pick, else the newest; None among pictures."""
    models = [asset for asset in assets if asset.kind == Asset.Kind.MODEL]
    return max(models, key=lambda asset: (asset.picked_at is not None, asset.pk), default=None)


def find_kept(query: QueryDict, assets: list[Asset]) -> Asset | None:
    """Return the file that was just kept, as long as it is the pick."""
    return next((asset for asset in assets if str(asset.pk) == query.get("kept") and asset.picked_at), None)


def build_others(assets: list[Asset], kept: Asset) -> list[tuple[Asset, str]]:
    """Return the files that could go now, each with the reason why it should rather stay, or "" for none."""
    others = [asset for asset in assets if asset.pk != kept.pk]
    origins = {kept.parent_id, kept.root_id}
    return [(asset, "The pick was made from it" if asset.pk in origins else "") for asset in others]


@require_POST
def keep(request: HttpRequest, slug: str) -> HttpResponse:
    """Make one of the compared files the team's pick, in place of the others."""
    user = access.get_user(request)
    project = access.get_project(user, slug)
    access.check(user, project, "edit")
    wanted = read_wanted(request.POST)
    assets = find_assets(project, wanted.pks).assets
    chosen = next((asset for asset in assets if str(asset.pk) == request.POST.get("keep")), None)
    if chosen is None:
        messages.error(request, "This file is not there any more. Nothing was changed.")
        return redirect(build_address(project, request.POST))
    picks.keep_one(chosen, assets, user=user, now=timezone.now())
    messages.success(request, f"“{chosen.name}” is the pick now.")
    return redirect(f"{build_address(project, request.POST)}&kept={chosen.pk}")


@require_POST
def discard(request: HttpRequest, slug: str) -> HttpResponse:
    """Move the chosen ones of the compared files into the trash."""
    user = access.get_user(request)
    project = access.get_project(user, slug)
    access.check(user, project, "edit")
    chosen = {text for text in request.POST.getlist("trash") if text}
    assets = find_assets(project, read_wanted(request.POST).pks).assets
    gone = [asset for asset in assets if str(asset.pk) in chosen]
    for asset in gone:
        projects.trash(asset)
    left = [asset for asset in assets if asset not in gone]
    tell_gone(request, project, gone)
    if len(left) == 1:
        return redirect("asset", project.slug, left[0].pk)
    return redirect(build_address(project, request.POST) if left else reverse("project", args=[project.slug]))


def tell_gone(request: HttpRequest, project: Project, gone: list[Asset]) -> None:
    if len(gone) == 1:
        undo = reverse("asset-restore", args=[project.slug, gone[0].pk])
        messages.success(request, f"“{gone[0].name}” is in the trash.", extra_tags=undo)
    elif gone:
        messages.success(request, f"{len(gone)} files are in the trash, from where they can be brought back.")
    else:
        messages.info(request, "Nothing was moved.")


def build_address(project: Project, values: QueryDict) -> str:
    """Return the comparison's address again, from what its form sent."""
    query = QueryDict(mutable=True)
    query["a"] = ",".join(str(pk) for pk in read_wanted(values).pks)
    query["mode"] = values.get("mode", "")[:20]
    return f"{reverse('compare', args=[project.slug])}?{query.urlencode(safe=',')}"
