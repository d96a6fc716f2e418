"""What somebody typed for an operation: values, files of this machine, earlier tasks, read as the form wants them."""

import contextlib
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django import forms

from jobs.fields import AssetListField
from jobs.files import FileRefused, StorageTrouble
from jobs.formats import NotTaken, detect
from jobs.lifecycle import add_upload
from jobs.models import REFUSALS, Asset, Membership, Project, State, Task, User
from jobs.operations import AssetLike, Operation, OperationForm, TaskLike

SWITCH = {"true": True, "false": False}
FindAsset = Callable[[int], AssetLike | None]
FindTask = Callable[[int], TaskLike | None]


@dataclass(frozen=True)
class File:
    """A file of this machine for a field."""

    field: str
    path: Path


class RefusedInput(Exception):
    """What is wrong with the input, by field name."""

    def __init__(self, errors: dict[str, list[str]]) -> None:
        super().__init__(json.dumps(errors))
        self.errors = errors


def split_pairs(pairs: list[str], *, option: str) -> list[tuple[str, str]]:
    found = []
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise RefusedInput({option: [f"Write FIELD=VALUE instead of “{pair}”."]})
        if not is_text(value):
            raise RefusedInput({name: ["This is not text in UTF-8."]})
        found.append((name, value))
    return found


def is_text(value: str) -> bool:
    """Return whether an argument was text: bytes that are none reach Python as half signs, which nobody can store."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def join_assets(operation: Operation, pairs: list[tuple[str, str]]) -> dict[str, str]:
    """Return the numbers of files by field; a list takes those of every `--asset`, one after the other."""
    values: dict[str, str] = {}
    for name, value in pairs:
        is_list = isinstance(operation.fields.get(name), AssetListField)
        values[name] = f"{values[name]},{value}" if is_list and name in values else value
    return values


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


def check_names(operation: Operation, values: Mapping[str, Any], files: Sequence[File]) -> None:
    errors = {
        name: [f"{operation.key} has no field {name}; it has {', '.join(operation.fields)}."]
        for name in [*values, *(file.field for file in files)]
        if name not in operation.fields
    }
    for name, number in Counter(file.field for file in files).items():
        if name in operation.fields and name not in operation.file_fields:
            errors[name] = ["This field takes a value, not a file: use --set."]
        elif name in operation.asset_fields and number > 1:
            errors[name] = ["This field takes one file."]
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


def make_task_finder(operation: Operation, user: User) -> FindTask:
    """Return what finds a finished task of the same vendor in any of the person's projects."""
    tasks = Task.objects.filter(
        project__memberships__user=user,
        project__trashed_at=None,
        vendor=operation.vendor,
        state=State.SUCCEEDED,
        deleted_at_vendor_at=None,
    )
    return lambda pk: tasks.filter(pk=pk).first()


def check_form(
    operation: Operation, values: dict[str, Any], *, find_asset: FindAsset, find_task: FindTask
) -> OperationForm:
    form = OperationForm(operation, values, find_asset=find_asset, find_task=find_task)
    if not form.is_valid():
        raise RefusedInput({name: [str(text) for text in texts] for name, texts in form.errors.items()})
    return form


def add_files(
    operation: Operation, values: Mapping[str, Any], files: Sequence[File], pks: Sequence[int]
) -> dict[str, Any]:
    """Return the form data with the numbers that the files have; in a list they come after those of `--asset`."""
    pairs = [(name, str(values[name])) for name in operation.file_fields if name in values]
    pairs += [(file.field, str(pk)) for file, pk in zip(files, pks, strict=True)]
    return {**values, **join_assets(operation, pairs)}


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
    operation: Operation,
    values: dict[str, Any],
    files: Sequence[File],
    *,
    find_asset: FindAsset,
    find_task: FindTask,
) -> None:
    """Let the form say what it has to say before a file becomes one of the project."""
    candidates = [
        look_at(file.path, file.field, kind=operation.file_fields[file.field].kind, pk=sys.maxsize - number)
        for number, file in enumerate(files)
    ]
    by_pk: dict[int, AssetLike] = {candidate.pk: candidate for candidate in candidates}
    given = add_files(operation, values, files, [candidate.pk for candidate in candidates])
    check_form(operation, given, find_asset=lambda pk: by_pk.get(pk) or find_asset(pk), find_task=find_task)


@contextlib.contextmanager
def uploaded(project: Project, user: User, files: Sequence[File]) -> Iterator[list[int]]:
    """Give the new assets' numbers in order; when the block refuses after all, the project does not keep them."""
    assets: list[Asset] = []
    try:
        for file in files:
            assets.append(upload(project, user, file.field, file.path))
        yield [asset.pk for asset in assets]
    except Exception:
        Asset.objects.filter(pk__in=[asset.pk for asset in assets]).delete()
        raise


def upload(project: Project, user: User, field: str, path: Path) -> Asset:
    try:
        with path.open("rb") as file:
            return add_upload(project=project, user=user, file=file, name=path.name)
    except OSError as error:
        raise RefusedInput({field: [f"{path} cannot be read: {error.strerror}."]}) from error
    except (FileRefused, StorageTrouble) as error:
        raise RefusedInput({field: [error.message]}) from error
