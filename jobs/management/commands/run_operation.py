"""`manage.py run_operation`: start an operation from the command line, by the same road as the form."""

import json
import sys
import time
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, CommandParser

from jobs.leases import has_beaten
from jobs.lifecycle import create_task
from jobs.models import Project, State, Task
from jobs.reports import build_report, is_settled, save_outputs
from jobs.sweep import LEASE
from jobs.typed_input import (
    File,
    RefusedInput,
    add_files,
    check_before_upload,
    check_form,
    check_names,
    fill_in_defaults,
    find_user,
    join_assets,
    make_finder,
    make_task_finder,
    read_switches,
    split_pairs,
    uploaded,
)
from jobs.vendors import OPERATIONS

SUCCEEDED, ENDED_OTHERWISE, REFUSED, TIMED_OUT = 0, 1, 2, 3
POLL_S = 0.3
WORKER_SILENCE = timedelta(seconds=10)
NO_WORKER = "No worker is running: the task waits until one is (manage.py worker, or manage.py serve)."


class Command(BaseCommand):
    help = "Run one operation; --wait follows it to its end."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("key", help="as `manage.py operations` lists it: triverse.model-remesh")
        parser.add_argument("--project", required=True, metavar="SLUG")
        parser.add_argument("--user", metavar="NAME", help="who asks; the project's owner if not named")
        parser.add_argument(
            "--file",
            action="append",
            default=[],
            metavar="FIELD=PATH",
            help="upload a file first; a list takes several",
        )
        parser.add_argument(
            "--asset", action="append", default=[], metavar="FIELD=ID", help="a file of the project; lists: 3,4"
        )
        parser.add_argument(
            "--set", action="append", default=[], metavar="FIELD=VALUE", help="lists: a,b,c; tasks: a number"
        )
        parser.add_argument("--wait", action="store_true", help="until its end; needs a running worker")
        parser.add_argument("--timeout", type=float, default=1800, metavar="S", help="of --wait, in seconds")
        parser.add_argument("--save-to", type=Path, metavar="DIR", help="copy the outputs there; implies --wait")
        parser.add_argument("--json", action="store_true", help="one object on standard output")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            task = self.create(options)
        except RefusedInput as error:
            self.stderr.write(json.dumps(error.errors, indent=2))
            sys.exit(REFUSED)
        waits = options["wait"] or options["save_to"] is not None
        in_time = self.wait(task, options["timeout"]) if waits else True
        paths = save_outputs(task, options["save_to"]) if options["save_to"] and task.state == State.SUCCEEDED else {}
        self.report(task, paths, as_json=options["json"])
        if not in_time:
            sys.exit(TIMED_OUT)
        if waits and task.state != State.SUCCEEDED:
            sys.exit(ENDED_OTHERWISE)

    def create(self, options: dict[str, Any]) -> Task:
        operation = OPERATIONS.get(options["key"])
        if operation is None:
            raise RefusedInput({"key": [f"There is no operation {options['key']}: see manage.py operations."]})
        project = Project.objects.kept().filter(slug=options["project"]).first()
        if project is None:
            raise RefusedInput({"project": [f"There is no project {options['project']}."]})
        user = find_user(project, options["user"])
        values: dict[str, Any] = dict(split_pairs(options["set"], option="set"))
        values |= join_assets(operation, split_pairs(options["asset"], option="asset"))
        files = [File(name, Path(path)) for name, path in split_pairs(options["file"], option="file")]
        check_names(operation, values, files)
        values = fill_in_defaults(operation, read_switches(operation, values))
        find_task = make_task_finder(operation, user)
        check_before_upload(operation, values, files, find_asset=make_finder(project), find_task=find_task)
        with uploaded(project, user, files) as assets:
            given = add_files(operation, values, files, assets)
            form = check_form(operation, given, find_asset=make_finder(project), find_task=find_task)
            for name, notice in form.notices.items():
                self.stderr.write(f"{name}: {notice}")
            return create_task(
                project=project,
                user=user,
                operation=operation,
                params=form.params,
                assets=form.assets,
                notices=form.notices,
            )

    def wait(self, task: Task, timeout_s: float) -> bool:
        """Return whether the task ended, with facts and posters, within `timeout_s`; follow it on standard error."""
        deadline = time.monotonic() + timeout_s
        said = ""
        if not has_beaten(LEASE, within=WORKER_SILENCE):
            self.stderr.write(NO_WORKER)
        while time.monotonic() < deadline:
            task.refresh_from_db()
            percent = f" {task.progress_percent} %" if task.progress_percent is not None and task.is_open else ""
            line = f"{task.get_state_display()}{percent}"
            if line != said:
                said = line
                self.stderr.write(line)
            if is_settled(task):
                return True
            time.sleep(POLL_S)
        return False

    def report(self, task: Task, paths: dict[int | str, str], *, as_json: bool) -> None:
        report = build_report(task, paths)
        if as_json:
            self.stdout.write(json.dumps(report, indent=2))
            return
        self.stdout.write(f"Task {task.pk}: {task.get_state_display()}")
        for output in report["outputs"]:
            self.stdout.write(f"  {output['role']} {output['path'] or output['name']} {output['size_bytes']} bytes")
            if "text" in output:
                self.stdout.write(f"    {output['text']}")
            for row in output["verdict"]:
                if row["met"] is False:
                    self.stdout.write(f"    {row['label']}: asked {row['asked']}, got {row['got']}")
        if report["error"]:
            self.stdout.write(f"  {report['error']['what']} {report['error']['now']}")
