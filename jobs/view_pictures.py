"""Pictures that a person takes of a model in the viewer: written anew here, then files of the project."""

from __future__ import annotations

from typing import IO, Any

from django.db import transaction
from PIL import Image, UnidentifiedImageError

from jobs import files, queue, search
from jobs.models import Asset, User

STYLE = "view"
LIMIT_BYTES = 40_000_000
LIMIT_PIXELS = 40_000_000
TAKEN_FORMATS = ("PNG", "WEBP", "JPEG")
ANGLES = frozenset({"front", "right", "back", "left", "top", "three-quarter"})
NAME_LENGTH = 150
NOT_A_PICTURE = "The picture of this view came damaged, so nothing was kept. Take it once more."


def add_view_picture(model: Asset, *, user: User, file: IO[Any], angle: str) -> Asset:
    """Keep a picture of the model as a render of it. Only its pixels are kept, not the bytes that were sent.

    :raises FileRefused: when it is no picture, or too large
    :raises StorageTrouble: when the storage does not take it
    """
    label = angle if angle in ANGLES else ""
    with files.make_temporary_folder() as folder:
        target = folder / "view.png"
        _read(file).save(target, "PNG")
        stored = files.store(target, kind="image", name="view")
    with transaction.atomic():
        picture = Asset.objects.create(
            project=model.project,
            name=_build_name(model, label),
            kind=Asset.Kind.RENDER,
            **stored.get_columns(),
            created_by=user,
            parent=model,
            root_id=model.lineage_pk,
            version=model.version,
            label=label,
            style=STYLE,
        )
        search.index_new_asset(picture)
        queue.send(queue.PREVIEW, picture.pk)
    return picture


def _read(file: IO[Any]) -> Image.Image:
    try:
        with Image.open(file, formats=TAKEN_FORMATS) as image:
            if image.width * image.height > LIMIT_PIXELS:
                raise files.FileRefused("The picture of this view is too large. Make the window smaller.")
            has_alpha = "A" in image.mode or "transparency" in image.info
            pixels = image.convert("RGBA" if has_alpha else "RGB")
            pixels.info.clear()  # a colour profile would be written as it was sent
            return pixels
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise files.FileRefused(NOT_A_PICTURE) from error


def _build_name(model: Asset, label: str) -> str:
    end = f" {label or 'view'}"
    return f"{model.name[: NAME_LENGTH - len(end)]}{end}"
