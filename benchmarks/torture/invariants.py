"""What has to be true at the end, one function each: it returns the breaches, in words."""

from collections import Counter
from collections.abc import Callable

from benchmarks.torture.evidence import Evidence

ENDS = frozenset({"succeeded", "failed", "canceled", "expired"})
TRUE_ENDS = {"succeeded": "SUCCESS", "failed": "FAILED"}
WEB_BACK_WITHIN_S = 20.0


def check_ends(found: Evidence) -> list[str]:
    return [
        f"task {task['id']} is {task['state']}: {task['note']}" for task in found.tasks if task["state"] not in ENDS
    ]


def check_truth(found: Evidence) -> list[str]:
    """A task that a person gave up is canceled, and the vendor has none of it: the person looked."""
    words = {task["id"]: task["status"] for task in found.vendor_tasks}
    breaches = []
    for task in found.tasks:
        said, expected = words.get(task["remote_id"]), TRUE_ENDS.get(task["state"])
        if task["state"] in ENDS and said != expected:
            breaches.append(f"task {task['id']} is {task['state']} ({task['error']}), {said} at {task['vendor']}")
    return breaches


def check_creates(found: Evidence) -> list[str]:
    """Count by what shows at the vendor whose a task is: words that several wishes share are right in number."""
    wanted: Counter[tuple[str, ...]] = Counter()
    for task in found.tasks:
        wanted[tuple(task["marks"])] += task["state"] != "canceled"
    made = Counter(task["mark"] for task in found.vendor_tasks)
    breaches = []
    for marks, wishes in wanted.items():
        creates = sum(made[mark] for mark in marks)
        if creates != wishes:
            breaches.append(f"{creates} creates for {wishes} wishes: {', '.join(marks)}")
    ledger = Counter(line["task_id"] for line in found.ledger if line["event"] == "created")
    return breaches + [f"the ledger has {count} creates of task {task}" for task, count in ledger.items() if count > 1]


def check_strangers(found: Evidence) -> list[str]:
    ours = {task["remote_id"] for task in found.tasks}
    return [
        f"{item['vendor']} has {item['id']} ({item['mark']})" for item in found.vendor_tasks if item["id"] not in ours
    ]


def check_credits(found: Evidence) -> list[str]:
    """What we say was charged is what the vendor took; what failed was given back; nothing stays frozen."""
    moved = {event: sum_up(found, event) for event in ("created", "charged", "released")}
    breaches = [f"{found.frozen:g} credits are still frozen"] if found.frozen else []
    for item in found.vendor_tasks:
        if moved["charged"][item["id"]] + moved["released"][item["id"]] != moved["created"][item["id"]]:
            breaches.append(f"the ledger does not add up for {item['id']}")
    for task in found.tasks:
        taken = moved["charged"][task["remote_id"]]
        if task["state"] == "succeeded" and task["charged"] != taken:
            breaches.append(f"task {task['id']}: {task['charged']} credits here, {taken} at {task['vendor']}")
        elif task["state"] == "failed" and (task["error_charged"] == "yes" or taken):
            breaches.append(f"task {task['id']} failed: {task['error_charged']} here, {taken} at {task['vendor']}")
    return breaches


def sum_up(found: Evidence, event: str) -> Counter[str]:
    moved: Counter[str] = Counter()
    for line in found.ledger:
        if line["event"] == event:
            moved[line["task_id"]] += line["credits"]
    return moved


def check_results(found: Evidence) -> list[str]:
    """Every file, or word, of the vendor's result is here, and nothing else is."""
    breaches = []
    made = {item["id"]: item for item in found.vendor_tasks}
    ours: dict[int, Counter[str]] = {}
    for asset in found.assets:
        ours.setdefault(asset["task"], Counter())[asset["sha256"]] += 1
    for task in found.tasks:
        item = made.get(task["remote_id"])
        expected = Counter(item["files"]) if item and task["state"] == "succeeded" else Counter()
        have = ours.get(task["id"], Counter())
        if have != expected:
            breaches.append(f"task {task['id']} ({task['operation']}): {len(have)} files of {len(expected)} are right")
        if task["state"] == "succeeded" and item and (item["text"] or "") != task["text"]:
            breaches.append(f"task {task['id']}: other words than the vendor's")
    return breaches


def check_stored(found: Evidence) -> list[str]:
    wrong = [f"{name} holds other bytes" for name, sha256 in found.stored.items() if name != sha256]
    return wrong + [f"{name} is missing" for name in found.known if name not in found.stored]


def check_strays(found: Evidence) -> list[str]:
    return [f"no row speaks of {name}" for name in sorted(set(found.stored) - set(found.known))]


def check_temporary(found: Evidence) -> list[str]:
    return found.temporary


def check_hints(found: Evidence) -> list[str]:
    return found.hints


def check_holders(found: Evidence) -> list[str]:
    claims = [
        f"task {task['id']}: {task['owner']} {task['lease']}" for task in found.tasks if task["owner"] or task["lease"]
    ]
    return claims + found.holders


def check_failures(found: Evidence) -> list[str]:
    return found.failures


def check_processes(found: Evidence) -> list[str]:
    return found.left


def check_wishes(found: Evidence) -> list[str]:
    """Every wish is one task, whatever was clicked and sent again; and there is no task that nobody wished for."""
    breaches = [f"wish {one['wish']} is {len(one['tasks'])} tasks" for one in found.sent if len(one["tasks"]) != 1]
    seen = Counter(task for one in found.sent for task in one["tasks"])
    breaches += [f"task {task} is {count} wishes" for task, count in seen.items() if count > 1]
    breaches += [f"nobody wished for task {task['id']}" for task in found.tasks if task["id"] not in seen]
    rows = {task["id"] for task in found.tasks}
    return breaches + [f"task {task} is gone" for task in seen if task not in rows] + found.problems


def check_pages(found: Evidence) -> list[str]:
    return found.errors


def check_web(found: Evidence) -> list[str]:
    return [f"no answer for {found.longest_s:.1f} s"] if found.longest_s > WEB_BACK_WITHIN_S else []


INVARIANTS: dict[str, Callable[[Evidence], list[str]]] = {
    "every task has ended": check_ends,
    "every end is true at the vendor": check_truth,
    "one create for each wish": check_creates,
    "the vendors have no task that is not ours": check_strangers,
    "every credit is where the ledger says": check_credits,
    "every result is here, as the vendor made it": check_results,
    "every stored file is whole": check_stored,
    "no stored file is without a row": check_strays,
    "no temporary file is left": check_temporary,
    "no queue entry is left": check_hints,
    "no lease or claim is left": check_holders,
    "no step or page ended in an error of ours": check_failures,
    "no process is left": check_processes,
    "every wish is one task": check_wishes,
    "no page was a server error": check_pages,
    f"the web answered again within {WEB_BACK_WITHIN_S:g} s": check_web,
}


def check(found: Evidence) -> dict[str, list[str]]:
    """Return the breaches by the name of the invariant; none is an empty list."""
    return {name: look(found) for name, look in INVARIANTS.items()}
