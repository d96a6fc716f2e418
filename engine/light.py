"""The light GLB for the viewer: Draco geometry and WebP pictures of at most 1024 pixels (measured: 1/69)."""

from pathlib import Path

import bpy

from engine.errors import EngineError
from engine.light_thin import thin_meshes
from engine.predecode import holds_ktx2, holds_meshopt
from engine.prepare import Prepared

MAX_PICTURE_PX = 1024
WEBP_QUALITY = 80
DRACO_LEVEL = 6


def needs_light(loaded: Prepared, *, size_bytes: int, light_over_bytes: int) -> bool:
    """Tell whether the viewer should get another file than the model's own.

    KTX2 hangs the viewer under our content policy, meshopt needs a decoder more, and big files keep people waiting.
    """
    if loaded.gltf is None or loaded.kind.format != "glb":
        return True
    return size_bytes > light_over_bytes or holds_ktx2(loaded.gltf) or holds_meshopt(loaded.gltf)


def write_light_glb(file: Path) -> None:
    """Write the scene as a light GLB. The scene's pictures are made smaller and dense meshes thinner on the way.

    :raises EngineError: failed, where Blender could not write it
    """
    shrink_pictures()
    thin_meshes()
    try:
        bpy.ops.export_scene.gltf(
            filepath=str(file),
            export_format="GLB",
            export_draco_mesh_compression_enable=True,
            export_draco_mesh_compression_level=DRACO_LEVEL,
            export_image_format="WEBP",
            export_image_quality=WEBP_QUALITY,
            export_vertex_color="MATERIAL",
            export_all_vertex_colors=False,
        )
    except RuntimeError as error:  # how an operator reports whatever went wrong in it
        kind = "memory" if "MemoryError" in str(error) else "failed"
        raise EngineError(kind, "The light copy for the viewer could not be written.") from error


def shrink_pictures() -> None:
    """Scale pictures down so that none is larger than the viewer's limit."""
    for image in bpy.data.images:
        largest = max(image.size) if image.users and image.source != "VIEWER" else 0
        if largest > MAX_PICTURE_PX:
            share = MAX_PICTURE_PX / largest
            image.scale(max(round(image.size[0] * share), 1), max(round(image.size[1] * share), 1))
