"""A price in words: what stands on a Run button, who says so, and what the account has left after it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from jobs.balances import Balance
from jobs.prices import Price
from jobs.vendors import VENDOR_LABELS, get_connection

UNKNOWN = "{vendor} charges credits for it; how many is not known yet."
NOTES = {
    "quote": "Quoted by {vendor}.",
    "list": "{vendor}’s list price.",
    "history": "What it cost here before.",
}
RANGE_NOTE = "What such tasks cost here before."
MADE_UP = "Done by the sandbox: its prices are made up, no credits are spent."


@dataclass(frozen=True)
class PriceTag:
    """`text` is for the button, `note` says where it is from, `after` what is left; `is_short`: there is too little.

    `aside` is what the sandbox has to say of its prices.
    """

    text: str
    note: str
    after: str = ""
    aside: str = ""
    is_short: bool = False


def write_credits(amount: float) -> str:
    """Write a number of credits: 40, 1,250, 0.5."""
    text = f"{amount:,.2f}"
    return text.rstrip("0").rstrip(".")


def count_credits(amount: float) -> str:
    """Write "1 credit", "40 credits"."""
    return f"{write_credits(amount)} credit{'' if amount == 1 else 's'}"


def write_price(price: Price) -> str:
    """Write "40 credits", "10–15 credits" of a range."""
    if price.highest is None:
        return count_credits(price.credits)
    return f"{write_credits(price.credits)}–{write_credits(price.highest)} credits"


def write_short_price(price: Price | None) -> str:
    """Write the number alone, for a button that is one of many; nothing where the price is not known."""
    if price is None:
        return ""
    return write_price(price).removesuffix(" credits").removesuffix(" credit")


def explain_price(vendor: str, price: Price | None) -> str:
    """Say in a sentence where the price is from."""
    label = VENDOR_LABELS[vendor]
    if price is None:
        return UNKNOWN.format(vendor=label)
    return RANGE_NOTE if price.highest is not None else NOTES[price.source].format(vendor=label)


def build_tag(vendor: str, price: Price | None, balance: Balance) -> PriceTag:
    """Return the price of one task with what stands around it."""
    after, is_short = _build_after(price, balance)
    return PriceTag(
        text=write_price(price) if price else "",
        note=explain_price(vendor, price),
        after=after,
        aside=MADE_UP if get_connection(vendor).sandbox else "",
        is_short=is_short,
    )


def build_sum_tag(prices: Sequence[tuple[str, Price | None]], balances: Sequence[Balance]) -> PriceTag:
    """Return the price of tasks at several vendors: credits of one are not those of another, so nothing is added up."""
    known = [(vendor, price) for vendor, price in prices if price]
    said = " and ".join(f"{VENDOR_LABELS[vendor]} {write_price(price)}" for vendor, price in known)
    untold = [explain_price(vendor, None) for vendor, price in prices if not price]
    after, is_short = _build_sum_after(prices, balances)
    return PriceTag(
        text=" + ".join(write_short_price(price) for _, price in known) + " credits" if not untold else "",
        note=" ".join([*([f"{said}."] if said else []), *untold]),
        after=after,
        aside=MADE_UP if any(get_connection(vendor).sandbox for vendor, _ in prices) else "",
        is_short=is_short,
    )


def _build_sum_after(prices: Sequence[tuple[str, Price | None]], balances: Sequence[Balance]) -> tuple[str, bool]:
    """Return what is left at each vendor; where one has too little, that."""
    left: list[str] = []
    for (vendor, price), balance in zip(prices, balances, strict=True):
        sentence, is_short = _build_after(price, balance)
        if is_short:
            return f"{VENDOR_LABELS[vendor]}: {sentence[0].lower()}{sentence[1:]}", True
        if price and balance.credits is not None:
            left.append(f"{VENDOR_LABELS[vendor]} {write_credits(balance.credits - _get_most(price))}")
    return f"Balance after: {', '.join(left)}." if left else "", False


def _build_after(price: Price | None, balance: Balance) -> tuple[str, bool]:
    """Return what is left after it, and whether the account has too little."""
    if balance.credits is None:
        return "", False
    if price is None:
        return f"Balance: {write_credits(balance.credits)}.", False
    left = balance.credits - _get_most(price)
    if left >= 0:
        return f"Balance after: {write_credits(left)}.", False
    needed = write_credits(_get_most(price))
    return f"Too little left: it needs {needed}, and {write_credits(balance.credits)} are there.", True


def _get_most(price: Price) -> float:
    return price.highest or price.credits
