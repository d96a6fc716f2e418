"""What a person has to know of a task that did not end well, or that waits for its vendor; and the button that helps.

Each card answers what happened, whether it was charged, and what to do now. CASES says for each kind of failure which
title it has and which ways out are tried: the first that is open is the card's button. The vendor's own words stand in
the details.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from dashboard.pricing import count_credits, write_credits
from dashboard.remedies import (
    Remedy,
    Trouble,
    WayOut,
    ask_glb_alone,
    choose_file,
    convert,
    edit,
    fetch_again,
    find_remedies,
    make_new_uvs,
    open_vendor,
    reword,
    run_again,
    shorten,
    use_other_vendor,
)
from dashboard.task_page import build_turn_text
from dashboard.wire import build_json
from jobs.balances import get_balances
from jobs.holds import HELD
from jobs.models import State, Task
from jobs.prices import get_price
from jobs.tending import BY_STAFF
from jobs.vendors.base import CONFLICT, QUEUE_FULL, RATE_LIMITED

CHARGED_WORDS = {
    Task.Charged.NO: "Not charged.",
    Task.Charged.YES: "Charged.",
    Task.Charged.RELEASED: "The held credits were released: nothing was charged.",
    Task.Charged.UNKNOWN: "Not known: the vendor's account tells.",
}
UNSENT = "Not charged: it has not been sent."
FALSE_ALARM = (
    "Fantasy weapons, potions or undead are sometimes refused by mistake: say it more plainly, or in other words."
)
TELL_SOMEBODY = "Administrators are told of it on every page. Nothing is lost: start it again afterwards."


@dataclass(frozen=True)
class Failure:
    """What a person has to know. `others` are further ways out, for those whom the button does not help."""

    tone: str
    title: str
    what: str
    charged: str
    now: str
    code: str
    details: str
    remedy: Remedy | None = None
    others: tuple[Remedy, ...] = ()


@dataclass(frozen=True)
class Case:
    """One kind of failure. `title` may name the vendor and the model's format; `now` replaces the vendor's advice."""

    title: str
    ways: tuple[WayOut, ...]
    now: str = ""


AGAIN = Case("{vendor} could not finish this", (run_again, use_other_vendor))
NO_CREDITS = Case("Not enough API credits at {vendor}", (use_other_vendor, run_again))
REFUSED_CONTENT = Case("{vendor} refused the words or the picture", (reword, use_other_vendor), FALSE_ALARM)
BAD_VALUES = Case("{vendor} cannot work with this", (shorten, convert, edit))
NO_KEY = Case("{vendor} is not connected", (open_vendor, use_other_vendor), TELL_SOMEBODY)
NO_UVS = Case("The model's UVs cannot be kept", (make_new_uvs, edit))
NO_FILES = Case("Finished, but {vendor} gave no files", (fetch_again, run_again))
FILES_GONE = Case("The files are gone", (fetch_again, run_again))
GIVEN_UP = Case("This task was given up", (run_again,))
CASES: dict[str, Case] = {
    **dict.fromkeys(("2010", "402"), NO_CREDITS),
    **dict.fromkeys(("2008", "moderation_blocked"), REFUSED_CONTENT),
    **dict.fromkeys(("1004", "400", "422", "invalid_input"), BAD_VALUES),
    **dict.fromkeys(("401", "403"), NO_KEY),
    **dict.fromkeys(("model_missing_uv", "model_insufficient_uv"), NO_UVS),
    **dict.fromkeys(BY_STAFF, Case("An administrator ended this task", (run_again,))),
    "2004": Case("{vendor} cannot read this {format}", (convert, choose_file)),
    "413": Case("The files are too large for {vendor}", (choose_file, use_other_vendor)),
    "image_too_complex": Case("The picture is too complex for {vendor}", (reword, choose_file)),
    "format_conversion_failed": Case("{vendor} could not make one of the formats", (ask_glb_alone, edit)),
    "file_missing": Case("The input file is missing", (choose_file,)),
    CONFLICT: Case("{vendor} takes this for a repetition", (edit,)),
}
BY_STATE: dict[str, Case] = {State.FAILED: AGAIN, State.EXPIRED: FILES_GONE, State.CANCELED: GIVEN_UP}
TONES: dict[str, str] = {State.FAILED: "danger", State.EXPIRED: "danger", State.CANCELED: "neutral"}
REASONS: dict[str, str] = {
    State.FAILED: "The vendor gave no reason.",
    State.EXPIRED: "The vendor deleted the results before they were saved here.",
    State.CANCELED: "It was never run.",
}
ADVICE: dict[str, str] = {
    State.FAILED: "Check the values and the file, then run it again.",
    State.EXPIRED: "Run it again.",
    State.CANCELED: "Run it again when you want it.",
}
GONE = "does not know this task any more"
OTHERS_SHOWN = 1


def build_failure(trouble: Trouble) -> Failure | None:
    """Return the card of a task that needs one."""
    task = trouble.task
    if task.state == State.UNKNOWN:
        return build_doubt(task)
    if task.state == State.QUEUED:
        return build_waiting(trouble)
    if task.state not in BY_STATE:
        return None
    case = find_case(task)
    remedies = find_remedies(trouble, case.ways)
    model_format = trouble.model.format.upper() if trouble.model else "file"
    return Failure(
        tone=TONES[task.state],
        title=case.title.format(vendor=task.vendor_label, format=model_format),
        what=(count_shortage(task) if case is NO_CREDITS else "") or task.error_what or REASONS[task.state],
        charged=write_charged(task),
        now=build_advice(task, case, remedies),
        code=task.error_code,
        details=build_json(task.answer) if task.answer else "",
        remedy=remedies[0] if remedies else None,
        others=tuple(remedies[1 : 1 + OTHERS_SHOWN]),
    )


def find_case(task: Task) -> Case:
    """Return what kind of failure it is: by its code, else by its state."""
    if task.state == State.EXPIRED:
        if GONE in task.error_what:
            return replace(FILES_GONE, ways=(run_again,))
        return FILES_GONE if task.error_code == "expired" or not task.error_what else NO_FILES
    if task.state == State.CANCELED and task.error_code not in BY_STAFF:
        return GIVEN_UP
    return CASES.get(task.error_code, BY_STATE[task.state])


def build_advice(task: Task, case: Case, remedies: list[Remedy]) -> str:
    if case.now:
        is_staffs = case is NO_KEY and remedies and remedies[0].icon == "key"
        return task.error_now if is_staffs else case.now
    if fetch_again in case.ways and remedies and remedies[0].price == "free":
        return f"{task.vendor_label} may still have the files: asking for them again is free."
    return task.error_now or ADVICE[task.state]


def count_shortage(task: Task) -> str:
    """Say how many API credits there are and how many it needs, where both are known."""
    balance, price = get_balances()[task.vendor], get_price(task.spec, task.params)
    if balance.credits is None or price is None:
        return ""
    return (
        f"{task.vendor_label} has {count_credits(balance.credits).replace('credit', 'API credit')}; "
        f"this needs {write_credits(price.highest or price.credits)}. Credits of its web plans do not count."
    )


def write_charged(task: Task) -> str:
    """Answer whether it was charged; the vendor's word decides, and where it is missing, that is said."""
    if task.error_charged == Task.Charged.YES and task.charged_credits is not None:
        return f"Charged {count_credits(task.charged_credits)}."
    if task.error_charged:
        return CHARGED_WORDS[Task.Charged(task.error_charged)]
    return CHARGED_WORDS[Task.Charged.NO if task.state == State.CANCELED else Task.Charged.UNKNOWN]


