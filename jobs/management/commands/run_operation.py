"""`manage.py run_operation`: start an operation from the command line, by the same road as the form."""

import json
import sys
import time
from pathlib import Path
from typing import Any

from django.core.management import BaseCommand, CommandError, CommandParser

from jobs.files import FileRefused, StorageFull
from jobs.lifecycle import add_upload, create_task
from jobs.models import Asset, Membership, Project, State, Task, User
from jobs.operations import Operation, OperationForm
from jobs.reports import build_report, is_settled, save_outputs
from jobs.vendors import OPERATIONS

SUCCEEDED, ENDED_OTHERWISE, REFUSED, TIMED_OUT = 0, 1, 2, 3
POLL_S = 0.3


class RefusedInput(Exception):
    """What is wrong with the input, by field name."""

    def __init__(self, errors: dict[str, list[str]]) -> None:
        super().__init__(json.dumps(errors))
        self.errors = errors


def split_pairs(pairs: list[str], *, option: str) -> dict[str, str]:
    values = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise RefusedInput({option: [f"Write FIELD=VALUE instead of “{pair}”."]})
        values[name] = value
    return values


class Command(BaseCommand):
    help = "Run one operation; --wait follows it to its end."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("key", help="as `manage.py operations` lists it: triverse.model-remesh")
        parser.add_argument("--project", required=True, metavar="SLUG")
        parser.add_argument("--user", metavar="NAME", help="who asks; the project's owner if not named")
        parser.add_argument("--file", action="append", default=[], metavar="FIELD=PATH", help="upload a file first")
        parser.add_argument("--asset", action="append", default=[], metavar="FIELD=ID", help="a file of the project")
        parser.add_argument("--set", action="append", default=[], metavar="FIELD=VALUE", help="lists: a,b,c")
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
        values: dict[str, Any] = split_pairs(options["set"], option="set")
        values |= split_pairs(options["asset"], option="asset")
        files = split_pairs(options["file"], option="file")
        check_names(operation, values | files, files)
        for name, path in files.items():
            values[name] = upload(project, user, name, Path(path)).pk
        kept = project.assets.kept()
        form = OperationForm(
            operation, fill_in_defaults(operation, values), find_asset=lambda pk: kept.filter(pk=pk).first()
        )
        if not form.is_valid():
            raise RefusedInput({name: [str(text) for text in texts] for name, texts in form.errors.items()})
        return create_task(project=project, user=user, operation=operation, params=form.params, assets=form.assets)

    def wait(self, task: Task, timeout_s: float) -> bool:
        """Return whether the task ended, with facts and posters, within `timeout_s`; follow it on standard error."""
        deadline = time.monotonic() + timeout_s
        said = ""
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

    def report(self, task: Task, paths: dict[int, str], *, as_json: bool) -> None:
        report = build_report(task, paths)
        if as_json:
            self.stdout.write(json.dumps(report, indent=2))
            return
        self.stdout.write(f"Task {task.pk}: {task.get_state_display()}")
        for output in report["outputs"]:
            self.stdout.write(f"  {output['role']} {output['path'] or output['name']} {output['size_bytes']} bytes")
        if report["error"]:
            self.stdout.write(f"  {report['error']['what']} {report['error']['now']}")


def find_user(project: Project, name: str | None) -> User:
    if name:
        user = User.objects.filter(username=name, memberships__project=project).first()
        if user is None:
            raise RefusedInput({"user": [f"{name} is not a member of {project.slug}."]})
        return user
    owner = project.memberships.filter(role=Membership.Role.OWNER).order_by("pk").first()
    if owner is None:
        raise CommandError(f"Project {project.slug} has no owner: name somebody with --user.")
    return owner.user


def check_names(operation: Operation, values: dict[str, Any], files: dict[str, str]) -> None:
    errors = {
        name: [f"{operation.key} has no field {name}; it has {', '.join(operation.fields)}."]
        for name in values
        if name not in operation.fields
    }
    errors |= {
        name: ["This field takes a value, not a file: use --set."]
        for name in files
        if name in operation.fields and name not in operation.asset_fields
    }
    if errors:
        raise RefusedInput(errors)


def upload(project: Project, user: User, field: str, path: Path) -> Asset:
    try:
        with path.open("rb") as file:
            return add_upload(project=project, user=user, file=file, name=path.name)
    except OSError as error:
        raise RefusedInput({field: [f"{path} cannot be read: {error.strerror}."]}) from error
    except (FileRefused, StorageFull) as error:
        raise RefusedInput({field: [error.message]}) from error


def fill_in_defaults(operation: Operation, values: dict[str, Any]) -> dict[str, Any]:
    """Return form data: a switch that was not named keeps the vendor's default, since an absent one means off."""
    switches = {name: item.initial for name, item in operation.fields.items() if isinstance(item.initial, bool)}
    return switches | values
