"""What Triverse's operations have in common. Facts: the vendor's pages Texturing and Utilities, read on 2026-11-21."""

from datetime import date

from django import forms
from django.core.validators import RegexValidator

from jobs.fields import AssetField, SentAs
from jobs.operations import Endpoint

READ_ON = date(2026, 11, 21)

FOLLOW = Endpoint("GET", "/tasks/{task_uuid}", "follow the task")
FETCH = Endpoint("GET", "/tasks/url/{task_uuid}", "find the main file")

SHARED_FIELDS = {
    "client_order_id": forms.CharField(
        label="Order ID",
        required=False,
        max_length=64,
        validators=[RegexValidator(r"^[A-Za-z0-9_-]+$", "Use letters, digits, _ and - only.")],
        help_text="The same ID again is the same request, and is charged once.",
    ),
    "allow_duplicate": forms.BooleanField(
        label="Run it even if it equals a request of a moment ago",
        required=False,
        initial=False,
        help_text="Triverse refuses an equal request shortly after the first one.",
    ),
}


def model_field(*, sent_as: SentAs = "file_key") -> AssetField:
    return AssetField(label="Model", kind="model", sent_as=sent_as)


# The two parameters that every one of Triverse's pages has gained since the first ones.
SHARED_NAMES = frozenset(SHARED_FIELDS)
