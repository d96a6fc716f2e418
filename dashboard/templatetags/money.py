"""Credits in templates: what became of a task's, and the twin that it was started with."""

from __future__ import annotations

from typing import Any

from django import template

from dashboard.pair_card import PairCard, build_pair_card
from dashboard.pricing import count_credits, write_credits, write_price
from dashboard.uses import Use, list_file_uses
from jobs.credits import Kind, read_money
from jobs.models import Asset, Task
from jobs.prices import get_price

register = template.Library()

# Kind -> (tone, icon): word, icon and colour say the same.
LOOKS: dict[str, tuple[str, str]] = {
    Kind.HELD: ("neutral", "lock"),
    Kind.CHARGED: ("ink", "coins"),
    Kind.RELEASED: ("success", "arrow-back-up"),
    Kind.UNKNOWN: ("warning", "help"),
}
MEANINGS: dict[str, str] = {
    Kind.HELD: "Set aside at the vendor while the task is under way; charged when it is done, released when it fails.",
    Kind.CHARGED: "Taken from the account.",
    Kind.RELEASED: "Given back: the task cost nothing.",
    Kind.UNKNOWN: "The vendor has not said whether it charged; its own account tells.",
}


@register.inclusion_tag("_money.html")
def task_money(task: Task) -> dict[str, Any]:
    """Show what became of a task's credits: "20 credits held"; "Not charged" where there were none."""
    found = read_money(task)
    if found.kind == Kind.NONE:
        return {"text": "Not charged", "tone": "neutral", "icon_name": "", "meaning": "No credits were held for it."}
    tone, icon_name = LOOKS[found.kind]
    amount = count_credits(found.credits) if found.credits is not None else "Credits"
    return {
        "text": f"{amount} {found.kind.label.lower()}",
        "tone": tone,
        "icon_name": icon_name,
        "meaning": MEANINGS[found.kind],
    }


@register.filter(name="credits")
def write(amount: float | None) -> str:
    """Write a number of credits: 40, 1,250, 0.5; a dash for none at all."""
    return write_credits(amount) if amount else "–"


@register.simple_tag
def again_price(task: Task) -> str:
    """Return what the same task would cost again as far as it is known here: "20 credits"."""
    price = get_price(task.spec, task.params)
    if price is None and task.charged_credits:
        return count_credits(task.charged_credits)
    return write_price(price) if price else ""


@register.simple_tag
def next_steps(asset: Asset) -> list[Use]:
    """Return the operations that take this file, with what they usually cost."""
    return list_file_uses(asset)


@register.simple_tag
def pair_of(task: Task) -> PairCard | None:
    """Return the card of the tasks that were started together with this one."""
    return build_pair_card(task)