# --- Not ended ------------------------------------------------------------------------------------------------------


def build_waiting(trouble: Trouble) -> Failure | None:
    """Return the card of a task that its vendor does not take yet; None where it only waits for a worker."""
    task = trouble.task
    is_held = task.error_code in (HELD, QUEUE_FULL, RATE_LIMITED)
    if not task.note or not (is_held or task.attempts):
        return None
    remedies = find_remedies(trouble, (use_other_vendor,))
    title = f"{task.vendor_label} is busy" if task.error_code in (QUEUE_FULL, RATE_LIMITED) else "Waiting"
    return Failure(
        tone="neutral",
        title=title if task.error_code != HELD else f"Waiting for {task.vendor_label}",
        what=build_turn_text(task) or task.note,
        charged=UNSENT,
        now="Nothing: it leaves by itself. You may close this page."
        if not remedies
        else "Nothing: it leaves by itself. Or run it elsewhere, and give this one up.",
        code="",
        details="",
        remedy=remedies[0] if remedies else None,
    )


def build_doubt(task: Task) -> Failure:
    """Return the card of a task of which it is not known what became of it: a person may have to decide."""
    title, what = _describe_doubt(task)
    advice = "Choose below. Nothing is sent twice by itself."
    return Failure(
        tone="warning",
        title=title,
        what=task.error_what or what,
        charged=write_charged(task),
        now=task.error_now or (advice if task.error_code else "Patina finds it out. Nothing is sent twice by itself."),
        code="",
        details=build_json(task.answer) if task.answer else "",
    )


def _describe_doubt(task: Task) -> tuple[str, str]:
    if task.error_code == CONFLICT:
        what = f"{task.vendor_label} calls this a repetition of a request that it had before, and does not say which."
        return "This needs your decision", what
    title = "This needs your decision" if task.error_code else "We do not know yet"
    if task.remote_id:
        return title, f"{task.vendor_label} took the task and has not told its end."
    return title, "The vendor's answer was lost on the way."
