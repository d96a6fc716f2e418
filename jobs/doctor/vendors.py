"""The vendors: with a key or through the sandbox, reachable, the account's credits, and the same time as here?"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from jobs.doctor.lines import Line, note, ok, wrong
from jobs.vendors import CLIENTS, KEY_VARIABLES, VENDOR_LABELS, get_connection
from jobs.vendors.base import VendorError
from jobs.vendors.probing import Probe, probe

TIMEOUT_S = 5.0
SKEW_NOTE_S, SKEW_WRONG_S = 5.0, 60.0


@dataclass(frozen=True)
class Answers:
    """What a vendor said; None and an error where it said nothing."""

    found: Probe | None = None
    credits: float | None = None
    error: VendorError | None = None


def ask(vendor: str) -> Answers:
    """Ask for a sign of life and for the balance, which is free. Takes no rows: it runs in a thread."""
    connection = replace(get_connection(vendor), read_timeout_s=TIMEOUT_S)
    try:
        found = probe(connection.base_url, label=VENDOR_LABELS[vendor], timeout_s=TIMEOUT_S)
    except VendorError as error:
        return Answers(error=error)
    try:
        with CLIENTS[vendor](connection) as client:
            return Answers(found, credits=client.fetch_balance())
    except VendorError as error:
        return Answers(found, error=error)


def describe(vendor: str, answers: Answers) -> Iterator[Line]:
    label, connection = VENDOR_LABELS[vendor], get_connection(vendor)
    if connection.sandbox:
        what = f"No key: the sandbox stands in for it, {connection.base_url}"
        yield note(label, what, f"For real results set {KEY_VARIABLES[vendor]}.")
    else:
        yield ok(label, f"With a key, at {connection.base_url}")
    if answers.found is None:
        elsewhere = "Check the network, the proxy, and the vendor's own page about its state."
        now_do = "Start it: make run." if connection.sandbox else elsewhere
        reason = answers.error.code if answers.error else "no answer"
        yield wrong(f"{label} answers", f"It does not ({reason.replace('_', ' ')}).", now_do)
        return
    yield ok(f"{label} answers", f"in {1000 * answers.found.answer_s:.0f} ms")
    yield describe_balance(vendor, answers)
    yield describe_clock(label, answers.found)


def describe_balance(vendor: str, answers: Answers) -> Line:
    name, error = f"{VENDOR_LABELS[vendor]} credits", answers.error
    if error is not None and error.http_status in (401, 403):
        return wrong(name, "The key is not accepted.", f"Check {KEY_VARIABLES[vendor]} (.env or the environment).")
    if error is not None:
        return wrong(name, f"The balance cannot be read. {error.message}", error.suggestion or "Try again later.")
    if not answers.credits or answers.credits <= 0:
        return wrong(name, "There are none left: no task can start.", "Buy credits in the vendor's account.")
    return ok(name, f"{answers.credits:,.0f}")


def describe_clock(label: str, found: Probe) -> Line:
    name = f"{label} clock"
    if found.skew_s is None:
        return note(name, "It does not tell the time.")
    said = f"{found.skew_s:+.0f} s beside this machine's"
    if abs(found.skew_s) <= SKEW_NOTE_S:
        return ok(name, "the same as this machine's")
    now_do = "Let this machine keep time by NTP: lost answers are found again by the time of sending."
    return (wrong if abs(found.skew_s) > SKEW_WRONG_S else note)(name, f"{said}.", now_do)
