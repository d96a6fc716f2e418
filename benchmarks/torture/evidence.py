"""What is there when everything has ended: our rows and files, the vendor's, what people saw. Plain values alone."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.torture.marks import read_mark
from benchmarks.torture.people import Sent
from benchmarks.torture.stage import Stage

TASKS = """
SELECT id, state, vendor, operation, params, remote_id, order_id, charged_credits, result_text, lease_until, owner,
error_what, error_charged, note, form_key FROM jobs_task ORDER BY id
"""
STYLES = """
SELECT i.task_id, a.sha256 FROM jobs_taskinput i JOIN jobs_asset a ON a.id = i.asset_id
WHERE i.field = 'image_style_url'
"""
EVENTS = "SELECT task_id, text, data FROM jobs_taskevent WHERE data IS NOT NULL"
ASSETS = "SELECT task_id, sha256, size_bytes, output_key FROM jobs_asset WHERE task_id IS NOT NULL"
KNOWN = "SELECT sha256, poster_sha256, light_sha256 FROM jobs_asset"
HOLDERS = {
    "lease": "SELECT name, owner FROM jobs_lease WHERE owner != ''",
    "vendor file": "SELECT id, owner FROM jobs_vendorfile WHERE owner != ''",
}
FAILURES = "SELECT func, args, result FROM django_q_task WHERE success = ?"
# Pictures of the work, which the product makes itself.
NOT_RESULTS = frozenset({"preview", "thumbnail"})

Row = dict[str, Any]


@dataclass
class Evidence:
    tasks: list[Row] = field(default_factory=list)
    assets: list[Row] = field(default_factory=list)
    stored: dict[str, str] = field(default_factory=dict)  # the hash of each stored file's bytes, by its name
    known: list[str] = field(default_factory=list)  # names of files that rows speak of
    temporary: list[str] = field(default_factory=list)
    holders: list[str] = field(default_factory=list)
    hints: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    vendor_tasks: list[Row] = field(default_factory=list)
    ledger: list[Row] = field(default_factory=list)
    frozen: float = 0.0
    sent: list[Row] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    longest_s: float = 0.0

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(self.__dict__, indent=1))


def read(path: Path) -> Evidence:
    return Evidence(**json.loads(path.read_text()))


def gather(stage: Stage, sent: Iterable[Sent]) -> Evidence:
    """Look at everything after the product and the sandbox have ended; the stack's servers still run."""
    data = stage.site.data_dir
    return Evidence(
        tasks=gather_tasks(stage),
        assets=[dict(zip(("task", "sha256", "size_bytes", "key"), row, strict=True)) for row in stage.query(ASSETS)],
        stored={path.name: compute_hash(path) for path in (data / "files").glob("??/*") if path.suffix != ".part"},
        known=sorted({name for row in stage.query(KNOWN) for name in row if name}),
        temporary=[str(path.relative_to(data)) for path in list_temporary(data)],
        holders=[f"{kind} {name}: {owner}" for kind, sql in HOLDERS.items() for name, owner in stage.query(sql)],
        hints=stage.name_hints(),
        failures=[" ".join(map(str, row))[:500] for row in stage.query(FAILURES, False)],
        vendor_tasks=gather_vendor_tasks(stage),
        ledger=read_ledger(stage),
        frozen=sum(account["frozen_credits"] for account in stage.read_vendor("accounts")),
        sent=[{"wish": one.wish.number, "tasks": sorted(one.tasks), "posts": one.posts} for one in sent],
    )


def gather_tasks(stage: Stage) -> list[Row]:
    """Return our rows with every order key that each ever had, and by what the vendor's side would show it."""
    names = ["id", "state", "vendor", "operation", "params", "remote_id", "order_id", "charged", "text", "lease"]
    names += ["owner", "error", "error_charged", "note", "form_key"]
    styles = dict(stage.query(STYLES))
    orders: dict[int, set[str]] = {}
    for task, _, data in stage.query(EVENTS):
        if order_id := as_dict(data).get("order_id"):
            orders.setdefault(task, set()).add(order_id)
    tasks = []
    for row in stage.query(TASKS):
        task = dict(zip(names, row, strict=True))
        params = as_dict(task.pop("params"))
        order_ids = sorted({task.pop("order_id"), *orders.get(task["id"], ())})
        words = [styles.get(task["id"]) or str(params.get("text_style_prompt", ""))]
        tasks.append(task | {"lease": str(task["lease"] or ""), "resent": len(order_ids) - 1, "order_ids": order_ids})
        tasks[-1]["marks"] = order_ids if task["vendor"] == "triverse" else words
    return tasks


def as_dict(value: Any) -> Row:
    found = json.loads(value) if isinstance(value, str) else value
    return found if isinstance(found, dict) else {}


def list_temporary(data: Path) -> list[Path]:
    return [*(data / "tmp").glob("*"), *(data / "incoming").glob("*"), *(data / "files").rglob("*.part")]


def gather_vendor_tasks(stage: Stage) -> list[Row]:
    kept = ("id", "vendor", "status", "cost_credits", "text")
    return [
        {name: task[name] for name in kept}
        | {"mark": read_mark(task, stage.vendor_files), "files": list_results(stage.vendor_files, task)}
        for task in stage.read_vendor("tasks")
    ]


def list_results(files: Path, task: Row) -> list[str]:
    """Return the hashes of what the vendor made and a client should have."""
    home = files / "results" / task["id"]
    return [compute_hash(home / file["name"]) for file in task["files"] if file["role"] not in NOT_RESULTS]


def read_ledger(stage: Stage) -> list[Row]:
    return [{name: line[name] for name in ("task_id", "event", "credits")} for line in stage.read_vendor("ledger")]


def compute_hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
