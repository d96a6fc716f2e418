"""The forms of people, projects and files. They validate and nothing else."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth import forms as auth_forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator

from jobs.models import Asset, Invitation, Membership, Project, User

USER_NAME_MAX = 150


class Styled:
    """Give every control the class that our style sheet knows, and no colon after labels."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        super().__init__(*args, **kwargs)
        for field in self.fields.values():  # type: ignore[attr-defined]
            field.widget.attrs.setdefault("class", get_control_class(field.widget))


def get_control_class(widget: forms.Widget) -> str:
    if isinstance(widget, forms.CheckboxInput):
        return "form-check-input"
    return "form-select" if isinstance(widget, forms.Select) else "form-control"


class SignInForm(Styled, auth_forms.AuthenticationForm):
    error_messages = {
        "invalid_login": "User name and password do not match. Mind capital letters.",
        "inactive": "This account is switched off. Ask an administrator.",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = "User name"
        self.fields["username"].validators.append(MaxLengthValidator(USER_NAME_MAX))  # wrong tries are written down


class NewPasswordForm(Styled, auth_forms.SetPasswordForm):
    pass


class NewPasswordWithOldForm(Styled, auth_forms.PasswordChangeForm):
    pass


class ResetForm(Styled, auth_forms.PasswordResetForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = "Email"


class NewAccountForm(Styled, forms.ModelForm):
    """A person who makes their own account: the first one, and those who were invited."""

    password = forms.CharField(
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text="At least 8 characters, and not a common one.",
    )

    class Meta:
        model = User
        fields = ["username", "email"]
        labels = {"username": "User name", "email": "Email"}
        help_texts = {"username": "", "email": "For a new password when you have lost yours. May stay empty."}
        widgets = {
            "username": forms.TextInput(attrs={"autocomplete": "username", "autofocus": True}),
            "email": forms.EmailInput(attrs={"autocomplete": "email"}),
        }

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        password = values.get("password")
        if password:
            person = User(username=values.get("username", ""), email=values.get("email", ""))
            try:
                validate_password(password, person)
            except ValidationError as error:
                self.add_error("password", error)
        return values


class ProjectForm(Styled, forms.ModelForm):
    class Meta:
        model = Project
        fields = ["name"]
        widgets = {"name": forms.TextInput(attrs={"autocomplete": "off"})}

    def clean_name(self) -> str:
        return keep_printable(self.cleaned_data["name"])


def keep_printable(name: str) -> str:
    """Return a name without signs that cannot be seen: some turn the text around them.

    :raises ValidationError: when nothing is left
    """
    seen = "".join(sign if sign.isprintable() else " " for sign in name)
    clean = " ".join(seen.split())
    if not clean:
        raise ValidationError("Give it a name that can be read.")
    return clean


class AssetNameForm(Styled, forms.ModelForm):
    class Meta:
        model = Asset
        fields = ["name"]
        widgets = {"name": forms.TextInput(attrs={"autocomplete": "off", "autofocus": True})}

    def clean_name(self) -> str:
        name = keep_printable(self.cleaned_data["name"])
        if any(sign in name for sign in "/\\"):
            raise ValidationError("A name cannot hold slashes: it becomes the name of the downloaded file.")
        return name


class MemberForm(Styled, forms.Form):
    user_name = forms.CharField(
        label="User name", max_length=150, widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"})
    )
    role = forms.ChoiceField(choices=Membership.Role.choices, initial=Membership.Role.EDITOR)
    may_spend = forms.BooleanField(label="May spend credits", required=False)


class InvitationForm(Styled, forms.ModelForm):
    """What somebody may do who comes by the invitation."""

    class Meta:
        model = Invitation
        fields = ["for_whom", "role", "may_spend"]
        labels = {"for_whom": "For whom", "may_spend": "May spend credits"}
        help_texts = {"for_whom": "So that you know it again in the list."}
        widgets = {"for_whom": forms.TextInput(attrs={"autocomplete": "off"})}

    def clean_for_whom(self) -> str:
        name = self.cleaned_data["for_whom"]
        return keep_printable(name) if name else ""


class SpendingForm(forms.Form):
    may_spend = forms.BooleanField(required=False)


class RoleForm(Styled, forms.Form):
    role = forms.ChoiceField(choices=Membership.Role.choices)
