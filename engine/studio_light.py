"""The studio's light, ground and clay: a bright room with soft boxes that turns with the camera."""

import math
from dataclasses import dataclass

import bpy
import bmesh
from mathutils import Euler, Vector

CLAY = (0.62, 0.60, 0.57)
"""Linear light; a warm grey for what has no material."""


@dataclass(frozen=True)
class SoftBox:
    """A bright patch of the room: degrees to the right of the camera's back, degrees up, half its size, strength."""

    azimuth_degrees: float
    elevation_degrees: float
    half_angle_degrees: float
    strength: float


ROOM_FLOOR, ROOM_HORIZON, ROOM_CEILING = (0.42, 0.41, 0.40), (0.50, 0.51, 0.53), (0.80, 0.83, 0.88)
SOFT_BOXES = (SoftBox(-50, 38, 24, 3.2), SoftBox(70, 15, 16, 1.6), SoftBox(165, 40, 26, 2.4))


@dataclass(frozen=True)
class Sun:
    """A lamp far away, for shape and shadow: where it stands, how strong, how soft (its angle)."""

    azimuth_degrees: float
    elevation_degrees: float
    strength: float
    angle_degrees: float


SUNS = (Sun(-42, 48, 2.1, 14), Sun(60, 25, 0.5, 40), Sun(170, 35, 1.1, 10))


class Lights:
    """Room and suns; `turn` keeps them where they are as the camera sees it."""

    def __init__(self) -> None:
        """Light the scene."""
        self._suns = [(sun, _add_sun(sun)) for sun in SUNS]
        self._room_rotation = _build_room()

    def turn(self, azimuth_degrees: float) -> None:
        """Turn all light around the model, by the camera's own turn."""
        for sun, lamp in self._suns:
            lamp.rotation_euler = Euler(
                (math.radians(90 - sun.elevation_degrees), 0, math.radians(azimuth_degrees + sun.azimuth_degrees)), "XYZ"
            )
        self._room_rotation.default_value = -math.radians(azimuth_degrees)


def add_ground(height: float, *, size: float) -> bpy.types.Object:
    """Add a floor that shows nothing but the shadow on it."""
    shape = bmesh.new()
    bmesh.ops.create_grid(shape, x_segments=1, y_segments=1, size=size)
    mesh = bpy.data.meshes.new("Ground")
    shape.to_mesh(mesh)
    shape.free()
    ground = bpy.data.objects.new("Ground", mesh)
    ground.location.z = height - 1e-3
    ground.is_shadow_catcher = True
    bpy.context.scene.collection.objects.link(ground)
    return ground


def give_clay_to_bare_objects(items: list[bpy.types.Object]) -> None:
    """Give a neutral clay to what has no material, or its vertex colours where it has those."""
    for item in items:
        mesh = item.data
        if any(slot.material for slot in item.material_slots):
            continue
        colours = mesh.color_attributes.active_color
        mesh.materials.clear()
        mesh.materials.append(_get_clay(colours.name if colours else None))


def _get_clay(colour_attribute: str | None) -> bpy.types.Material:
    name = f"Clay {colour_attribute or ''}".strip()
    if name in bpy.data.materials:
        return bpy.data.materials[name]
    clay = bpy.data.materials.new(name)
    clay.use_nodes = True
    shader = clay.node_tree.nodes["Principled BSDF"]
    shader.inputs["Base Color"].default_value = (*CLAY, 1)
    shader.inputs["Roughness"].default_value = 0.55
    if colour_attribute:
        source = clay.node_tree.nodes.new("ShaderNodeVertexColor")
        source.layer_name = colour_attribute
        clay.node_tree.links.new(source.outputs["Color"], shader.inputs["Base Color"])
    return clay


def _add_sun(sun: Sun) -> bpy.types.Object:
    data = bpy.data.lights.new("Sun", "SUN")
    data.energy = sun.strength
    data.angle = math.radians(sun.angle_degrees)
    lamp = bpy.data.objects.new("Sun", data)
    bpy.context.scene.collection.objects.link(lamp)
    return lamp


def _build_room() -> bpy.types.NodeSocket:
    """Build the room as the world's shader, and return the socket that turns it (radians)."""
    world = bpy.data.worlds.new("Room")
    world.use_nodes = True
    bpy.context.scene.world = world
    nodes, links = world.node_tree.nodes, world.node_tree.links
    turn = nodes.new("ShaderNodeVectorRotate")
    turn.rotation_type = "Z_AXIS"
    links.new(nodes.new("ShaderNodeTexCoord").outputs["Generated"], turn.inputs["Vector"])
    colour = _add_gradient(world.node_tree, turn.outputs["Vector"])
    for box in SOFT_BOXES:
        colour = _add_soft_box(world.node_tree, direction=turn.outputs["Vector"], onto=colour, box=box)
    links.new(colour, nodes["Background"].inputs["Color"])
    return turn.inputs["Angle"]


def _add_gradient(tree: bpy.types.NodeTree, direction: bpy.types.NodeSocket) -> bpy.types.NodeSocket:
    split = tree.nodes.new("ShaderNodeSeparateXYZ")
    tree.links.new(direction, split.inputs[0])
    ramp = tree.nodes.new("ShaderNodeValToRGB")
    height = tree.nodes.new("ShaderNodeMapRange")
    height.inputs["From Min"].default_value = -1
    tree.links.new(split.outputs["Z"], height.inputs["Value"])
    tree.links.new(height.outputs["Result"], ramp.inputs["Fac"])
    stops = ramp.color_ramp.elements
    stops[0].color, stops[1].color = (*ROOM_FLOOR, 1), (*ROOM_CEILING, 1)
    stops.new(0.5).color = (*ROOM_HORIZON, 1)
    return ramp.outputs["Color"]


def _add_soft_box(
    tree: bpy.types.NodeTree, *, direction: bpy.types.NodeSocket, onto: bpy.types.NodeSocket, box: SoftBox
) -> bpy.types.NodeSocket:
    """Add a round bright patch with a soft edge to the room."""
    near = tree.nodes.new("ShaderNodeVectorMath")
    near.operation = "DOT_PRODUCT"
    tree.links.new(direction, near.inputs[0])
    near.inputs[1].default_value = _point_to(box.azimuth_degrees, box.elevation_degrees)
    patch = tree.nodes.new("ShaderNodeMapRange")
    patch.interpolation_type = "SMOOTHSTEP"
    patch.inputs["From Min"].default_value = math.cos(math.radians(box.half_angle_degrees * 1.25))
    patch.inputs["From Max"].default_value = math.cos(math.radians(box.half_angle_degrees * 0.75))
    patch.inputs["To Max"].default_value = box.strength
    tree.links.new(near.outputs["Value"], patch.inputs["Value"])
    total = tree.nodes.new("ShaderNodeVectorMath")
    total.operation = "ADD"
    tree.links.new(onto, total.inputs[0])
    tree.links.new(patch.outputs["Result"], total.inputs[1])
    return total.outputs["Vector"]


def _point_to(azimuth_degrees: float, elevation_degrees: float) -> Vector:
    """Return the direction of a place in the room while the camera stands at the front (-Y)."""
    azimuth, elevation = math.radians(azimuth_degrees), math.radians(elevation_degrees)
    return Vector((math.sin(azimuth), -math.cos(azimuth), math.tan(elevation))).normalized()
