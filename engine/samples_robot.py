"""The sample project's model: a wind-up toy robot in worn enamel and brass that waves."""

import math

import bpy
from mathutils import Matrix

from engine import samples_robot_limbs as limbs
from engine import samples_robot_trunk as trunk
from engine import samples_shapes as shapes
from engine.samples_materials import glowing_material, plain_material
from engine.samples_paint import Paint, bake_paints, build_paint

SCALE = 0.1
"""Built in decimetres, exported in metres: the robot stands 34 cm tall."""
TEXTURE_PX = 1024

ENAMELS = {
    "teal": Paint((0.030, 0.235, 0.250), roughness=0.26, wear=0.85, beneath=(0.42, 0.40, 0.35)),
    "cream": Paint((0.780, 0.670, 0.480), roughness=0.30, wear=0.3, beneath=(0.36, 0.27, 0.18)),
    "orange": Paint((0.760, 0.175, 0.028), roughness=0.28, wear=0.6, beneath=(0.42, 0.36, 0.30)),
    "red": Paint((0.600, 0.030, 0.022), roughness=0.2, wear=0),
    "amber": Paint((0.800, 0.330, 0.020), roughness=0.2, wear=0),
    "mint": Paint((0.060, 0.420, 0.270), roughness=0.2, wear=0),
}
METALS = {
    "brass": Paint((0.830, 0.520, 0.190), roughness=0.26, metallic=1, wear=0.5, beneath=(1.0, 0.78, 0.42)),
    "steel": Paint((0.560, 0.570, 0.590), roughness=0.24, metallic=1, wear=0.4, brushed=True, grain=0.03),
}


def robot() -> None:
    """Build the robot: two meshes with baked pictures, and three plain ones for rubber, glass and light."""
    paints = {name: build_paint(name, paint) for name, paint in {**ENAMELS, **METALS}.items()}
    paints["rubber"] = plain_material("Rubber", (0.022, 0.022, 0.024), roughness=0.62)
    paints["glass"] = plain_material("Face glass", (0.006, 0.009, 0.012), roughness=0.06)
    paints["glow"] = glowing_material("Glow", (0.10, 0.85, 0.80), strength=2.2)
    trunk.build_trunk(paints)
    limbs.build_limbs(paints)
    groups = {
        "Enamel": [paints[name] for name in ENAMELS],
        "Metal": [paints[name] for name in METALS],
        "Rubber": [paints["rubber"]],
        "Face glass": [paints["glass"]],
        "Glow": [paints["glow"]],
    }
    meshes = {name: _join_by_material(materials, name=name) for name, materials in groups.items()}
    for name in ("Enamel", "Metal"):
        _unwrap(meshes[name])
    for name in ("Enamel", "Metal"):
        bake_paints(meshes[name], name=name, size_px=TEXTURE_PX)
    stand = bpy.data.objects.new("Robot", None)
    bpy.context.scene.collection.objects.link(stand)
    for mesh in meshes.values():
        mesh.data.transform(Matrix.Scale(SCALE, 4))
        mesh.parent = stand


def _join_by_material(materials: list[bpy.types.Material], *, name: str) -> bpy.types.Object:
    parts = [
        item
        for item in bpy.context.scene.objects
        if item.type == "MESH" and item.data.materials and item.data.materials[0] in materials
    ]
    return shapes.join(parts, name=name)


def _unwrap(thing: bpy.types.Object) -> None:
    for other in bpy.context.scene.objects:
        other.select_set(other is thing)
    bpy.context.view_layer.objects.active = thing
    bpy.ops.object.mode_set(mode="EDIT")
    bpy.ops.mesh.select_all(action="SELECT")
    bpy.ops.uv.smart_project(angle_limit=math.radians(66), island_margin=0.002)
    bpy.ops.object.mode_set(mode="OBJECT")
