"""What the tests of Meshy share: files that can be retextured, tasks that can really run, the vendor's own view."""

import io
from collections.abc import Mapping
from typing import Any

from jobs import lifecycle
from jobs.models import Asset, Project, Task
from jobs.operations import OperationForm
from jobs.vendors import OPERATIONS, get_vendor
from jobs.vendors.paging import read_list
from tests.integration.jobs.trip import make_glb
from tests.made_models import glb, png

KEY = "meshy.retexture"
PROMPT = "weathered oak with iron bands"


def upload_model(project: Project, *, has_uvs: bool = True, marker: str = "") -> Asset:
    data = glb() if has_uvs else make_glb(marker)
    return lifecycle.add_upload(project=project, user=None, file=io.BytesIO(data), name="robot.glb")


def upload_picture(project: Project, *, colour: tuple[int, int, int] = (200, 40, 40)) -> Asset:
    data = io.BytesIO(png(colour=colour))
    return lifecycle.add_upload(project=project, user=None, file=data, name="look.png")


def fill_in(project: Project, values: Mapping[str, Any]) -> OperationForm:
    """Return the form as the page would check it."""
    switches = {n: f.initial for n, f in OPERATIONS[KEY].fields.items() if isinstance(f.initial, bool)}
    return OperationForm(
        OPERATIONS[KEY],
        {**switches, **values},
        find_asset=lambda pk: project.assets.filter(pk=pk).first(),
        find_task=lambda pk: Task.objects.filter(pk=pk, project=project).first(),
    )


def start_retexture(project: Project, *, has_uvs: bool = True, **values: Any) -> Task:
    """Start a task by the form; without a source it retextures a small model, without a style it takes words."""
    if "model_url" not in values and "input_task_id" not in values:
        values["model_url"] = upload_model(project, has_uvs=has_uvs).pk
    if not {"text_style_prompt", "image_style_url", "multiview_image_urls"} & set(values):
        values["text_style_prompt"] = PROMPT
    form = fill_in(project, values)
    assert form.is_valid(), form.errors
    return lifecycle.create_task(
        project=project,
        user=None,
        operation=OPERATIONS[KEY],
        params=form.params,
        assets=form.assets,
        notices=form.notices,
    )


def list_there() -> set[str]:
    """Return the IDs of all tasks that the account has at the vendor."""
    with get_vendor("meshy") as client:
        return set(read_list(client).items)
