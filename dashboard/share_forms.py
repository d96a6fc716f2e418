"""The form of a share link: what guests may do, until when, with which words and password."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator

from dashboard.forms import Styled, keep_printable
from jobs import sharing
from jobs.models import ShareLink

PASSWORD_MIN_LENGTH = 6
PASSWORD_MAX_LENGTH = 128
RIGHT_LABELS: dict[sharing.Right, tuple[str, str]] = {
    "look": ("Look", "see models in 3D, turn and compare them in the browser"),
    "renders": ("Renders and pictures", "see renders and pictures in full size, and download them"),
    "models": ("Models", "download results: models and texture maps"),
    "sources": ("Sources", "download the files that the team uploaded"),
}


class ShareForm(Styled, forms.Form):
    """`days_left` and the rest of `link` are what the form begins with."""

    title = forms.CharField(
        max_length=80, required=False, help_text="What guests see as the heading; the project's name is not shown."
    )
    note = forms.CharField(
        max_length=500,
        required=False,
        help_text="Guests read it under the heading.",
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    days = forms.IntegerField(label="Ends in, days", min_value=1)
    password = forms.CharField(
        label="New password",
        required=False,
        strip=False,
        min_length=PASSWORD_MIN_LENGTH,
        max_length=PASSWORD_MAX_LENGTH,
        help_text=f"At least {PASSWORD_MIN_LENGTH} characters. Send it to guests apart from the link.",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    without_password = forms.BooleanField(label="Take the password away", required=False)
    rights = forms.MultipleChoiceField(
        label="Guests may",
        choices=[(right, label) for right, (label, _) in RIGHT_LABELS.items()],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Allow at least one; to end the link, revoke it."},
    )

    def __init__(self, *args: Any, link: ShareLink, days_left: int, **kwargs: Any) -> None:
        initial = {"title": link.title, "note": link.note, "days": days_left, "rights": list(sharing.get_rights(link))}
        super().__init__(*args, initial=initial, **kwargs)
        self.days_left = days_left
        most = sharing.get_policy().share_days_max
        days: Any = self.fields["days"]
        days.validators.append(MaxValueValidator(most, f"At most {most} days."))
        days.widget.attrs["max"] = most
        days.help_text = f"At most {most}, as the staff have set it."

    def clean_title(self) -> str:
        return keep_printable(self.cleaned_data["title"]) if self.cleaned_data["title"].strip() else ""

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if values.get("password") and values.get("without_password"):
            self.add_error("without_password", ValidationError("Either a new password or none."))
        return values

    def build_wish(self) -> sharing.Wish:
        """Return what is asked for; an end that was not touched stays where it is, to the minute."""
        values = self.cleaned_data
        password = "" if values["without_password"] else values["password"] or None
        return sharing.Wish(
            title=values["title"],
            note=values["note"],
            rights=values["rights"],
            days=None if values["days"] == self.days_left else values["days"],
            password=password,
        )


def count_days_left(link: ShareLink, *, now: datetime) -> int:
    """Return in how many days the link ends, the day begun counted whole."""
    seconds = (link.expires_at - now).total_seconds()
    return max(1, -int(-seconds // 86_400))
