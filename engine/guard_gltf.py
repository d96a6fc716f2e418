"""What a glTF may hold before Blender sees it: no foreign files, no lies about sizes, no bombs."""

import math
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote

from engine.errors import EngineError
from engine.gltf_file import BROKEN_JSON, EMBEDDED_MARK, GltfFile
from engine.picture_header import read_picture_header

MAX_NODES = 20_000  # Blender takes 7.7 s and 880 MB for as many
MAX_NODE_DEPTH = 256  # the importer recurses
MAX_ELEMENTS = 60_000_000  # over all accessors; 1 M triangles flat shaded make about 10 M
MAX_ELEMENTS_WITHOUT_DATA = 20_000_000  # no bytes (or Draco): cheap to write, up to 320 MB to read
MAX_PICTURES = 1_000
MAX_PICTURE_PIXELS = 16_384 * 16_384
MAX_ALL_PIXELS = 500_000_000  # 2 GB once decoded
COMPONENT_BYTES = {5120: 1, 5121: 1, 5122: 2, 5123: 2, 5125: 4, 5126: 4}
COMPONENTS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT2": 4, "MAT3": 9, "MAT4": 16}
FLOAT, FLOAT_BYTES, POSITION_BYTES = 5126, 4, 12
LESS_THAN_IT_SAYS = "This model's data is cut off: less is there than it says."
COMPRESSED_VIEWS = ("EXT_meshopt_compression", "KHR_meshopt_compression")


def check_gltf(gltf: GltfFile) -> None:
    """Check a glTF as it came in.

    :raises EngineError: refused or unreadable, with the first thing that is wrong
    """
    try:
        _check_uris(gltf)
        _check_nodes(gltf)
        _check_views(gltf)
        _check_accessors(gltf)
        check_positions(gltf)
        _check_pictures(gltf)
        if not any(mesh.get("primitives") for mesh in gltf.get_list("meshes")):
            raise EngineError("refused", "There is no surface in this file: it holds no mesh.")
    except (TypeError, KeyError, IndexError, AttributeError, ValueError) as error:
        raise EngineError("unreadable", BROKEN_JSON) from error


def _check_uris(gltf: GltfFile) -> None:
    for uri in _collect_uris(gltf.document):
        if uri.startswith("data:"):
            if EMBEDDED_MARK not in uri:  # Blender would read the rest of it as a path
                raise EngineError("refused", "This file holds embedded data that is not in base64.")
        elif gltf.folder is None:
            raise EngineError("refused", _describe_foreign(uri, is_glb=gltf.binary_offset > 0))
        elif not is_plain_name(unquote(uri)):
            raise EngineError("refused", "This model points to a file outside its zip.")
        elif not (gltf.folder / unquote(uri)).is_file():
            raise EngineError("refused", f"The zip lacks a file that the model needs: {unquote(uri)[:80]}.")


def _describe_foreign(uri: str, *, is_glb: bool) -> str:
    if not is_glb and is_plain_name(unquote(uri)):
        return "This .gltf keeps its data in other files. Upload a zip with all of them, or save it as GLB."
    return "This file points to another file or address. A model must carry its own data."


def _collect_uris(document: dict) -> list[str]:
    """Find every uri, in extensions too; `extras` are an application's own and nobody follows them."""
    uris: list[str] = []
    rest: list[Any] = [document]
    while rest:
        item = rest.pop()
        if isinstance(item, list):
            rest += item
        elif isinstance(item, dict):
            if "uri" in item:
                if not isinstance(item["uri"], str):
                    raise EngineError("unreadable", BROKEN_JSON)
                uris.append(item["uri"])
            rest += [value for key, value in item.items() if key != "extras" and isinstance(value, list | dict)]
    return uris


def is_plain_name(name: str) -> bool:
    """Tell whether a name stays inside its folder: no drive, no root, no way up, no control characters."""
    if not name or "\\" in name or ":" in name or any(ord(letter) < 32 for letter in name):
        return False
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and len(name) <= 255


def _check_nodes(gltf: GltfFile) -> None:
    nodes = gltf.get_list("nodes")
    instances = sum(_count_instances(gltf, node) for node in nodes)
    if len(nodes) + instances > MAX_NODES:
        raise EngineError("refused", f"This model has more than {MAX_NODES:,} parts.")
    children: list[list[int]] = [node.get("children", []) for node in nodes]
    depths = [0] * len(nodes)
    has_parent = {child for below in children for child in below}
    rest = [(index, 1) for index in range(len(nodes)) if index not in has_parent]
    while rest:
        index, depth = rest.pop()
        if depths[index]:
            raise EngineError("unreadable", "A part of this model hangs under two others.")
        if depth > MAX_NODE_DEPTH:
            raise EngineError("refused", f"The parts of this model are nested more than {MAX_NODE_DEPTH} deep.")
        depths[index] = depth
        rest += [(child, depth + 1) for child in children[index]]
    if 0 in depths:
        raise EngineError("unreadable", "The parts of this model are nested in a circle.")


