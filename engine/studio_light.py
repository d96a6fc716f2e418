"""The studio's light and clay: a bright room with soft boxes that turns with the camera."""

import math
from dataclasses import dataclass

import bpy
from mathutils import Euler, Vector

CLAY = (0.47, 0.455, 0.43)
"""Linear light; a warm grey for what has no material."""


@dataclass(frozen=True)
class SoftBox:
    """A bright patch of the room: degrees to the right of the camera's back, degrees up, half its size, strength."""

    azimuth_degrees: float
    elevation_degrees: float
    half_angle_degrees: float
    strength: float


ROOM_FLOOR, ROOM_HORIZON, ROOM_CEILING = (0.32, 0.31, 0.30), (0.41, 0.415, 0.425), (0.58, 0.60, 0.63)
SOFT_BOXES = (SoftBox(-50, 38, 20, 2.4), SoftBox(70, 15, 14, 1.3), SoftBox(165, 40, 24, 2.0))


@dataclass(frozen=True)
class Sun:
    """A lamp far away, for shape and shadow: where it stands, how strong, how soft (its angle)."""

    azimuth_degrees: float
    elevation_degrees: float
    strength: float
    angle_degrees: float


KEY_SUN = Sun(-42, 48, 1.5, 14)
SUNS = (KEY_SUN, Sun(60, 25, 0.3, 40), Sun(170, 35, 0.8, 10))


@dataclass(frozen=True)
class RoomControls:
    """The sockets that turn the room (radians) and mirror it."""

    angle: bpy.types.NodeSocket
    mirror: bpy.types.NodeSocket


class Lights:
    """Room and suns; `turn` keeps them where they are as the camera sees it."""

    def __init__(self) -> None:
        """Light the scene."""
        self._suns = [(sun, _add_sun(sun)) for sun in SUNS]
        self._room = _build_room()

    def turn(self, azimuth_degrees: float, *, from_below: bool = False) -> None:
        """Turn all light around the model by the camera's own turn, and mirror it upwards for a look from below."""
        for sun, lamp in self._suns:
            tilt = 90 + sun.elevation_degrees if from_below else 90 - sun.elevation_degrees
            turn = math.radians(azimuth_degrees + sun.azimuth_degrees)
            lamp.rotation_euler = Euler((math.radians(tilt), 0, turn), "XYZ")
        self._room.angle.default_value = -math.radians(azimuth_degrees)
        self._room.mirror.default_value = (1, 1, -1 if from_below else 1)


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


def _build_room() -> RoomControls:
    """Build the room as the world's shader."""
    world = bpy.data.worlds.new("Room")
    world.use_nodes = True
    world.cycles.sampling_method = "MANUAL"  # the automatic map costs 4 s of CPU a picture
    world.cycles.sample_map_resolution = 128
    bpy.context.scene.world = world
    nodes, links = world.node_tree.nodes, world.node_tree.links
    turn = nodes.new("ShaderNodeVectorRotate")
    turn.rotation_type = "Z_AXIS"
    mirror = nodes.new("ShaderNodeVectorMath")
    mirror.operation = "MULTIPLY"
    links.new(nodes.new("ShaderNodeTexCoord").outputs["Generated"], mirror.inputs[0])
    links.new(mirror.outputs["Vector"], turn.inputs["Vector"])
    colour = _add_gradient(world.node_tree, turn.outputs["Vector"])
    for box in SOFT_BOXES:
        colour = _add_soft_box(world.node_tree, direction=turn.outputs["Vector"], onto=colour, box=box)
    links.new(colour, nodes["Background"].inputs["Color"])
    return RoomControls(angle=turn.inputs["Angle"], mirror=mirror.inputs[1])


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
