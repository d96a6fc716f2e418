"""Takes faces away from dense meshes of the light GLB: a scan of a million triangles is seen as well with fewer."""

from math import radians

import bpy

from engine.scene import get_mesh_objects

FACES_MAX = 300_000
"""Beyond, a light GLB is no light one: a million flat triangles make 10 MB even when they are packed."""
WELD_SHARE = 1e-6
"""Points closer than this share of the model's size are one: faces that share no points cannot be joined."""
SHARP_FROM = radians(40)
CUSTOM_NORMALS = "custom_normal"


def thin_meshes() -> None:
    """Thin out the scene's plain meshes together to FACES_MAX; what moves or morphs stays as it is."""
    shapes = {item.data: item for item in get_mesh_objects() if is_plain(item)}
    count = sum(len(mesh.polygons) for mesh in shapes)
    if count <= FACES_MAX:
        return
    for mesh, item in shapes.items():
        thin(mesh, item, share=FACES_MAX / count)


def is_plain(item: bpy.types.Object) -> bool:
    return not item.modifiers and item.data.shape_keys is None


def thin(mesh: bpy.types.Mesh, item: bpy.types.Object, *, share: float) -> None:
    weld = item.modifiers.new("weld", "WELD")
    weld.merge_threshold = max(item.dimensions) * WELD_SHARE
    item.modifiers.new("thin", "DECIMATE").ratio = share
    graph = bpy.context.evaluated_depsgraph_get()
    fewer = bpy.data.meshes.new_from_object(item.evaluated_get(graph), preserve_all_data_layers=True, depsgraph=graph)
    item.modifiers.clear()
    if CUSTOM_NORMALS in fewer.attributes:
        fewer.attributes.remove(fewer.attributes[CUSTOM_NORMALS])
    fewer.shade_smooth()
    fewer.set_sharp_from_angle(angle=SHARP_FROM)
    for other in get_mesh_objects():
        if other.data == mesh:
            other.data = fewer
