"""Several tasks chosen on a list: with which of them it can be done, why not with the others, and what it costs."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from django.http import QueryDict
from django.utils import timezone

from dashboard import access
from dashboard.pickers import read_numbers
from dashboard.pricing import PriceTag, build_tag, write_price
from dashboard.task_list import Row, build_rows, with_details
from jobs import balances
from jobs.models import State, Task, User
from jobs.prices import Price, Source, get_price
from jobs.vendors import VENDOR_LABELS

CHOSEN_MAX = 100
Act = Literal["cancel", "again", "dismiss"]
NEEDS: dict[str, Literal["edit", "spend"]] = {"cancel": "edit", "again": "spend", "dismiss": "edit"}


@dataclass(frozen=True)
class Choice:
    """One chosen task; `obstacle` says why it is left out, empty where it is not."""

    row: Row
    obstacle: str = ""
    price: Price | None = None

    @property
    def task(self) -> Task:
        return self.row.task

    @property
    def price_text(self) -> str:
        return write_price(self.price) if self.price else "price not known"


@dataclass(frozen=True)
class Total:
    """What the chosen tasks of one vendor come to; the prices of `unknown` of them are not in it."""

    label: str
    count: int
    unknown: int
    is_quoted: bool
    tag: PriceTag

    @property
    def text(self) -> str:
        """Return the sum in words, as far as it is known."""
        if not self.tag.text:
            return "price not known"
        if self.unknown:
            return f"at least {self.tag.text}"
        return self.tag.text if self.is_quoted else f"about {self.tag.text}"


@dataclass
class Prices:
    """The prices of equal requests, looked up once."""

    known: dict[str, Price | None] = field(default_factory=dict)

    def get(self, task: Task) -> Price | None:
        key = f"{task.operation} {json.dumps(task.spec.build_priced(task.params), sort_keys=True, default=str)}"
        if key not in self.known:
            self.known[key] = get_price(task.spec, task.params)
        return self.known[key]


def list_chosen(user: User, query: QueryDict) -> list[Any]:
    """Return the tasks whose numbers the address or the form holds, as far as the person can see them."""
    pks = read_numbers(query.getlist("task"))[:CHOSEN_MAX]
    return list(with_details(access.get_visible_tasks(user).filter(pk__in=pks)))


def build_choices(tasks: Iterable[Any], act: str, *, user: User) -> list[Choice]:
    allowed = access.list_pks_for(user, NEEDS[act])
    rows = build_rows(list(tasks), editable=allowed, now=timezone.now())
    prices = Prices()
    return [_build_choice(row, act, prices) for row in rows]


def _build_choice(row: Row, act: str, prices: Prices) -> Choice:
    if not row.may_change:
        what = "start tasks in" if act == "again" else "change"
        return Choice(row, f"You may not {what} the project “{row.task.project.name}”.")
    if obstacle := find_obstacle(row.task, act):
        return Choice(row, obstacle)
    return Choice(row, price=prices.get(row.task) if act == "again" else None)


def find_obstacle(task: Task, act: str) -> str:
    """Return why this is not to be done with the task as it is now; empty where it can be."""
    if act == "cancel":
        if task.state in (State.QUEUED, State.UNKNOWN):
            return ""
        return f"It is at {task.vendor_label} already." if task.is_open else "It has ended."
    if task.is_open:
        return "It has not ended."
    if act == "dismiss" and (task.state not in (State.FAILED, State.EXPIRED) or task.dismissed_at):
        return "It needs no attention."
    return ""


def add_up(choices: Iterable[Choice]) -> list[Total]:
    """Return what the choices cost, for each vendor: credits of one are not those of another."""
    by_vendor: dict[str, list[Price | None]] = {}
    for choice in choices:
        by_vendor.setdefault(choice.task.vendor, []).append(choice.price)
    held = balances.get_balances()
    return [
        Total(
            label=VENDOR_LABELS[vendor],
            count=len(prices),
            unknown=prices.count(None),
            is_quoted=all(price and price.source == "quote" for price in prices),
            tag=build_tag(vendor, add_prices([price for price in prices if price]), held[vendor]),
        )
        for vendor, prices in by_vendor.items()
    ]


def add_prices(prices: list[Price]) -> Price | None:
    """Return the sum; it is as sure as the least sure of them."""
    if not prices:
        return None
    lowest, highest = sum(price.credits for price in prices), sum(price.highest or price.credits for price in prices)
    sources = {price.source for price in prices}
    source: Source = "history" if "history" in sources else "list" if "list" in sources else "quote"
    return Price(lowest, source, highest if highest > lowest else None)
