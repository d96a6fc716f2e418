"""Results become files of the project: with their lineage, a version and a name that a person understands."""

import textwrap

from django.db import IntegrityError, transaction
from django.db.models import Max

from jobs import queue, search
from jobs.fields import TaskField
from jobs.files import StoredFile
from jobs.models import Asset, Task
from jobs.vendors.base import RemoteFile

NAME_MAX_LENGTH = 150
# Values that tell one result from another; all others stay on the task's page.
TELLING = ("face_type", "target_face_count")
TELLING_WORDS = 40


def find_parent(task: Task) -> Asset | None:
    """Return the file that the results descend from: the model that went in, else the first file."""
    inputs = [item.asset for item in task.task_inputs.select_related("asset").order_by("pk")]
    models = [asset for asset in inputs if asset.kind == Asset.Kind.MODEL]
    return next(iter(models + find_source_models(task) + inputs), None)


def find_source_models(task: Task) -> list[Asset]:
    """Return the models of the earlier task that this one started from, where that is one of this project."""
    ids = [task.params.get(name) for name, item in task.spec.fields.items() if isinstance(item, TaskField)]
    made = Asset.objects.filter(task__vendor=task.vendor, task__remote_id__in=[text for text in ids if text])
    return list(made.filter(project_id=task.project_id, kind=Asset.Kind.MODEL).order_by("pk")[:1])


def add_output(task: Task, file: RemoteFile, stored: StoredFile) -> Asset:
    """Make the result a file of the project; the same result again gives the file that is there."""
    parent = find_parent(task)
    try:
        with transaction.atomic():
            asset = Asset.objects.create(
                project_id=task.project_id,
                name=build_name(task, file, stored, parent),
                kind=file.role,
                **stored.get_columns(),
                created_by_id=task.created_by_id,
                task=task,
                output_key=file.key,
                parent=parent,
                root_id=parent.lineage_pk if parent else None,
                version=get_version(task, file.role, parent),
                label=file.label,
                style=file.style,
            )
            search.index_new_asset(asset)
            queue.send(queue.PREVIEW, asset.pk)
    except IntegrityError:  # another worker was faster
        return Asset.objects.get(task=task, output_key=file.key)
    return asset


def get_version(task: Task, role: str, parent: Asset | None) -> int:
    """Return the next version of the lineage for a model; a picture has the version of what it shows.

    All that one task made is one version: the same model in several formats, and its maps.
    """
    made = task.outputs.filter(kind=Asset.Kind.MODEL).first()
    if made is not None:
        return made.version
    if parent is None:
        return 1
    if role != Asset.Kind.MODEL:
        return parent.version
    root = parent.lineage_pk
    Asset.objects.select_for_update().filter(pk=root).first()  # one at a time
    family = Asset.objects.filter(root_id=root, kind=Asset.Kind.MODEL)
    return max(family.aggregate(last=Max("version"))["last"] or 1, parent.version) + 1


def build_name(task: Task, file: RemoteFile, stored: StoredFile, parent: Asset | None) -> str:
    """Return a name such as "robot quad 5k", "robot obj" (a ZIP does not say what is in it) or "robot front white"."""
    origin = (parent.root or parent) if parent else None
    base = origin.name if origin else str(task.params.get("prompt") or task.spec.label)[:60]
    words = [base]
    if file.role == Asset.Kind.MODEL:
        words += [_say(task, name) for name in TELLING if name in task.spec.fields]
        words += [_say_style(task)]
        is_another = task.outputs.filter(kind=Asset.Kind.MODEL).exists()
        words += [stored.format] if stored.extension == "zip" or is_another else []
    else:
        words += [file.label.replace("-", " "), file.style]
    return " ".join(word for word in words if word)[:NAME_MAX_LENGTH]


def _say_style(task: Task) -> str:
    """Return the beginning of the prompt that a surface was made from, else which picture it follows."""
    prompts = [task.params.get(name) for name in task.spec.prompt_fields]
    if prompt := next((" ".join(str(text).split()) for text in prompts if text), ""):
        return textwrap.shorten(prompt, TELLING_WORDS, placeholder="…")
    pictures = (
        task.task_inputs.exclude(asset__kind=Asset.Kind.MODEL).order_by("pk").values_list("asset__name", flat=True)
    )
    return f"like {pictures[0][:TELLING_WORDS]}" if pictures else ""


def _say(task: Task, name: str) -> str:
    value = task.params.get(name, task.spec.fields[name].initial)
    if isinstance(value, int):
        return f"{value / 1000:g}k" if value >= 1000 else str(value)
    return str(value or "")
