"""What is wrong with an installation, and how to mend it: one page for a person, the same as data for a program.

Each check stands alone: what it cannot look at is one line of the page, and the others go on.
"""

from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

from jobs.doctor import machine, rows, service, site, storage, vendors
from jobs.doctor.lines import Line, describe_trouble, wrong
from jobs.vendors import VENDOR_LABELS

__all__ = ["Line", "examine"]

Check = Callable[[], Iterable[Line]]


def examine() -> list[Line]:
    """Look at everything and return the lines of the page, in its order."""
    with ThreadPoolExecutor(len(VENDOR_LABELS), thread_name_prefix="doctor") as pool:
        asked = {key: pool.submit(vendors.ask, key) for key in VENDOR_LABELS}  # HTTP alone: no rows in threads
        lines = run("Versions", machine.check_versions) + run("Settings", site.check_site)
        lines += run("Machine", machine.check_machine) + run("Storage", storage.check_storage)
        lines += examine_rows()
        for key, future in asked.items():
            lines += run("Vendors", partial(_describe, key, future))
    return lines


def _describe(vendor: str, asked: Future[vendors.Answers]) -> Iterable[Line]:
    return vendors.describe(vendor, asked.result())


def examine_rows() -> list[Line]:
    """Look at what needs the database, where that answers."""
    lines = run("Database", rows.check_reachable)
    if any(line.level == "wrong" for line in lines):
        return lines
    lines += run("Database", rows.check_settings) + run("Database", rows.check_migrations)
    if any(line.level == "wrong" and line.name == "migrations" for line in lines):
        return lines
    checks: list[tuple[str, Check]] = [
        ("Database", rows.check_commits),
        ("Background", service.check_broker),
        ("Background", service.check_worker),
        ("Background", service.check_hints),
        ("Background", service.check_tasks),
        ("Vendors", service.check_circuits),
        ("Left over", storage.check_left_over),
    ]
    for section, check in checks:
        lines += run(section, check)
    return lines


def run(section: str, check: Check) -> list[Line]:
    """Return a check's lines; its own trouble is one of them."""
    try:
        return [line.put_into(section) for line in check()]
    except Exception as error:  # noqa: BLE001 (whatever it is, it is a line of the page)
        name = getattr(check, "__name__", "check").removeprefix("check_").replace("_", " ")
        text = f"It could not be looked at: {describe_trouble(error)}"
        return [wrong(name, text, "Look into the log of this command's process, then run it again.").put_into(section)]
