"""What the page of a new task shows around its form: other operations, errors on top, the price, an earlier task."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.utils import timezone

from dashboard.differences import mark_differences
from dashboard.pickers import get_pickable
from dashboard.pricing import PriceTag, build_sum_tag, build_tag
from dashboard.task_controls import (
    Control,
    EitherOr,
    build_blocks,
    build_controls,
    build_edit_initial,
    build_hidden_notes,
    build_rules_json,
)
from dashboard.task_forms import get_inputs
from jobs import pairing
from jobs.balances import get_balances
from jobs.models import Project, Task
from jobs.operations import Operation, OperationForm
from jobs.prices import Price, ask_price, get_price
from jobs.vendors import OPERATIONS, VENDOR_LABELS, get_connection

FindPrice = Callable[[Operation, Mapping[str, Any]], Price | None]


@dataclass(frozen=True)
class Occasion:
    """What a form was opened or comes back for.

    `earlier` is the task that it was filled in from, `started` the equal one of a moment ago; `left_out` are labels of
    values that the form for both vendors has no place for.
    """

    earlier: Task | None = None
    started: Task | None = None
    left_out: tuple[str, ...] = ()


def build_form_context(form: OperationForm, occasion: Occasion, *, project: Project, form_key: str) -> dict[str, Any]:
    operation = form.operation
    controls = build_controls(form, pickable=get_pickable(form, project))
    if (earlier := occasion.earlier) is not None:
        mark_differences(controls, build_edit_initial(operation, earlier.params, get_inputs(earlier)))
    blocks = build_blocks(form, controls)
    advanced = [control for control in controls if control.advanced]
    source = find_source(controls)
    started = occasion.started
    is_pair = operation is pairing.BOTH
    values = form.params if form.is_bound else form.initial
    return {
        "section": "projects",
        "project": project,
        "operation": operation,
        "is_pair": is_pair,
        "pair_operation": pairing.BOTH if pairing.is_pairable(operation) else None,
        "tabs": build_tabs(source),
        "vendor_label": VENDOR_LABELS.get(operation.vendor, "Both vendors"),
        "sandbox": not is_pair and get_connection(operation.vendor).sandbox,
        "form": form,
        "form_key": form_key,
        "controls": [control for control in controls if not control.advanced],
        "advanced": advanced,
        "blocks": [block for block in blocks if not block.advanced],
        "advanced_blocks": [block for block in blocks if block.advanced],
        "advanced_open": any(control.errors or not control.is_default for control in advanced),
        "changed_count": sum(not control.is_default for control in advanced),
        "errors": build_error_summary(form, blocks),
        "hidden_notes": build_hidden_notes(operation),
        "rules_json": build_rules_json(operation),
        "source": source,
        "earlier": earlier,
        "left_out": occasion.left_out,
        "price": build_known_tag(operation, values),
        "pair_price": build_pair_text(operation, values),
        "started": started,
        "started_ago_s": round((timezone.now() - started.created_at).total_seconds()) if started else None,
    }


def build_known_tag(operation: Operation, values: Mapping[str, Any]) -> PriceTag:
    """Return the price as far as it is known here: no vendor is asked while the page is made."""
    if operation is pairing.BOTH:
        return _build_pair_tag(values, get_price)
    return build_tag(operation.vendor, get_price(operation, values), get_balances()[operation.vendor])


def ask_tag(form: OperationForm, *, person: int) -> PriceTag:
    """Return the price of what a form holds so far, filled in or not; a vendor that quotes is asked."""
    form.full_clean()
    operation, values = form.operation, form.params
    ask = partial(ask_price, person=person)
    if operation is pairing.BOTH:
        return _build_pair_tag({**values, "image": form.data.get("image")}, ask)
    return build_tag(operation.vendor, ask(operation, values), get_balances()[operation.vendor])


def build_pair_text(operation: Operation, values: Mapping[str, Any], *, find: FindPrice = get_price) -> str:
    """Return what these values of one vendor's form cost at both, "" where they cannot be asked or nobody knows."""
    if not pairing.is_pairable(operation):
        return ""
    return _build_pair_tag(pairing.map_from(operation, values), find).text


def _build_pair_tag(values: Mapping[str, Any], find: FindPrice) -> PriceTag:
    operations = pairing.choose_operations(values)
    prices = [(item.vendor, find(item, pairing.map_to(item, values))) for item in operations]
    balances = get_balances()
    return build_sum_tag(prices, [balances[vendor] for vendor, _ in prices])


def find_source(controls: list[Control]) -> Control | None:
    """Return the control whose file is shown large: the model that goes in, else the picture."""
    pickers = [control for control in controls if control.kind == "asset"]
    return next((control for control in pickers if control.field.kind == "model"), pickers[0] if pickers else None)


def build_tabs(source: Control | None) -> list[dict[str, Any]]:
    """Return every operation by vendor, with the address's query that keeps the chosen file."""
    tabs: dict[str, list[dict[str, Any]]] = {}
    for item in [*OPERATIONS.values(), pairing.BOTH]:
        kept = source.field.kind if source and source.is_given else ""
        name = next((name for name, field in item.asset_fields.items() if field.kind == kept), "")
        query = f"?{urlencode({name: source.value})}" if source and name else ""
        tabs.setdefault(item.vendor, []).append({"operation": item, "query": query})
    return [{"label": VENDOR_LABELS.get(vendor, "Both"), "entries": entries} for vendor, entries in tabs.items()]


def build_error_summary(form: OperationForm, blocks: list[Control | EitherOr]) -> list[dict[str, str]]:
    """Return each field's errors with the label and the id to jump to."""
    hidden = {
        control.name: block.element_id
        for block in blocks
        if isinstance(block, EitherOr)
        for control in block.controls
        if control is not block.chosen
    }
    return [
        {
            "id": hidden.get(name, form[name].auto_id) if name in form.fields else "",
            "label": str(form[name].label) if name in form.fields else "",
            "text": " ".join(str(text) for text in texts),
        }
        for name, texts in form.errors.items()
    ]
