"""Form fields for what vendors' parameters need beyond Django's own: files of a project, open choices, lists."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

from django import forms
from django.core.exceptions import ValidationError

Choices = Sequence[tuple[str, str]]
# A picture is a picture, wherever it comes from.
TAKEN_FOR = {"model": frozenset({"model"}), "image": frozenset({"image", "render", "texture_map"})}
SentAs = Literal["file_key", "url", "data_uri"]  # how a file reaches its vendor


class AssetField(forms.IntegerField):
    """A file of the project, by its number. `OperationForm` replaces the number by the asset itself.

    `sent_as` says what the vendor takes: the key of an upload, a public address, or the bytes in the request.
    `max_bytes` is the vendor's limit for this field alone, and `way_out` what a person can do about a larger file.
    """

    def __init__(
        self,
        *,
        kind: str,
        formats: Sequence[str] = (),
        sent_as: SentAs = "file_key",
        max_bytes: int | None = None,
        way_out: str = "",
        **kwargs: Any,
    ) -> None:
        super().__init__(min_value=1, **kwargs)
        self.max_bytes = max_bytes
        self.way_out = way_out
        self.kind = kind  # "model" or "image"
        self.kinds = TAKEN_FOR[kind]
        self.formats = tuple(formats)  # empty: every format of that kind
        self.sent_as = sent_as


class AssetListField(forms.Field):
    """Several files of the project, in the order given; on a command line their numbers separated by commas."""

    widget = forms.SelectMultiple  # a form sends one value for each

    def __init__(
        self,
        *,
        kind: str,
        max_items: int,
        formats: Sequence[str] = (),
        sent_as: SentAs = "file_key",
        max_bytes: int | None = None,
        way_out: str = "",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.max_bytes = max_bytes
        self.way_out = way_out
        self.kind = kind
        self.kinds = TAKEN_FOR[kind]
        self.max_items = max_items
        self.formats = tuple(formats)
        self.sent_as = sent_as

    def to_python(self, value: Any) -> list[int]:
        parts = split_list(value)
        if not all(part.isdecimal() and 0 < int(part) < 2**63 for part in parts):
            raise ValidationError("Give the numbers of files in this project.", code="invalid")
        return [int(part) for part in parts]

    def validate(self, value: list[int]) -> None:
        super().validate(value)
        check_items(value, max_items=self.max_items)


class TaskField(forms.CharField):
    """An earlier task of the same vendor: its number here, or the vendor's own ID of a task made elsewhere.

    `refused` maps operations whose tasks the vendor does not take here to what a person can do instead.
    """

    def __init__(self, *, vendor: str, refused: Mapping[str, str] | None = None, **kwargs: Any) -> None:
        super().__init__(max_length=100, **kwargs)
        self.vendor = vendor
        self.refused = dict(refused or {})


class PromptField(forms.CharField):
    """Words for a vendor's model: a large field with a counter, which can be improved by prompt optimization."""

    def __init__(self, *, is_improvable: bool = True, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.is_improvable = is_improvable

    def to_python(self, value: Any) -> str | None:
        """Count a new line as one sign, as the page's counter does: browsers send two."""
        return super().to_python(value.replace("\r\n", "\n") if isinstance(value, str) else value)


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
    """A whole number with a range so wide that a logarithmic scale with named marks serves better.

    `vendor_default` is what the vendor takes where nothing is sent; unlike `initial` it is not put into the form, so
    that the same number is sent when somebody asks for it.
    """

    def __init__(self, *, marks: Sequence[tuple[int, str]], vendor_default: int | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.marks = tuple(marks)
        self.vendor_default = vendor_default


class WholeChoiceField(forms.TypedChoiceField):
    """A choice among whole numbers."""

    def __init__(self, *, values: Sequence[int], labels: Sequence[str] = (), **kwargs: Any) -> None:
        texts = labels or [str(value) for value in values]
        super().__init__(coerce=int, empty_value=None, choices=list(zip(values, texts, strict=True)), **kwargs)


LIST_ITEM = forms.CharField(max_length=100)


class ListField(forms.MultipleChoiceField):
    """Several values, in the order given; on a command line separated by commas. Known ones can be ticked."""

    def __init__(self, *, choices: Choices, max_items: int, **kwargs: Any) -> None:
        super().__init__(choices=choices, **kwargs)
        self.max_items = max_items

    def to_python(self, value: Any) -> list[str]:
        return split_list(value)

    def validate(self, value: list[str]) -> None:
        if self.required and not value:
            raise ValidationError(self.error_messages["required"], code="required")
        for item in value:
            LIST_ITEM.clean(item)
        check_items(value, max_items=self.max_items)


def split_list(value: Any) -> list[str]:
    """Return the items of a list that may be written with commas."""
    if isinstance(value, str):
        parts = value.split(",")
    else:
        parts = list(value) if isinstance(value, list | tuple) else [] if value is None else [value]
    return [text for text in (str(part).strip() for part in parts) if text]


def check_items(items: Sequence[object], *, max_items: int) -> None:
    """:raises ValidationError: when there are too many, or one of them twice"""
    if len(items) > max_items:
        raise ValidationError(f"Choose at most {max_items}.", code="max_items")
    if len(set(items)) < len(items):
        raise ValidationError("Each may be chosen once.", code="repeated")


FIELD_TYPES: tuple[tuple[type[forms.Field], str], ...] = (
    (ListField, "list"),
    (AssetListField, "list"),
    (TaskField, "task"),
    (OpenChoiceField, "choice"),
    (forms.ChoiceField, "choice"),
    (forms.BooleanField, "boolean"),
    (forms.IntegerField, "integer"),
    (forms.CharField, "text"),
)


def get_type(field: forms.Field) -> str:
    """Return the type's name in `manage.py operations`: text, integer, boolean, choice, list, model, image or task."""
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
