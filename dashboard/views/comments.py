"""Comments on a file: the thread that asks for itself, and what is said, changed and taken back."""

from __future__ import annotations

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from dashboard import access
from dashboard.commenting import CommentForm, CommentTextForm, build_comments
from dashboard.fragments import is_htmx
from dashboard.live import render_live
from jobs import comments
from jobs.models import Asset, Comment, User


@require_http_methods(["GET", "HEAD", "POST"])
def thread(request: HttpRequest, slug: str, pk: int) -> HttpResponse:
    """Show what was said of the file; POST adds to it."""
    user = access.get_user(request)
    asset = access.get_asset(user, pk)
    form = CommentForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        comments.add_comment(asset, author=user, text=said["text"], verdict=said["verdict"], pin=said["pin"])
        if not is_htmx(request):
            return redirect(build_address(asset))
        form = CommentForm()
    context = build_context(asset, user) | {"comment_form": form}
    if request.method == "POST":
        template = "comments/_card.html" if is_htmx(request) else "comments/thread.html"
        return render(request, template, context, status=422 if form.errors else 200)
    return render_live(request, "comments/thread.html", "comments/_thread.html", context)


def build_context(asset: Asset, user: User) -> dict[str, object]:
    return {
        "section": "projects",
        "project": asset.project,
        "asset": asset,
        "comments": build_comments(asset, user),
        "can_comment": access.can(user, asset.project, "comment"),
        "can_manage": access.can(user, asset.project, "manage"),
    }


def build_address(asset: Asset, comment: Comment | None = None) -> str:
    place = f"#comment-{comment.pk}" if comment else "#comments"
    return reverse("asset", args=[asset.project.slug, asset.pk]) + place


def get_comment(user: User, pk: int, number: int, *, with_trash: bool = False) -> Comment:
    """Return a comment on the file; 404 where it is another file's."""
    found = access.get_asset(user, pk).comments.select_related("asset__project")
    return get_object_or_404(found if with_trash else found.kept(), pk=number)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, slug: str, pk: int, number: int) -> HttpResponse:
    """Change the words of one's own comment; its verdict stays."""
    user = access.get_user(request)
    comment = get_comment(user, pk, number)
    if comment.author_id != user.pk:
        raise PermissionDenied("Only who wrote a comment can change it.")
    form = CommentTextForm(request.POST or None, initial={"text": comment.text})
    if request.method == "POST" and form.is_valid():
        comments.edit_comment(comment, text=form.cleaned_data["text"])
        return redirect(build_address(comment.asset, comment))
    context = {"section": "projects", "project": comment.asset.project, "asset": comment.asset, "form": form}
    return render(request, "comments/edit.html", context, status=422 if form.errors else 200)


@require_POST
def resolve(request: HttpRequest, slug: str, pk: int, number: int) -> HttpResponse:
    user = access.get_user(request)
    comment = get_comment(user, pk, number)
    comments.resolve_comment(comment, resolved="again" not in request.POST)
    return redirect(build_address(comment.asset, comment))


@require_POST
def delete(request: HttpRequest, slug: str, pk: int, number: int) -> HttpResponse:
    """Take a comment away: its author may, and an owner."""
    user = access.get_user(request)
    comment = get_comment(user, pk, number)
    if comment.author_id != user.pk:
        access.check(user, comment.asset.project, "manage")
    comments.trash_comment(comment, by=user)
    undo = reverse("comment-restore", args=[slug, pk, number])
    messages.success(request, "The comment is taken away.", extra_tags=undo)
    return redirect(build_address(comment.asset))


@require_POST
def restore(request: HttpRequest, slug: str, pk: int, number: int) -> HttpResponse:
    """Bring a comment back: whoever took it away may, and an owner."""
    user = access.get_user(request)
    comment = get_comment(user, pk, number, with_trash=True)
    if comment.trashed_by_id != user.pk:
        access.check(user, comment.asset.project, "manage")
    comments.restore_comment(comment)
    return redirect(build_address(comment.asset, comment))
