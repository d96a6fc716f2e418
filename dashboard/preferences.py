"""What a person sets for themselves."""

from __future__ import annotations

from typing import Any

from django import forms

from dashboard.forms import Styled
from dashboard.time_zones import list_zones
from jobs.models import User


class PreferencesForm(Styled, forms.ModelForm):
    time_zone = forms.ChoiceField(label="Time zone", required=False)
    has_single_keys = forms.BooleanField(
        label="Single-key shortcuts", required=False, help_text="Such as / for search. Press ? to see a page's keys."
    )

    class Meta:
        model = User
        fields = ["first_name", "last_name", "email", "time_zone", "has_single_keys"]
        labels = {"email": "Email"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["time_zone"].choices = [("", "As this browser says"), *list_zones().items()]  # type: ignore[attr-defined]
        self.fields["has_single_keys"].widget.attrs["class"] = "form-check-input"
        self.fields["email"].widget.attrs["autocomplete"] = "email"
