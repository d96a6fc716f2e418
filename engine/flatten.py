"""Materials made plain, so that exporters which follow only "picture to shader" links lose nothing they could keep.

Blender's FBX, OBJ and USD exporters do not follow what stands between after a glTF import: factors, channel
splitters, unlit shaders. Each input of the shader is walked upstream to its picture, constants and the one channel
that is used are collected, and a picture with all of that worked in is linked straight.
"""

from dataclasses import dataclass, field, replace

import bpy
import numpy as np

COLOUR_INPUTS = ("Base Color", "Emission Color")
GREY_INPUTS = ("Metallic", "Roughness")
CHANNELS = {"Red": 0, "Green": 1, "Blue": 2}
WALK_LIMIT = 24
WHITE = (1.0, 1.0, 1.0)


@dataclass(frozen=True)
class Upstream:
    """What feeds an input: a picture or none, what it is multiplied by, and the channel that is taken."""

    image: bpy.types.Image | None = None
    uv_source: bpy.types.NodeSocket | None = field(default=None, compare=False)
    factor: tuple[float, float, float] = WHITE
    channel: int | None = None
    output: str = "Color"


def flatten_materials(*, split_channels: bool = True) -> list[str]:
    """Rewire all materials; return sentences on what had to be simplified.

    `split_channels` makes grey pictures of metal and roughness; USD follows channels by itself and needs none.
    """
    notes: list[str] = []
    made: dict[tuple, bpy.types.Image] = {}
    for material in bpy.data.materials:
        if not material.use_nodes or not material.node_tree or not material.users:
            continue
        shader = _find_principled(material)
        if shader is None:
            shader = _replace_unlit(material)
            if shader is None:
                continue
            notes.append("Unlit materials became lit ones.")
        _flatten_shader(material.node_tree, shader, made, split_channels=split_channels)
        _drop_unused_nodes(material.node_tree)
    return list(dict.fromkeys(notes))


def _drop_unused_nodes(tree: bpy.types.NodeTree) -> None:
    """Remove what leads nowhere any more, so that pictures which nothing shows are not written along."""
    while unused := [
        node
        for node in tree.nodes
        if node.type != "OUTPUT_MATERIAL" and not any(socket.is_linked for socket in node.outputs)
    ]:
        for node in unused:
            tree.nodes.remove(node)


def _find_principled(material: bpy.types.Material) -> bpy.types.ShaderNode | None:
    """Find the Principled shader that the output shows (not one that merely lies about)."""
    output = next((node for node in material.node_tree.nodes if node.type == "OUTPUT_MATERIAL"), None)
    rest = [link.from_node for link in output.inputs["Surface"].links] if output else []
    seen = 0
    while rest and seen < WALK_LIMIT:
        node, seen = rest.pop(0), seen + 1
        if node.type == "BSDF_PRINCIPLED":
            return node
        rest += [link.from_node for socket in node.inputs if socket.type == "SHADER" for link in socket.links]
    return None


def _replace_unlit(material: bpy.types.Material) -> bpy.types.ShaderNode | None:
    """Put a rough Principled in the place of an unlit shader (glTF's KHR_materials_unlit) and return it."""
    tree = material.node_tree
    output = next((node for node in tree.nodes if node.type == "OUTPUT_MATERIAL"), None)
    if output is None:
        return None
    source = _find_unlit_colour(output)
    shader = tree.nodes.new("ShaderNodeBsdfPrincipled")
    shader.inputs["Roughness"].default_value = 1.0
    shader.inputs["Metallic"].default_value = 0.0
    if source is not None:
        if source.is_linked:
            tree.links.new(source.links[0].from_socket, shader.inputs["Base Color"])
        shader.inputs["Base Color"].default_value = _as_colour(source.default_value)
    tree.links.new(shader.outputs["BSDF"], output.inputs["Surface"])
    return shader


def _find_unlit_colour(output: bpy.types.ShaderNode) -> bpy.types.NodeSocket | None:
    rest = [link.from_node for link in output.inputs["Surface"].links]
    bare = None
    for _ in range(WALK_LIMIT):
        if not rest:
            break
        node = rest.pop(0)
        if node.type in ("BACKGROUND", "EMISSION"):
            return node.inputs["Color"]
        for socket in node.inputs:
            for link in socket.links:
                if socket.type == "SHADER":
                    rest.append(link.from_node)
                elif link.from_socket.type == "RGBA" and bare is None:
                    bare = socket
    return bare


def _as_colour(value: object) -> tuple[float, ...]:
    numbers = tuple(value) if hasattr(value, "__len__") else (float(value),) * 3  # type: ignore[arg-type]
    return (*numbers[:3], 1.0)


def _flatten_shader(
    tree: bpy.types.NodeTree, shader: bpy.types.ShaderNode, made: dict, *, split_channels: bool
) -> None:
    colour_image = None
    for name in COLOUR_INPUTS:
        socket = shader.inputs[name]
        if socket.is_linked:
            node = _relink(tree, socket, made, is_colour=True)
            colour_image = node if name == "Base Color" else colour_image
    for name in GREY_INPUTS if split_channels else ():
        if shader.inputs[name].is_linked:
            _relink(tree, shader.inputs[name], made, is_colour=False)
    alpha = shader.inputs["Alpha"]
    if alpha.is_linked:
        _relink_alpha(tree, alpha, colour_image)


