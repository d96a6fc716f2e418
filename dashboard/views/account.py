"""Signing in and out, and passwords: Django's own steps on our pages."""

from __future__ import annotations

from typing import Any

from axes.utils import reset
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import views
from django.contrib.auth.forms import PasswordChangeForm, SetPasswordForm
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse_lazy
from django_htmx.http import HttpResponseClientRefresh

from dashboard import forms
from dashboard.fragments import is_htmx


def render_locked(request: HttpRequest, response: object, credentials: dict[str, Any] | None) -> HttpResponse:
    """Tell somebody who tried too often how long to wait, and what to do instead."""
    wait = settings.AXES_COOLOFF_TIME
    context = {
        "username": (credentials or {}).get("username") or "",
        "limit": settings.AXES_FAILURE_LIMIT,
        "minutes": int(wait.total_seconds() // 60),
    }
    answer = render(request, "account/locked.html", context, status=429)
    answer["Retry-After"] = str(int(wait.total_seconds()))
    return answer


class SignIn(views.LoginView):
    template_name = "account/login.html"
    authentication_form = forms.SignInForm
    redirect_authenticated_user = True

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """Send a fragment's request, redirected here when the session ended, back as a whole page."""
        if is_htmx(request) and not request.user.is_authenticated:
            return HttpResponseClientRefresh()
        return super().dispatch(request, *args, **kwargs)


class SignOut(views.LogoutView):
    http_method_names = ["post", "options"]


class PasswordChange(views.PasswordChangeView):
    template_name = "account/password_change.html"
    form_class = forms.NewPasswordWithOldForm
    success_url = reverse_lazy("home")

    def form_valid(self, form: PasswordChangeForm) -> HttpResponse:
        messages.success(self.request, "Your password is changed.")
        return super().form_valid(form)


def password_change_done(request: HttpRequest) -> HttpResponse:
    return redirect("home")


class PasswordReset(views.PasswordResetView):
    template_name = "account/password_reset.html"
    form_class = forms.ResetForm
    email_template_name = "account/password_reset_mail.txt"
    subject_template_name = "account/password_reset_subject.txt"
    success_url = reverse_lazy("password_reset_done")


class PasswordResetDone(views.PasswordResetDoneView):
    template_name = "account/password_reset_done.html"


class PasswordResetConfirm(views.PasswordResetConfirmView):
    template_name = "account/password_reset_confirm.html"
    form_class = forms.NewPasswordForm
    success_url = reverse_lazy("password_reset_complete")

    def form_valid(self, form: SetPasswordForm) -> HttpResponse:
        reset(username=form.user.get_username())  # wrong tries with the old password count no more
        return super().form_valid(form)


class PasswordResetComplete(views.PasswordResetCompleteView):
    template_name = "account/password_reset_complete.html"
