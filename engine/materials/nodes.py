"""Shader nodes written as calls, `paint.mix(a, b, paint.noise(8))`; numbers and sockets stand for each other."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import bpy

from engine.materials import tiles

MASK_LAYER = "Masks"
"""The UV layer that the picture of hollows and edges lies on."""
Socket: TypeAlias = bpy.types.NodeSocket
Value: TypeAlias = Socket | float
Colour: TypeAlias = Socket | Sequence[float]
Stop: TypeAlias = tuple[float, Sequence[float]]


@dataclass
class Surface:
    """What a material is at a point: colour, roughness, metallic, and height (0 to 1) times relief."""

    colour: Colour
    roughness: Value = 0.5
    metallic: Value = 0.0
    height: Value = 0.5
    relief: float = 0.0
    """How far the height reaches, as a share of the model's extent."""


class Paint:
    """Builds nodes in one tree. Positions are in extents of the model, moved by the seed."""

    def __init__(
        self, tree: bpy.types.NodeTree, *, extent: float, seed: int, masks: bpy.types.Image | None = None
    ) -> None:
        """Start in an empty tree."""
        self.tree = tree
        self.seed = seed
        self.random = random.Random(seed)  # noqa: S311 - variety, not secrecy
        self._masks = masks
        self._mask_sockets: tuple[Value, Value] | None = None
        here = self._node("ShaderNodeTexCoord").outputs["Object"]
        self.place = self.scaled(here, 1 / extent)
        shift = [self.random.uniform(-20, 20) for _ in range(3)] if seed else (0.0, 0.0, 0.0)
        self.position = self.vector("ADD", self.place, shift)

    def _node(self, kind: str, **settings: object) -> bpy.types.ShaderNode:
        node = self.tree.nodes.new(kind)
        for name, value in settings.items():
            setattr(node, name, value)
        return node

    def feed(self, socket: Socket, value: object) -> None:
        """Give an input a number, a colour, or another node's output."""
        if isinstance(value, bpy.types.NodeSocket):
            self.tree.links.new(value, socket)
        elif socket.type == "RGBA":
            colour = tuple(value) if isinstance(value, Sequence) else (value,) * 3
            socket.default_value = (*colour[:3], 1.0)
        else:
            socket.default_value = value

    def math(self, operation: str, one: Value, two: Value = 0.0, three: Value = 0.0, *, clamp: bool = False) -> Socket:
        """Compute with numbers."""
        node = self._node("ShaderNodeMath", operation=operation, use_clamp=clamp)
        for socket, value in zip(node.inputs, (one, two, three), strict=True):
            self.feed(socket, value)
        return node.outputs[0]

    def add(self, one: Value, two: Value) -> Socket:
        """Add two numbers."""
        return self.math("ADD", one, two)

    def multiply(self, one: Value, two: Value) -> Socket:
        """Multiply two numbers."""
        return self.math("MULTIPLY", one, two)

    def vector(self, operation: str, one: object, two: object = (0.0, 0.0, 0.0)) -> Socket:
        """Compute with vectors."""
        node = self._node("ShaderNodeVectorMath", operation=operation)
        self.feed(node.inputs[0], one)
        self.feed(node.inputs[1], two)
        return node.outputs["Value"] if operation in ("LENGTH", "DOT_PRODUCT", "DISTANCE") else node.outputs["Vector"]

    def scaled(self, vector: Socket, factor: float | Sequence[float]) -> Socket:
        """Stretch a vector by a factor, or by one for each axis."""
        factors = tuple(factor) if isinstance(factor, Sequence) else (factor,) * 3
        return self.vector("MULTIPLY", vector, factors)

    def axis(self, vector: Socket, name: str) -> Socket:
        """Return one component of a vector."""
        node = self._node("ShaderNodeSeparateXYZ")
        self.feed(node.inputs[0], vector)
        return node.outputs[name]

    def noise(
        self,
        scale: float,
        *,
        detail: float = 4,
        roughness: float = 0.55,
        distortion: float = 0.0,
        at: Socket | None = None,
        ridged: bool = False,
    ) -> Socket:
        """Return soft noise around 0.5, `scale` bumps to an extent."""
        node = self._node("ShaderNodeTexNoise")
        if ridged:
            node.noise_type = "RIDGED_MULTIFRACTAL"
        self.feed(node.inputs["Vector"], at or self.position)
        for name, value in (("Scale", scale), ("Detail", detail), ("Roughness", roughness), ("Distortion", distortion)):
            node.inputs[name].default_value = value
        return node.outputs["Fac"]

    def warped(self, scale: float, strength: float, *, at: Socket | None = None, detail: float = 2) -> Socket:
        """Return the position, pushed about by noise."""
        node = self._node("ShaderNodeTexNoise")
        place = at or self.position
        self.feed(node.inputs["Vector"], place)
        node.inputs["Scale"].default_value, node.inputs["Detail"].default_value = scale, detail
        centred = self.vector("SUBTRACT", node.outputs["Color"], (0.5, 0.5, 0.5))
        return self.vector("ADD", place, self.scaled(centred, strength))

    def cells(
        self, scale: float, *, feature: str = "F1", at: Socket | None = None, randomness: float = 1.0
    ) -> tuple[Socket, Socket]:
        """Return cells: the distance to their point (or to their edge), and a random number for each."""
        node = self._node("ShaderNodeTexVoronoi", feature=feature)
        self.feed(node.inputs["Vector"], at or self.position)
        node.inputs["Scale"].default_value = scale
        node.inputs["Randomness"].default_value = randomness
        if feature == "DISTANCE_TO_EDGE":
            return node.outputs["Distance"], node.outputs["Distance"]
        return node.outputs["Distance"], self.channels(node.outputs["Color"])[0]

    def channels(self, colour: Socket) -> tuple[Socket, Socket, Socket]:
        """Return red, green and blue of a colour."""
        node = self._node("ShaderNodeSeparateColor")
        self.feed(node.inputs[0], colour)
        return node.outputs[0], node.outputs[1], node.outputs[2]

    def tile(self, name: str, repeats: float, *, blend: float = 0.15, at: Socket | None = None) -> tuple[Socket, ...]:
        """Lay a tiling picture on all six sides: its three channels (see `tiles`)."""
        node = self._node("ShaderNodeTexImage", projection="BOX", projection_blend=blend)
        node.image = tiles.get_image(name, seed=self.seed)
        self.feed(node.inputs["Vector"], self.scaled(at or self.place, repeats))
        return self.channels(node.outputs["Color"])

    def step(self, value: Value, low: float, high: float, to: tuple[float, float] = (0.0, 1.0)) -> Socket:
        """Go smoothly from one number to another while a value goes from low to high."""
        node = self._node("ShaderNodeMapRange", interpolation_type="SMOOTHSTEP")
        if low > high:
            low, high, to = high, low, (to[1], to[0])
        self.feed(node.inputs["Value"], value)
        for slot, number in zip(("From Min", "From Max", "To Min", "To Max"), (low, high, *to), strict=True):
            node.inputs[slot].default_value = number
        return node.outputs["Result"]

    def ramp(self, value: Value, stops: Sequence[Stop], *, hard: bool = False) -> Socket:
        """Return the colour that stands at a value between coloured stops."""
        node = self._node("ShaderNodeValToRGB")
        node.color_ramp.interpolation = "CONSTANT" if hard else "LINEAR"
        elements = node.color_ramp.elements
        while len(elements) > 1:
            elements.remove(elements[-1])
        for index, (position, colour) in enumerate(stops):
            element = elements[0] if index == 0 else elements.new(position)
            element.position, element.color = position, (*colour[:3], 1.0)
        self.feed(node.inputs["Fac"], value)
        return node.outputs["Color"]

    def mix(self, one: Colour, two: Colour, share: Value, *, blend: str = "MIX") -> Socket:
        """Return a colour between two."""
        node = self._node("ShaderNodeMix", data_type="RGBA", blend_type=blend)
        self.feed(node.inputs["Factor"], share)
        self.feed(node.inputs[6], one)
        self.feed(node.inputs[7], two)
        return node.outputs[2]

    def between(self, one: Value, two: Value, share: Value) -> Socket:
        """Return a number between two."""
        node = self._node("ShaderNodeMix", data_type="FLOAT")
        self.feed(node.inputs["Factor"], share)
        self.feed(node.inputs[2], one)
        self.feed(node.inputs[3], two)
        return node.outputs[0]

    def tone(self, colour: Colour, value: Value) -> Socket:
        """Make a colour darker (a value under 1) or lighter."""
        node = self._node("ShaderNodeVectorMath", operation="SCALE")
        self.feed(node.inputs[0], tuple(colour)[:3] if not isinstance(colour, bpy.types.NodeSocket) else colour)
        self.feed(node.inputs["Scale"], value)
        return node.outputs["Vector"]

    def upward(self) -> Socket:
        """Return how much the surface looks up, -1 to 1."""
        return self.axis(self._node("ShaderNodeNewGeometry").outputs["Normal"], "Z")

    def masks(self) -> tuple[Value, Value]:
        """Return how deep in a hollow (0 to 1) and how near an edge (0 to 1) it is here; zeros if not measured."""
        if self._mask_sockets is None:
            self._mask_sockets = (0.0, 0.0) if self._masks is None else self._read_masks()
        return self._mask_sockets

    def _read_masks(self) -> tuple[Value, Value]:
        node = self._node("ShaderNodeTexImage", interpolation="Cubic", extension="REPEAT")
        node.image = self._masks
        self.feed(node.inputs["Vector"], self._node("ShaderNodeUVMap", uv_map=MASK_LAYER).outputs["UV"])
        hollow, edge, _ = self.channels(node.outputs["Color"])
        return hollow, edge