def _count_instances(gltf: GltfFile, node: dict) -> int:
    instancing = node.get("extensions", {}).get("EXT_mesh_gpu_instancing", {}).get("attributes", {})
    return max((gltf.get_list("accessors")[index]["count"] for index in instancing.values()), default=0)


def _check_views(gltf: GltfFile) -> None:
    buffers = gltf.get_list("buffers")
    for index, buffer in enumerate(buffers):
        claimed = _read_size(buffer, "byteLength")
        is_fallback = any(name in buffer.get("extensions", {}) for name in COMPRESSED_VIEWS)
        if is_fallback and "uri" not in buffer:
            continue  # it holds nothing: its views are decompressed from another buffer
        if claimed > len(gltf.read_buffer(index)):
            raise EngineError("unreadable", LESS_THAN_IT_SAYS)
    for view in gltf.get_list("bufferViews"):
        compressed = [view["extensions"][name] for name in COMPRESSED_VIEWS if name in view.get("extensions", {})]
        for part in (view, *compressed):
            end = _read_size(part, "byteOffset", 0) + _read_size(part, "byteLength")
            if end > _read_size(buffers[part["buffer"]], "byteLength"):
                raise EngineError("unreadable", LESS_THAN_IT_SAYS)


def _check_accessors(gltf: GltfFile) -> None:
    views = gltf.get_list("bufferViews")
    total = without_data = 0
    for accessor in gltf.get_list("accessors"):
        count = _read_size(accessor, "count")
        total += count
        element = COMPONENT_BYTES[accessor["componentType"]] * COMPONENTS[accessor["type"]]
        if "bufferView" not in accessor:
            without_data += count
            continue
        view = views[accessor["bufferView"]]
        stride = _read_size(view, "byteStride", 0) or element
        end = _read_size(accessor, "byteOffset", 0) + max(count - 1, 0) * stride + element
        if count and end > _read_size(view, "byteLength"):
            raise EngineError("unreadable", "This model says that it has more points than its data holds.")
    if total > MAX_ELEMENTS or without_data > MAX_ELEMENTS_WITHOUT_DATA:
        raise EngineError("refused", "This model has more points than can be worked with here.")


def check_positions(gltf: GltfFile) -> None:
    """Look at every stored position (Blender would silently put what is no number at the origin).

    :raises EngineError: refused, if one is no finite number
    """
    accessors, views = gltf.get_list("accessors"), gltf.get_list("bufferViews")
    primitives = [item for mesh in gltf.get_list("meshes") for item in mesh.get("primitives", [])]
    for index in {item["attributes"]["POSITION"] for item in primitives if "POSITION" in item["attributes"]}:
        accessor = accessors[index]
        is_float = accessor["componentType"] == FLOAT and accessor["type"] == "VEC3"
        if not is_float or "bufferView" not in accessor or views[accessor["bufferView"]].get("extensions"):
            continue
        data = memoryview(gltf.read_view(accessor["bufferView"]))
        stride = views[accessor["bufferView"]].get("byteStride", 0) or POSITION_BYTES
        start = accessor.get("byteOffset", 0)
        end = start + (accessor["count"] - 1) * stride + POSITION_BYTES
        numbers = data[start : start + (end - start) // FLOAT_BYTES * FLOAT_BYTES].cast("f")
        for axis in range(3):
            if not math.isfinite(sum(numbers[axis :: stride // FLOAT_BYTES])):
                raise EngineError("refused", "Some points of this model have no finite position.")


def _check_pictures(gltf: GltfFile) -> None:
    images = gltf.get_list("images")
    if len(images) > MAX_PICTURES:
        raise EngineError("refused", f"This model has more than {MAX_PICTURES:,} pictures.")
    pixels = 0
    for index, image in enumerate(images):
        data = gltf.read_picture(index)
        header = read_picture_header(data) if data else None
        if data and header is None:
            raise EngineError("refused", f"Picture {index + 1} of this model is no PNG, JPEG, WebP or KTX2.")
        if header:
            pixels += check_picture_size(header.width, header.height, name=str(image.get("name", index + 1)))
    if pixels > MAX_ALL_PIXELS:
        raise EngineError("refused", "The pictures of this model are too large together. Make them smaller.")


def check_picture_size(width: int, height: int, *, name: str) -> int:
    """Return the number of pixels.

    :raises EngineError: refused, if one picture is too large to be decoded safely
    """
    if width * height > MAX_PICTURE_PIXELS:
        raise EngineError("refused", f"The picture “{name[:60]}” is {width} × {height} pixels: too large.")
    return width * height


def _read_size(item: dict, name: str, default: int | None = None) -> int:
    value = item.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise EngineError("unreadable", BROKEN_JSON)
    return value