def _relink(
    tree: bpy.types.NodeTree, socket: bpy.types.NodeSocket, made: dict, *, is_colour: bool
) -> bpy.types.ShaderNode | None:
    """Link a socket straight to a picture that holds all that stood between; without a picture, keep the constant."""
    link = socket.links[0]
    if link.from_node.type == "TEX_IMAGE" and link.from_socket.name == "Color":
        return link.from_node
    found = walk_upstream(link.from_socket)
    if found.image is None or not found.image.size[0]:
        constant = found.factor
        tree.links.remove(link)
        socket.default_value = (*constant, 1.0) if is_colour else float(np.mean(constant))
        return None
    key = (found.image.name, found.factor, found.channel, is_colour)
    if key not in made:
        made[key] = derive_image(found, is_colour=is_colour)
    node = tree.nodes.new("ShaderNodeTexImage")
    node.image = made[key]
    if found.uv_source is not None:
        tree.links.new(found.uv_source, node.inputs["Vector"])
    tree.links.new(node.outputs["Color"], socket)
    return node


def _relink_alpha(
    tree: bpy.types.NodeTree, alpha: bpy.types.NodeSocket, colour_node: bpy.types.ShaderNode | None
) -> None:
    found = walk_upstream(alpha.links[0].from_socket)
    if found.image is not None and colour_node is not None:
        tree.links.new(colour_node.outputs["Alpha"], alpha)
        return
    if found.image is None:
        tree.links.remove(alpha.links[0])
        alpha.default_value = min(max(found.factor[0], 0.0), 1.0)


def walk_upstream(socket: bpy.types.NodeSocket) -> Upstream:
    """Follow what feeds a link back to its picture, collecting factors and the channel on the way.

    Vertex colours and whatever else is not understood count as white, so that nothing turns dark.
    """
    found = Upstream()
    for _ in range(WALK_LIMIT):
        node = socket.node
        if node.type == "TEX_IMAGE":
            vector = node.inputs["Vector"]
            uv_source = vector.links[0].from_socket if vector.is_linked else None
            return replace(found, image=node.image, uv_source=uv_source, output=socket.name)
        if node.type == "SEPARATE_COLOR":
            found = replace(found, channel=CHANNELS.get(socket.name))
            inputs = [node.inputs["Color"]]
        elif node.type == "MIX" and node.data_type == "RGBA" and node.blend_type == "MULTIPLY":
            inputs = [item for item in node.inputs if item.type == "RGBA"]
        elif node.type == "MATH":
            inputs = list(node.inputs)[:2] if node.operation == "MULTIPLY" else list(node.inputs)[:1]
        elif node.type == "RGB":
            return replace(found, factor=_times(found.factor, node.outputs[0].default_value))
        elif node.type in ("GAMMA", "HUE_SAT", "INVERT", "BRIGHTCONTRAST", "REROUTE"):
            inputs = [item for item in node.inputs if item.type == "RGBA"][:1]
        else:
            return found
        factor, linked = _split_inputs(inputs)
        found = replace(found, factor=_times(found.factor, factor))
        if linked is None:
            return found
        socket = linked
    return found


def _split_inputs(inputs: list[bpy.types.NodeSocket]) -> tuple[tuple[float, float, float], bpy.types.NodeSocket | None]:
    """Return the product of the constants, and the linked input that leads to a picture (or any linked one)."""
    factor, linked = WHITE, None
    for socket in inputs:
        if not socket.is_linked:
            factor = _times(factor, socket.default_value)
        elif linked is None or linked.node.type not in ("TEX_IMAGE", "SEPARATE_COLOR", "MIX"):
            linked = socket.links[0].from_socket
    return factor, linked


def _times(factor: tuple[float, float, float], value: object) -> tuple[float, float, float]:
    other = _as_colour(value)
    return (factor[0] * other[0], factor[1] * other[1], factor[2] * other[2])


def derive_image(found: Upstream, *, is_colour: bool) -> bpy.types.Image:
    """Make the picture that holds what stood between picture and shader."""
    image = found.image
    if image is None:
        raise ValueError("There is no picture to derive one from.")
    width, height = image.size
    if is_colour and found.channel is None and np.allclose(found.factor, WHITE, atol=1e-3):
        return image
    pixels = np.empty(width * height * 4, dtype=np.float32)
    image.pixels.foreach_get(pixels)
    pixels = pixels.reshape(-1, 4)
    if found.channel is not None:
        pixels[:, :3] = pixels[:, found.channel, None]
    if is_colour and image.colorspace_settings.name == "sRGB":
        pixels[:, :3] = _to_srgb(_to_linear(pixels[:, :3]) * np.array(found.factor, dtype=np.float32))
    else:
        pixels[:, :3] *= np.array(found.factor, dtype=np.float32)
    suffix = "colour" if is_colour else ("red", "green", "blue", "grey")[3 if found.channel is None else found.channel]
    stem = image.name.rsplit(".", 1)[0]
    made = bpy.data.images.new(f"{stem}_{suffix}", width, height, alpha=is_colour)
    made.colorspace_settings.name = image.colorspace_settings.name if is_colour else "Non-Color"
    made.pixels.foreach_set(np.clip(pixels, 0, 1).ravel())
    made.pack()
    return made


def _to_linear(colour: np.ndarray) -> np.ndarray:
    return np.where(colour <= 0.04045, colour / 12.92, ((colour + 0.055) / 1.055) ** 2.4)


def _to_srgb(colour: np.ndarray) -> np.ndarray:
    colour = np.clip(colour, 0, 1)
    return np.where(colour <= 0.0031308, colour * 12.92, 1.055 * colour ** (1 / 2.4) - 0.055)
