"""The sample with a skeleton: a plant that sways and nods."""

import math

import bpy
from mathutils import Matrix, Vector

from engine import samples_shapes as shapes
from engine.samples_materials import plain_material

BONES = 4
STEM_HEIGHT = 0.3
FRAMES = 48


def skinned() -> None:
    """Build a plant in a pot: an armature of four bones and two animations, `Sway` and `Nod`."""
    green = plain_material("Leaf", (0.10, 0.32, 0.07), roughness=0.55)
    stem = shapes.tube(
        "Stem",
        lambda t: Vector((0, 0, STEM_HEIGHT * t)),
        radius=lambda t: 0.02 - 0.008 * t,
        segments=32,
        sides=16,
        material=green,
    )
    parts = [stem, *_leaves(green), *_flower()]
    plant = shapes.join(parts, name="Plant")
    armature = _build_armature()
    _weigh(plant)
    plant.parent = armature
    plant.modifiers.new("Armature", "ARMATURE").object = armature
    _animate(armature, name="Sway", axis=2, degrees=9)
    _animate(armature, name="Nod", axis=0, degrees=7)


def _leaves(material: bpy.types.Material) -> list[bpy.types.Object]:
    leaves = []
    for index in range(5):
        leaf = shapes.sphere("Leaf", 0.07, segments=24, rings=12, material=material)
        shapes.place(leaf, scale=(1, 0.42, 0.09), at=(0.075, 0, 0))
        shapes.place(leaf, turn=(0, -28, 137.5 * index), at=(0, 0, 0.05 + 0.042 * index))
        leaves.append(leaf)
    return leaves


def _flower() -> list[bpy.types.Object]:
    petal_material = plain_material("Petal", (0.82, 0.20, 0.28), roughness=0.45)
    heart = shapes.sphere("Heart", 0.034, material=plain_material("Pollen", (0.85, 0.5, 0.06), roughness=0.7))
    shapes.place(heart, scale=(1, 1, 0.7), at=(0, 0, STEM_HEIGHT + 0.012))
    petals = []
    for index in range(8):
        petal = shapes.sphere("Petal", 0.035, segments=20, rings=10, material=petal_material)
        shapes.place(petal, scale=(1.15, 0.7, 0.22), at=(0.055, 0, 0))
        shapes.place(petal, turn=(0, -20, 45 * index), at=(0, 0, STEM_HEIGHT))
        petals.append(petal)
    return [heart, *petals]


def _build_armature() -> bpy.types.Object:
    data = bpy.data.armatures.new("Skeleton")
    armature = bpy.data.objects.new("Skeleton", data)
    bpy.context.scene.collection.objects.link(armature)
    bpy.context.view_layer.objects.active = armature
    bpy.ops.object.mode_set(mode="EDIT")
    previous = None
    for index in range(BONES):
        bone = data.edit_bones.new(f"Bone {index + 1}")
        bone.head = (0, 0, STEM_HEIGHT * index / BONES)
        bone.tail = (0, 0, STEM_HEIGHT * (index + 1) / BONES)
        bone.parent = previous
        previous = bone
    bpy.ops.object.mode_set(mode="OBJECT")
    return armature


def _weigh(plant: bpy.types.Object) -> None:
    """Bind each vertex to the two bones nearest to it in height."""
    groups = [plant.vertex_groups.new(name=f"Bone {index + 1}") for index in range(BONES)]
    for vertex in plant.data.vertices:
        place = min(max(vertex.co.z / STEM_HEIGHT * BONES - 0.5, 0), BONES - 1)
        lower, share = int(place), place - int(place)
        groups[lower].add([vertex.index], 1 - share, "REPLACE")
        if share:
            groups[min(lower + 1, BONES - 1)].add([vertex.index], share, "REPLACE")


def _animate(armature: bpy.types.Object, *, name: str, axis: int, degrees: float) -> None:
    """Add one looping action, kept on an NLA track of its own so that the exporter writes it."""
    animation = armature.animation_data or armature.animation_data_create()
    action = bpy.data.actions.new(name)
    animation.action = action
    for bone in armature.pose.bones:
        bone.rotation_mode = "QUATERNION"
        for frame in range(0, FRAMES + 1, 6):
            angle = math.radians(degrees) * math.sin(2 * math.pi * frame / FRAMES)
            bone.rotation_quaternion = Matrix.Rotation(angle, 3, "XYZ"[axis]).to_quaternion()
            bone.keyframe_insert("rotation_quaternion", frame=frame)
    animation.nla_tracks.new().strips.new(name, 0, action)
    animation.action = None
    for bone in armature.pose.bones:
        bone.rotation_quaternion = (1, 0, 0, 0)
