"""Blender's scene: emptied, filled from a file that was checked first, measured in glTF's axes."""

import math
from dataclasses import dataclass
from pathlib import Path

import bpy
import numpy as np

from engine.errors import EngineError
from engine.prepare import Prepared, prepare


@dataclass(frozen=True)
class BoundingBox:
    """A box in glTF's axes (Y up, front is +Z), in metres."""

    min: tuple[float, float, float]
    max: tuple[float, float, float]

    @property
    def size(self) -> tuple[float, float, float]:
        """The box's width, height and depth."""
        low, high = self.min, self.max
        return (high[0] - low[0], high[1] - low[1], high[2] - low[2])

    @property
    def diagonal(self) -> float:
        """The distance between its farthest corners."""
        return math.dist(self.min, self.max)


def new_scene() -> None:
    """Empty Blender (`read_factory_settings` would do it too, but is slower and leaks a handler a call)."""
    bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)


def get_mesh_objects() -> list[bpy.types.Object]:
    """Return the scene's mesh objects that have faces."""
    return [item for item in bpy.context.scene.objects if item.type == "MESH" and len(item.data.polygons)]


def count_faces() -> tuple[int, int, int]:
    """Return how many triangles, quads and larger polygons the mesh objects hold together."""
    triangles = quads = larger = 0
    for item in get_mesh_objects():
        sizes = read_loop_totals(item.data)
        triangles += int((sizes == 3).sum())
        quads += int((sizes == 4).sum())
        larger += int((sizes > 4).sum())
    return triangles, quads, larger


def read_loop_totals(mesh: bpy.types.Mesh) -> np.ndarray:
    """Return the number of corners of each polygon."""
    sizes = np.empty(len(mesh.polygons), dtype=np.int32)
    mesh.polygons.foreach_get("loop_total", sizes)
    return sizes


def read_positions(mesh: bpy.types.Mesh) -> np.ndarray:
    """Return the vertices of a mesh as rows of x, y, z in its own axes."""
    positions = np.empty(len(mesh.vertices) * 3, dtype=np.float32)
    mesh.vertices.foreach_get("co", positions)
    return positions.reshape(-1, 3)


def measure_bounding_box() -> BoundingBox:
    """Measure all mesh objects as they stand, modifiers (a rig) included.

    :raises EngineError: refused, if there is nothing to measure or a position is no finite number
    """
    graph = bpy.context.evaluated_depsgraph_get()
    lows, highs = [], []
    for item in get_mesh_objects():
        evaluated = item.evaluated_get(graph)
        matrix = np.array(evaluated.matrix_world, dtype=np.float64)
        points = read_positions(evaluated.data) @ matrix[:3, :3].T + matrix[:3, 3]
        if len(points):
            lows.append(points.min(axis=0))
            highs.append(points.max(axis=0))
    if not lows:
        raise EngineError("refused", "There is no surface in this file: no mesh with faces was found.")
    low, high = np.min(lows, axis=0), np.max(highs, axis=0)
    if not (np.isfinite(low).all() and np.isfinite(high).all()):
        raise EngineError("refused", "Some points of this model have no finite position.")
    # Blender is Z up and its front looks to -Y; glTF is Y up and its front looks to +Z
    return BoundingBox(
        min=(float(low[0]), float(low[2]), float(-high[1])), max=(float(high[0]), float(high[2]), float(-low[1]))
    )


def load_model(source: Path, *, workspace: Path) -> Prepared:
    """Empty the scene and fill it from a file of any supported kind, after the checks on untrusted input.

    Returns what the checks found out: the kind of the file, its glTF document, pictures that are missing.
    :raises EngineError: refused, unreadable or unsupported, with a sentence that says what is wrong
    """
    prepared = prepare(source, workspace=workspace)
    new_scene()
    import_prepared(prepared)
    missing = drop_foreign_pictures(workspace)
    measure_bounding_box()
    if prepared.gltf is None:
        link_vertex_colours()
        read_data_pictures_as_numbers()
    return Prepared(
        prepared.kind, prepared.path, gltf=prepared.gltf, missing_pictures=(*prepared.missing_pictures, *missing)
    )


