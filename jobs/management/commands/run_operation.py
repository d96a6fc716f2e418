"""`manage.py run_operation`: start an operation from the command line, by the same road as the form."""

import contextlib
import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from django import forms
from django.core.management import BaseCommand, CommandParser

from jobs.files import FileRefused, StorageTrouble
from jobs.formats import NotTaken, detect
from jobs.leases import has_beaten
from jobs.lifecycle import add_upload, create_task
from jobs.models import REFUSALS, Asset, Membership, Project, State, Task, User
from jobs.operations import AssetLike, Operation, OperationForm
from jobs.reports import build_report, is_settled, save_outputs
from jobs.sweep import LEASE
from jobs.vendors import OPERATIONS

SUCCEEDED, ENDED_OTHERWISE, REFUSED, TIMED_OUT = 0, 1, 2, 3
POLL_S = 0.3
WORKER_SILENCE = timedelta(seconds=10)
NO_WORKER = "No worker is running: the task waits until one is (manage.py worker, or manage.py serve)."
SWITCH = {"true": True, "false": False}
FindAsset = Callable[[int], AssetLike | None]


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
        files = {name: Path(path) for name, path in split_pairs(options["file"], option="file").items()}
        check_names(operation, values | files, files)
        values = fill_in_defaults(operation, read_switches(operation, values))
        check_before_upload(operation, values, files, project)
        with uploaded(project, user, files) as assets:
            form = check_form(operation, values | assets, find_asset=make_finder(project))
            return create_task(project=project, user=user, operation=operation, params=form.params, assets=form.assets)

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
    """Return who asks, as the form's page would let them in.

    :raises RefusedInput: when there is nobody, or they may not spend here
    """
    members = project.memberships.filter(user__is_active=True).select_related("user").order_by("pk")
    wanted = members.filter(user__username=name) if name else members.filter(role=Membership.Role.OWNER)
    membership = wanted.first()
    if membership is None:
        nobody = f"Project {project.slug} has no owner: name somebody with --user."
        raise RefusedInput({"user": [f"{name} is not a member of {project.slug}." if name else nobody]})
    if not membership.allows("spend"):
        raise RefusedInput({"user": [f"{membership.user.username} cannot do this. {REFUSALS['spend']}"]})
    return membership.user


def check_names(operation: Operation, values: Mapping[str, Any], files: Mapping[str, Path]) -> None:
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


def read_switches(operation: Operation, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values with switches as booleans; a browser's form reads every other word as on."""
    switches = {name for name in values if isinstance(operation.fields[name], forms.BooleanField)}
    errors = {
        name: [f"Write true or false instead of “{values[name]}”."]
        for name in sorted(switches)
        if values[name].lower() not in SWITCH
    }
    if errors:
        raise RefusedInput(errors)
    return {name: SWITCH[value.lower()] if name in switches else value for name, value in values.items()}


def fill_in_defaults(operation: Operation, values: dict[str, Any]) -> dict[str, Any]:
    """Return form data: a switch that was not named keeps the vendor's default, since an absent one means off."""
    switches = {name: item.initial for name, item in operation.fields.items() if isinstance(item.initial, bool)}
    return switches | values


def make_finder(project: Project) -> FindAsset:
    return lambda pk: project.assets.kept().filter(pk=pk).first()


def check_form(operation: Operation, values: dict[str, Any], *, find_asset: FindAsset) -> OperationForm:
    form = OperationForm(operation, values, find_asset=find_asset)
    if not form.is_valid():
        raise RefusedInput({name: [str(text) for text in texts] for name, texts in form.errors.items()})
    return form


@dataclass
class Candidate:
    """A file of this machine in the place of the asset that it would become."""

    pk: int
    kind: str
    format: str
    extension: str
    name: str
    size_bytes: int
    facts: dict[str, Any] = field(default_factory=dict)  # known when it is uploaded


def look_at(path: Path, field: str, *, kind: str, pk: int) -> Candidate:
    try:
        found = detect(path)
    except OSError as error:
        raise RefusedInput({field: [f"{path} cannot be read: {error.strerror}."]}) from error
    except NotTaken as error:
        raise RefusedInput({field: [str(error)]}) from error
    if found.kind != kind:
        raise RefusedInput({field: [f"{path} is {found.label}; this field takes a file of the kind {kind}."]})
    return Candidate(
        pk=pk,
        kind=found.kind,
        format=found.format,
        extension=found.extension,
        name=path.name,
        size_bytes=path.stat().st_size,
    )


def check_before_upload(
    operation: Operation, values: dict[str, Any], files: Mapping[str, Path], project: Project
) -> None:
    """Let the form say what it has to say before a file becomes one of the project."""
    candidates = {
        name: look_at(path, name, kind=operation.asset_fields[name].kind, pk=sys.maxsize - number)
        for number, (name, path) in enumerate(files.items())
    }
    by_pk: dict[int, AssetLike] = {candidate.pk: candidate for candidate in candidates.values()}
    in_project = make_finder(project)
    given = values | {name: candidate.pk for name, candidate in candidates.items()}
    check_form(operation, given, find_asset=lambda pk: by_pk.get(pk) or in_project(pk))


@contextlib.contextmanager
def uploaded(project: Project, user: User, files: Mapping[str, Path]) -> Iterator[dict[str, int]]:
    """Give the new assets' numbers by field; when the block refuses after all, the project does not keep them."""
    assets: dict[str, Asset] = {}
    try:
        for name, path in files.items():
            assets[name] = upload(project, user, name, path)
        yield {name: asset.pk for name, asset in assets.items()}
    except Exception:
        Asset.objects.filter(pk__in=[asset.pk for asset in assets.values()]).delete()
        raise


def upload(project: Project, user: User, field: str, path: Path) -> Asset:
    try:
        with path.open("rb") as file:
            return add_upload(project=project, user=user, file=file, name=path.name)
    except OSError as error:
        raise RefusedInput({field: [f"{path} cannot be read: {error.strerror}."]}) from error
    except (FileRefused, StorageTrouble) as error:
        raise RefusedInput({field: [error.message]}) from error
