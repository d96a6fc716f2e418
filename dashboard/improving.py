"""Improve prompt: a person's words go to the vendor as a task of their own and come back beside them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from django.http import QueryDict

from dashboard.uses import Use, find_words_field, get_limit
from jobs import lifecycle
from jobs.models import Project, State, Task, User
from jobs.operations import Operation, OperationForm
from jobs.texts import gives_text
from jobs.vendors import OPERATIONS, VENDOR_LABELS, get_connection

KEY_LENGTH = 56
"""Of a form key's 64 characters; the number of the try follows."""


class WordsRefused(Exception):
    """The words cannot be sent: the message says why, for a person."""


@dataclass(frozen=True)
class Improver:
    """The operation that improves words, as a page tells of it."""

    operation: Operation
    field: str

    @property
    def vendor_label(self) -> str:
        return VENDOR_LABELS[self.operation.vendor]

    @property
    def is_sandbox(self) -> bool:
        return get_connection(self.operation.vendor).sandbox


def get_improver() -> Improver:
    """Return the first operation of the catalogue that makes words of words."""
    operation = next(item for item in OPERATIONS.values() if gives_text(item))
    return Improver(operation, find_words_field(operation))


def find_target(query: QueryDict) -> Use | None:
    """Return the field that the address names (`?for=OPERATION&field=NAME`), None where it names none."""
    operation = OPERATIONS.get(query.get("for", ""))
    name = query.get("field", "")
    if operation is None or name not in operation.prompt_fields:
        return None
    return Use(operation, name)


def improve(words: str, *, project: Project, user: User, form_key: str) -> Task:
    """Start the task that improves the words; the same words from the same form give the same task.

    One that ended badly is left alone, and a new one is started.

    :raises WordsRefused: when the vendor would refuse them
    """
    improver = get_improver()
    form = OperationForm(improver.operation, {improver.field: words}, find_asset=lambda pk: None)
    if not form.is_valid():
        raise WordsRefused(_explain(form, words, improver))
    said = "\n".join([form_key, str(user.pk), str(project.pk), words.strip()])
    key = hashlib.sha256(said.encode()).hexdigest()[:KEY_LENGTH]
    tries = Task.objects.filter(form_key__startswith=f"{key}-").order_by("-pk")
    last = tries.first()
    if last is not None and (last.is_open or last.state == State.SUCCEEDED):
        return last
    return lifecycle.create_task(
        project=project,
        user=user,
        operation=improver.operation,
        params=form.params,
        assets={},
        form_key=f"{key}-{tries.count()}",
    )


def _explain(form: OperationForm, words: str, improver: Improver) -> str:
    length, limit = len(words.strip()), get_limit(improver.operation, improver.field)
    if not length:
        return "Write a few words first; they are what is improved."
    if limit and length > limit:
        at_most = f"{improver.vendor_label} improves at most {limit:,} characters"
        return f"{at_most}, and these are {length:,}. Shorten them first."
    return " ".join(str(text) for texts in form.errors.values() for text in texts)
