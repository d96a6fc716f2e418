"""Form fields for what vendors' parameters need beyond Django's own: files of a project, open choices, lists."""

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

Choices = Sequence[tuple[str, str]]


class AssetField(forms.IntegerField):
    """A file of the project, by its number. `OperationForm` replaces the number by the asset itself."""

    def __init__(self, *, kind: str, formats: Sequence[str] = (), **kwargs: Any) -> None:
        super().__init__(min_value=1, **kwargs)
        self.kind = kind  # "model" or "image"
        self.formats = tuple(formats)  # empty: every format of that kind


class OpenChoiceField(forms.CharField):
    """Known values to pick from; another may be typed, since the vendor's list is open.

    `newer` names the values that came after the user's own vendor pages, `retired` those that the vendor refuses today.
    """

    def __init__(
        self, *, choices: Choices, newer: Iterable[str] = (), retired: Iterable[str] = (), **kwargs: Any
    ) -> None:
        kwargs.setdefault("max_length", 100)
        super().__init__(**kwargs)
        self.choices = list(choices)
        self.newer = frozenset(newer)
        self.retired = frozenset(retired)


class PictureChoiceField(forms.ChoiceField):
    """A closed choice shown as pictures: `pictures` maps each value to the name of an icon."""

    def __init__(self, *, pictures: dict[str, str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.pictures = pictures


class ScaleField(forms.IntegerField):
    """A whole number with a range so wide that a logarithmic scale with named marks serves better."""

    def __init__(self, *, marks: Sequence[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.marks = tuple(marks)


class WholeChoiceField(forms.TypedChoiceField):
    """A choice among whole numbers."""

    def __init__(self, *, values: Sequence[int], labels: Sequence[str] = (), **kwargs: Any) -> None:
        texts = labels or [str(value) for value in values]
        super().__init__(coerce=int, empty_value=None, choices=list(zip(values, texts, strict=True)), **kwargs)


class ListField(forms.MultipleChoiceField):
    """Several values, in the order given; on a command line separated by commas. Known ones can be ticked."""

    def __init__(self, *, choices: Choices, max_items: int, **kwargs: Any) -> None:
        super().__init__(choices=choices, **kwargs)
        self.max_items = max_items

    def to_python(self, value: Any) -> list[str]:
        parts = value.split(",") if isinstance(value, str) else (value or [])
        return [text for text in (str(part).strip() for part in parts) if text]

    def validate(self, value: list[str]) -> None:
        if self.required and not value:
            raise ValidationError(self.error_messages["required"], code="required")
        if len(value) > self.max_items:
            raise ValidationError(f"Choose at most {self.max_items}.", code="max_items")
        if len(set(value)) < len(value):
            raise ValidationError("Each may be chosen once.", code="repeated")


FIELD_TYPES: tuple[tuple[type[forms.Field], str], ...] = (
    (ListField, "list"),
    (OpenChoiceField, "choice"),
    (forms.ChoiceField, "choice"),
    (forms.BooleanField, "boolean"),
    (forms.IntegerField, "integer"),
    (forms.CharField, "text"),
)


def get_type(field: forms.Field) -> str:
    """Return the type's name in `manage.py operations`: text, integer, boolean, choice, list, model or image."""
    if isinstance(field, AssetField):
        return field.kind
    for cls, name in FIELD_TYPES:
        if isinstance(field, cls):
            return name
    raise TypeError(f"{type(field).__name__} has no name yet: add it to FIELD_TYPES")


def get_choices(field: forms.Field) -> list[tuple[str, str]]:
    """Return the field's choices as (value, label), without the empty one."""
    pairs = getattr(field, "choices", [])
    return [(value, label) for value, label in pairs if value not in ("", None)]
