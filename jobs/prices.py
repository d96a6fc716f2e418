"""What a task costs before it is started: the vendor's quote, else its list of prices, else what earlier tasks cost."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from django.db.models import Q, Subquery

from jobs import balances
from jobs.models import Task
from jobs.operations import Operation
from jobs.quotes import fetch_quote, find_quote
from jobs.vendors import OPERATIONS

LOOKED_BACK = 5_000  # tasks of any kind, so that a long history costs no time
COMPARED = 20
RECENT = 200  # of all operations together, for many prices at once

Source = Literal["quote", "list", "history"]
Charges = tuple[Any, float | None, float | None]  # params, charged, quoted


@dataclass(frozen=True)
class Price:
    """Credits, and where the number is from. `highest` makes it a range: earlier tasks of the kind differ."""

    credits: float
    source: Source
    highest: float | None = None


def ask_price(operation: Operation, params: Mapping[str, Any], *, person: int) -> Price | None:
    """Return the price; the vendor is asked where it quotes, for as long as a person can wait."""
    quote = fetch_quote(operation, params, person=person)
    return Price(quote.cost_credits, "quote") if quote else get_price(operation, params)


def get_price(operation: Operation, params: Mapping[str, Any]) -> Price | None:
    """Return the price as far as it is known here; None where nothing tells it."""
    if (quote := find_quote(operation, params)) is not None:
        return Price(quote.cost_credits, "quote")
    if operation.list_price is not None:
        return Price(operation.list_price.compute(params), "list")
    if operation.build_priced(params) == operation.build_priced({}):
        usual = balances.get_default_prices().get(operation.key)
        if usual is not None:
            return Price(usual, "quote")
    return _judge(operation, params)


def get_usual_prices(operations: Iterable[Operation] | None = None) -> dict[str, Price]:
    """Return what operations cost with their defaults, by key, in two queries at most; without the unknown ones."""
    wanted = list(OPERATIONS.values() if operations is None else operations)
    quoted = balances.get_default_prices()
    found = {item.key: Price(quoted[item.key], "quote") for item in wanted if item.key in quoted}
    found |= {item.key: Price(item.list_price.compute({}), "list") for item in wanted if item.list_price}
    missing = {item.key for item in wanted} - found.keys()
    if not missing:
        return found
    recent = _list_priced().values_list("operation", "charged_credits", "quoted_credits")[:RECENT]
    for key, charged, quoted_once in recent:
        if key in missing and key not in found:
            found[key] = Price(charged or quoted_once or 0.0, "history")
    return found


def estimate_credits(operation: str, params: Mapping[str, Any]) -> float | None:
    """Return the price of the last task with these values, else of the last one of its kind; None without any."""
    known = _list_known(operation)
    alike = [row for row in known if row[0] == dict(params)] or known
    return _read_charge(alike[0]) if alike else None


def _judge(operation: Operation, params: Mapping[str, Any]) -> Price | None:
    """Judge by earlier tasks: those with the same values, else the range of the others."""
    known = _list_known(operation.key)
    priced = operation.build_priced(params)
    alike = [row for row in known if operation.build_priced(row[0]) == priced]
    if alike:
        return Price(_read_charge(alike[0]), "history")
    charges = [_read_charge(row) for row in known]
    if not charges:
        return None
    lowest, highest = min(charges), max(charges)
    return Price(lowest, "history", highest if highest > lowest else None)


def _list_known(operation: str) -> list[Charges]:
    rows = _list_priced().filter(operation=operation)
    return list(rows.values_list("params", "charged_credits", "quoted_credits")[:COMPARED])


def _list_priced() -> Any:
    newest = Subquery(Task.objects.order_by("-pk").values("pk")[:1])
    priced = Q(charged_credits__gt=0) | Q(quoted_credits__gt=0)
    return Task.objects.filter(priced, pk__gt=newest - LOOKED_BACK).order_by("-pk")


def _read_charge(row: Charges) -> float:
    return row[1] or row[2] or 0.0
