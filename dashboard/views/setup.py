"""The first-run page: whoever holds the one-time address makes the first account."""

from __future__ import annotations

import logging
import secrets

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from dashboard.forms import NewAccountForm
from jobs import projects
from jobs.models import User

log = logging.getLogger(__name__)


@never_cache
@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def setup(request: HttpRequest, token: str) -> HttpResponse:
    expected = projects.get_setup_token()
    if expected is None or not secrets.compare_digest(token.encode(), expected.encode()):
        raise Http404
    form = NewAccountForm(request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return render(request, "account/setup.html", {"form": form}, status=422 if form.errors else 200)
    try:
        user = projects.create_first_account(token=token, **form.cleaned_data)
    except projects.Refused as error:
        raise Http404 from error
    login(request, user, backend=settings.AUTHENTICATION_BACKENDS[-1])
    make_sample(request, user)
    return redirect("project", slug=projects.SAMPLE_SLUG)


def make_sample(request: HttpRequest, user: User) -> None:
    """Make the sample project; say so when its model could not be made: the account is worth more than the sample."""
    try:
        projects.make_sample_project(user)
    except Exception:
        log.exception("the sample model could not be made")
        messages.warning(request, "The sample model could not be made. Drop a model of your own to begin.")
