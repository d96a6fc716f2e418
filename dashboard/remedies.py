"""Ways out of a failed task: each a button with what it does, where it leads and what it costs, if it is open here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from dashboard.pricing import write_price
from jobs import pairing, tending
from jobs.models import Asset, Task, TaskInput, User
from jobs.operations import Operation
from jobs.prices import get_price
from jobs.vendors import OPERATIONS, VENDOR_LABELS

CONVERT = "triverse.convert-model-format"
KEEP_UVS, FORMATS = "enable_original_uv", "target_formats"
WORDS_ABOUT_LENGTH = ("too long", "length", "characters", "at most")


@dataclass(frozen=True)
class Remedy:
    """One button. `is_post` starts something at once; `price` is in words, "free" where nothing is charged."""

    label: str
    icon: str
    address: str
    price: str = ""
    is_post: bool = False


@dataclass(frozen=True)
class Trouble:
    """A task, and what the person who looks at it may do about it."""

    task: Task
    inputs: list[TaskInput]
    user: User
    can_edit: bool
    can_spend: bool

    @cached_property
    def model(self) -> Asset | None:
        """Return the model that went in, as long as it can be used."""
        files = (item.asset for item in self.inputs)
        return next((asset for asset in files if asset.kind == Asset.Kind.MODEL and not asset.trashed_at), None)

    @cached_property
    def price(self) -> str:
        return _write_price(self.task.spec, self.task.params)

    def build_form_address(self, operation: Operation, values: Mapping[str, Any], *, at: str = "") -> str:
        """Return the address of an operation's form with these values, at one of its fields."""
        address = reverse("task-new", args=[self.task.project.slug, operation.key])
        return f"{address}?{urlencode(values, doseq=True)}{f'#id_{at}-control' if at else ''}"


def _write_price(operation: Operation, values: Mapping[str, Any]) -> str:
    price = get_price(operation, values)
    if price is None:
        return ""
    return write_price(price) if price.source == "quote" else f"about {write_price(price)}"


def run_again(trouble: Trouble) -> Remedy | None:
    if not trouble.can_spend or any(item.asset.trashed_at for item in trouble.inputs):
        return None
    address = reverse("task-again", args=[trouble.task.pk])
    return Remedy("Run again", "refresh", address, trouble.price or "a new charge", is_post=True)


def edit(trouble: Trouble, label: str = "Edit and run", *, at: str = "", **values: str) -> Remedy | None:
    if not trouble.can_spend:
        return None
    address = trouble.build_form_address(trouble.task.spec, {"from": trouble.task.pk, **values}, at=at)
    return Remedy(label, "pencil", address)


def shorten(trouble: Trouble) -> Remedy | None:
    """Offer a shorter prompt where the vendor complains of its length."""
    said = f"{trouble.task.error_what} {trouble.task.error_now}".lower()
    is_long = "prompt" in said and any(word in said for word in WORDS_ABOUT_LENGTH)
    return _edit_words(trouble, "Shorten the prompt") if is_long else None


def reword(trouble: Trouble) -> Remedy | None:
    """Lead to what was refused: the words where there are some, else the picture."""
    has_words = any(trouble.task.params.get(name) for name in trouble.task.spec.prompt_fields)
    return _edit_words(trouble, "Reword it") if has_words else edit(trouble, "Choose another picture")


def _edit_words(trouble: Trouble, label: str) -> Remedy | None:
    fields = trouble.task.spec.prompt_fields
    name = next((name for name in fields if trouble.task.params.get(name)), fields[0] if fields else "")
    return edit(trouble, label, at=name)


def convert(trouble: Trouble) -> Remedy | None:
    """Offer a GLB of the model that went in, where it was none."""
    model, operation = trouble.model, OPERATIONS[CONVERT]
    if not trouble.can_spend or model is None or model.format == "glb" or trouble.task.operation == CONVERT:
        return None
    values = {"model_file": model.pk, "target_format": "glb"}
    price = _write_price(operation, {"source_format": model.format, "target_format": "glb"})
    return Remedy("Convert to GLB", operation.icon, trouble.build_form_address(operation, values), price)


def make_new_uvs(trouble: Trouble) -> Remedy | None:
    if KEEP_UVS not in trouble.task.spec.fields:
        return None
    return edit(trouble, "Run with new UVs", **{KEEP_UVS: ""})


def ask_glb_alone(trouble: Trouble) -> Remedy | None:
    return edit(trouble, "Ask for GLB alone", **{FORMATS: "glb"}) if FORMATS in trouble.task.spec.fields else None


def choose_file(trouble: Trouble) -> Remedy | None:
    return edit(trouble, "Choose another file")


def use_other_vendor(trouble: Trouble) -> Remedy | None:
    """Offer the same at the other vendor, with the values that both have."""
    task = trouble.task
    if not trouble.can_spend or not pairing.is_pairable(task.spec):
        return None
    files = {item.field: item.asset.pk for item in trouble.inputs if not item.asset.trashed_at}
    shared = pairing.map_from(task.spec, {**task.params, **files})
    for operation in pairing.choose_operations(shared):
        if operation.vendor != task.vendor:
            values = pairing.map_to(operation, shared)
            given = {name: value for name, value in values.items() if not isinstance(value, bool)}
            address = trouble.build_form_address(operation, given)
            label = f"Use {VENDOR_LABELS[operation.vendor]}"
            return Remedy(label, operation.icon, address, _write_price(operation, values))
    return None


def fetch_again(trouble: Trouble) -> Remedy | None:
    if not trouble.can_edit or tending.find_fetch_obstacle(trouble.task):
        return None
    return Remedy("Fetch again", "download", reverse("task-fetch", args=[trouble.task.pk]), "free", is_post=True)


def open_vendor(trouble: Trouble) -> Remedy | None:
    """Lead staff to where a vendor's key is looked after."""
    user = trouble.user
    if not user.is_staff or not user.has_perm("jobs.change_circuit"):
        return None
    label = f"Look at {trouble.task.vendor_label}'s key"
    return Remedy(label, "key", reverse("admin:jobs_circuit_change", args=[trouble.task.vendor]))


WayOut = Callable[[Trouble], Remedy | None]


def find_remedies(trouble: Trouble, ways: tuple[WayOut, ...]) -> list[Remedy]:
    """Return the ways out that are open, the best first."""
    found = (way(trouble) for way in ways)
    return [remedy for remedy in found if remedy is not None]
