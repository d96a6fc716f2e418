"""Assets with bytes behind them, for tests that fetch files and look at pages."""

import io
from pathlib import Path
from typing import Any

from django.core.files.storage import default_storage

from jobs import lifecycle
from jobs.files import get_storage_name
from jobs.models import Asset, Project, User
from tests import made_models


def store(
    project: Project, content: bytes, *, name: str = "cube.glb", user: User | None = None, **columns: Any
) -> Asset:
    """Upload `content` as a person does, then set `columns` on the row."""
    asset = lifecycle.add_upload(project=project, user=user, file=io.BytesIO(content), name=name)
    for column, value in columns.items():
        setattr(asset, column, value)
    asset.save()
    return asset


def store_cube(project: Project, **columns: Any) -> Asset:
    return store(project, made_models.glb(), **columns)


def store_shown_cube(project: Project, **columns: Any) -> Asset:
    """Store a cube that has its poster and its light GLB."""
    poster = store(project, made_models.png(8, 8), name="poster.png")
    poster_sha256 = poster.sha256
    poster.delete()
    asset = store_cube(project, preview=Asset.Preview.READY, poster_sha256=poster_sha256, **columns)
    asset.light_sha256, asset.light_size_bytes = asset.sha256, asset.size_bytes
    asset.save()
    return asset


def get_path(sha256: str) -> Path:
    """Return where the bytes lie on the disk, or would lie."""
    return Path(default_storage.path(get_storage_name(sha256)))