def import_prepared(prepared: Prepared) -> None:
    """Import a checked file into the scene.

    :raises EngineError: unreadable, with Blender's own words where they help
    """
    path, operators = str(prepared.path), bpy.ops
    try:
        match prepared.kind.format:
            case "glb" | "gltf":
                # without disable_bone_shape every rig brings an icosphere along
                operators.import_scene.gltf(filepath=path, disable_bone_shape=True)
            case "fbx":
                operators.import_scene.fbx(filepath=path, use_image_search=False)
            case "obj":
                operators.wm.obj_import(filepath=path)
            case "stl":
                operators.wm.stl_import(filepath=path)
            case "ply":
                operators.wm.ply_import(filepath=path)
            case "usdz":
                operators.wm.usd_import(filepath=path, import_textures_mode="IMPORT_PACK")
            case other:
                raise EngineError("unsupported", f"{other} files are not read here.")
    except RuntimeError as error:  # how an operator reports whatever went wrong in it
        raise _explain(error, prepared.kind.format) from error


def _explain(error: RuntimeError, format_name: str) -> EngineError:
    text = str(error)
    if "MemoryError" in text:
        return EngineError("memory", "This model needs more memory than a job may take.")
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    reason = lines[-1].removeprefix("Error: ") if lines else "no reason given"
    if "Traceback" in text:
        reason = "its structure is damaged"
    return EngineError("unreadable", f"This {format_name.upper()} file cannot be read: {reason[:200].rstrip('.')}.")


def drop_foreign_pictures(workspace: Path) -> list[str]:
    """Forget pictures that were not packed in the model nor unpacked beside it; return their names.

    An FBX or USD may name any picture of this machine, and an export would embed it.
    """
    missing = []
    for image in list(bpy.data.images):
        if image.packed_file or image.source not in ("FILE", "SEQUENCE", "TILED", "MOVIE"):
            continue
        path = Path(bpy.path.abspath(image.filepath)).resolve()
        if path.is_relative_to(workspace.resolve()) and path.is_file():
            continue
        missing.append(image.filepath.replace("\\", "/").rsplit("/", 1)[-1] or image.name)
        bpy.data.images.remove(image)
    return missing


def link_vertex_colours() -> None:
    """Let vertex colours show where no picture covers them (FBX, OBJ, PLY and USD keep them, but not the link)."""
    for item in get_mesh_objects():
        mesh = item.data
        if not mesh.color_attributes:
            continue
        if not any(mesh.materials):
            mesh.materials.clear()
            material = bpy.data.materials.new("Vertex colours")
            material.use_nodes = True
            mesh.materials.append(material)
        for material in mesh.materials:
            if material and material.use_nodes:
                _link_vertex_colour(material, mesh.color_attributes[0].name)


def _link_vertex_colour(material: bpy.types.Material, attribute: str) -> None:
    shader = next((node for node in material.node_tree.nodes if node.type == "BSDF_PRINCIPLED"), None)
    if shader is None or shader.inputs["Base Color"].is_linked:
        return
    node = material.node_tree.nodes.new("ShaderNodeVertexColor")
    node.layer_name = attribute
    material.node_tree.links.new(node.outputs["Color"], shader.inputs["Base Color"])


def read_data_pictures_as_numbers() -> None:
    """Read metal and roughness pictures as numbers (Blender's OBJ import takes them for colours: too glossy)."""
    for material in bpy.data.materials:
        for link in material.node_tree.links if material.node_tree else ():
            is_picture = link.from_node.type == "TEX_IMAGE" and link.from_node.image
            if is_picture and link.to_socket.name in ("Roughness", "Metallic"):
                link.from_node.image.colorspace_settings.name = "Non-Color"
