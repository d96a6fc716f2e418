"""The forms of new tasks: an operation's, or the one for both vendors, with a project's files and a person's tasks."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from django.http import Http404, QueryDict

from dashboard import access
from dashboard.pickers import is_usable, read_number
from dashboard.presets import build_preset
from dashboard.task_controls import build_edit_initial
from dashboard.uses import find_words_field
from jobs import pairing
from jobs.fields import AssetListField, ListField
from jobs.models import Asset, Project, Task, User
from jobs.operations import Operation, OperationForm
from jobs.vendors import OPERATIONS


def get_operation(key: str) -> Operation:
    """Return an operation of the catalogue, or the shared one of both vendors.

    :raises Http404: when there is none of that key
    """
    if key == pairing.KEY:
        return pairing.BOTH
    try:
        return OPERATIONS[key]
    except KeyError:
        raise Http404(f"There is no operation {key}.") from None


def get_inputs(task: Task) -> dict[str, Asset]:
    """Return the files that the task was given, by the name of the parameter."""
    return {item.field: item.asset for item in task.task_inputs.select_related("asset")}


def build_form(
    operation: Operation,
    project: Project,
    *,
    user: User,
    data: Any = None,
    initial: dict[str, Any] | None = None,
) -> OperationForm:
    files = Asset.objects.kept().filter(project=project)
    tasks = access.get_visible_tasks(user).filter(is_usable(operation.vendor))
    form = OperationForm(
        operation,
        data,
        find_asset=lambda pk: files.filter(pk=pk).first(),
        find_task=lambda pk: tasks.filter(pk=pk).first(),
        initial=initial,
    )
    for name, automatic in operation.automatic.items():
        form.fields[name].disabled = automatic.hidden  # what the page does not show, nobody can post
    for name, item in operation.asset_fields.items():
        form.fields[name].error_messages["required"] = f"Choose {'an' if item.kind == 'image' else 'a'} {item.kind}."
    return form


def find_earlier(number: str, *, user: User, project: Project, operation: Operation) -> Task | None:
    """Return the task whose values a form starts with, where its number fits the project and the operation.

    :raises Http404: when the person may not see it
    """
    pk = read_number(number)
    if pk is None:
        return None
    task = access.get_task(user, pk)
    return task if task.project_id == project.pk and task.operation == operation.key else None


def build_initial(query: QueryDict, *, user: User, earlier: Task | None, operation: Operation) -> dict[str, Any]:
    """Return what the address says: `?from=TASK` for the values of another task, `?NAME=VALUE` for single ones.

    `?words=TASK` brings the words that a task gave back. Without a task it starts with the person's last choices.
    """
    if earlier:
        initial = build_edit_initial(operation, earlier.params, get_inputs(earlier))
    else:
        initial = build_preset(operation, user)
    number, words_field = read_number(query.get("words", "")), find_words_field(operation)
    if number is not None and words_field:
        initial[words_field] = access.get_task(user, number).result_text
    for name, item in operation.fields.items():
        if name in query:
            several = isinstance(item, ListField | AssetListField)
            initial[name] = query.getlist(name) if several else query[name]
    return initial


def build_request_key(form: OperationForm, *, user: User, project: Project, form_key: str) -> str:
    """Return the key of this very request: the same form with the same values gives the same one.

    So a double click, or Back and the same again, is one task, and Back with other values is another one.
    """
    assets = {name: asset.pk for name, asset in form.assets.items()}
    said = [form_key, user.pk, project.pk, form.operation.key, form.params, assets]
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
