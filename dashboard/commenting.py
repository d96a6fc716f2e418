"""The comments of a file as its page shows them, and what may be said."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from dashboard.forms import Styled
from jobs.models import Asset, Comment, User

SHOWN = 100
"""The newest of a file's comments; nobody reads more on one page."""
TEXT_MAX = 4000
MODES_MAX = 20
VERDICTS = [("", "Comment"), (Asset.Review.APPROVED, "Approve"), (Asset.Review.CHANGES, "Request changes")]


@dataclass(frozen=True)
class Line:
    """One comment; `number` counts the pinned ones, as the marks on the model do."""

    comment: Comment
    number: int
    is_own: bool


class CommentForm(Styled, forms.Form):
    text = forms.CharField(
        label="Comment", max_length=TEXT_MAX, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    verdict = forms.ChoiceField(choices=VERDICTS, required=False, widget=forms.RadioSelect)
    pin = forms.CharField(required=False, max_length=1000, widget=forms.HiddenInput)

    def clean_pin(self) -> dict[str, Any] | None:
        return read_pin(self.cleaned_data["pin"])

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        if not self.errors and not values.get("text") and not values.get("verdict"):
            self.add_error("text", "Write a few words, or choose a verdict.")
        return values


class CommentTextForm(Styled, forms.Form):
    text = forms.CharField(label="Comment", max_length=TEXT_MAX, widget=forms.Textarea(attrs={"rows": 8}))


def build_comments(asset: Asset, user: User) -> list[Line]:
    """Return the newest comments in the order in which they were said."""
    newest = asset.comments.kept().select_related("author").order_by("-created_at", "-pk")[:SHOWN]
    lines, number = [], 0
    for comment in reversed(newest):
        number += 1 if comment.pin else 0
        lines.append(Line(comment, number if comment.pin else 0, comment.author_id == user.pk))
    return lines


def read_pin(text: str) -> dict[str, Any] | None:
    """Return a place on a model or a picture from what a page sent, rebuilt number by number; None for no place.

    :raises ValidationError: when it is neither
    """
    if not text:
        return None
    try:
        value = json.loads(text)
        return _read_place(value)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError) as error:
        raise ValidationError("The place on the model could not be read. Set the pin again.") from error


def _read_place(value: dict[str, Any]) -> dict[str, Any]:
    if "x" in value:
        x, y = _read_number(value["x"]), _read_number(value["y"])
        if not (0 <= x <= 1 and 0 <= y <= 1):
            raise ValueError("outside of the picture")
        return {"x": round(x, 4), "y": round(y, 4)}
    mode = str(value.get("mode", ""))[:MODES_MAX]
    return {
        "position": _read_numbers(value["position"], units=("m", "m", "m")),
        "normal": _read_numbers(value["normal"], units=("m", "m", "m")),
        "orbit": _read_numbers(value["orbit"], units=("rad", "rad", "m")),
        "target": _read_numbers(value["target"], units=("m", "m", "m")),
        "field_of_view": _read_numbers(value["field_of_view"], units=("deg",)),
        "mode": mode if mode.isidentifier() else "",
    }


def _read_numbers(text: str, *, units: tuple[str, ...]) -> str:
    """Return as many numbers as there are units, each written with its unit: `0.5rad 1.2rad 3m`."""
    words = str(text).split()
    if len(words) != len(units):
        raise ValueError("another number of values")
    return " ".join(
        f"{_read_number(word.removesuffix(unit)):.6g}{unit}" for word, unit in zip(words, units, strict=True)
    )


def _read_number(word: Any) -> float:
    number = float(word)
    if not math.isfinite(number) or abs(number) > 1e9:
        raise ValueError("no number of a scene")
    return number
