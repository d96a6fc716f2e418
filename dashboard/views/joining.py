"""The page of an invitation: who is signed in joins with one click, others sign in or make an account first."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from dashboard import access
from dashboard.forms import NewAccountForm, SignInForm
from jobs import invitations
from jobs.models import Invitation, Membership, User


@never_cache
@sensitive_post_parameters("password")
def join(request: HttpRequest, token: str) -> HttpResponse:
    """Show the invitation, and take it. One that is over, used, revoked or made up looks the same."""
    invitation = invitations.find(token, now=timezone.now())
    if invitation is None:
        return render_ended(request)
    try:
        if isinstance(request.user, User):
            return join_signed_in(request, invitation, access.get_user(request))
        return join_signed_out(request, invitation)
    except invitations.Ended:
        return render_ended(request)


def join_signed_in(request: HttpRequest, invitation: Invitation, user: User) -> HttpResponse:
    is_member = invitations.adds_nothing(invitation, user)
    if request.method != "POST":
        return render_page(request, invitation, {"is_member": is_member})
    if is_member:
        messages.info(request, "You are a member already. The invitation stays for whom it is meant.")
        return redirect("project", invitation.project.slug)
    membership = invitations.accept(invitation, user=user, now=timezone.now())
    return welcome(request, membership)


def join_signed_out(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    """Make the account that the form describes, and the membership with it: both or none."""
    form = NewAccountForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return render_page(request, invitation, {"form": form, "sign_in_form": SignInForm(auto_id="in_%s")})
    try:
        with transaction.atomic():
            user = User.objects.create_user(**form.cleaned_data)
            membership = invitations.accept(invitation, user=user, now=timezone.now())
    except IntegrityError:
        form.add_error("username", "Somebody has just taken this name.")
        return render_page(request, invitation, {"form": form, "sign_in_form": SignInForm(auto_id="in_%s")})
    login(request, user, backend=settings.AUTHENTICATION_BACKENDS[-1])
    return welcome(request, membership)


def welcome(request: HttpRequest, membership: Membership) -> HttpResponse:
    access.forget()
    role = membership.get_role_display().lower()
    messages.success(request, f"Welcome to “{membership.project.name}”. Your role: {role}.")
    return redirect("project", membership.project.slug)


def render_page(request: HttpRequest, invitation: Invitation, context: dict[str, object]) -> HttpResponse:
    form = context.get("form")
    status = 422 if getattr(form, "errors", None) else 200
    context = context | {"invitation": invitation, "project": invitation.project, "here": request.path}
    return forbid_indexing(render(request, "members/join.html", context, status=status))


def render_ended(request: HttpRequest) -> HttpResponse:
    return forbid_indexing(render(request, "members/ended.html", status=404))


def forbid_indexing(response: HttpResponse) -> HttpResponse:
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
