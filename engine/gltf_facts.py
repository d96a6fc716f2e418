"""What a glTF's own JSON tells: counts, textures and what they are for, materials, animations."""

from engine.gltf_file import GltfFile
from engine.picture_header import read_picture_header

TRIANGLES, STRIP, FAN = 4, 5, 6
CORE_CHANNELS = {
    "normalTexture": "normal",
    "occlusionTexture": "occlusion",
    "emissiveTexture": "emissive",
    "baseColorTexture": "base_color",
    "metallicRoughnessTexture": "metallic_roughness",
}


def read_gltf_facts(gltf: GltfFile) -> dict:
    """Return the facts that the file itself tells; what is drawn twice counts twice."""
    nodes, meshes = gltf.get_list("nodes"), gltf.get_list("meshes")
    accessors = gltf.get_list("accessors")
    triangles = vertices = 0
    for node in nodes:
        if "mesh" not in node:
            continue
        primitives = meshes[node["mesh"]].get("primitives", [])
        triangles += sum(_count_triangles(primitive, accessors) for primitive in primitives)
        shared = {item["attributes"].get("POSITION"): _count_points(item, accessors) for item in primitives}
        vertices += sum(shared.values())
    return {
        "generator": str(gltf.document["asset"].get("generator", "")) or None,
        "extensions_used": list(gltf.document.get("extensionsUsed", [])),
        "extensions_required": list(gltf.document.get("extensionsRequired", [])),
        "triangles": triangles,
        "vertices": vertices,
        "meshes": len(meshes),
        "objects": sum("mesh" in node for node in nodes),
        "materials": [{"name": _name(item, f"Material {at}")} for at, item in enumerate(gltf.get_list("materials"), 1)],
        "textures": read_textures(gltf),
        "has_uvs": any(_find_attribute(gltf, "TEXCOORD_0")),
        "has_uvs_everywhere": all(_find_attribute(gltf, "TEXCOORD_0")),
        "has_vertex_colors": any(_find_attribute(gltf, "COLOR_0")),
        "animations": [_read_animation(item, at, accessors) for at, item in enumerate(gltf.get_list("animations"), 1)],
        "skins": len(gltf.get_list("skins")),
    }


def _count_points(primitive: dict, accessors: list[dict]) -> int:
    return accessors[primitive["attributes"]["POSITION"]]["count"] if "POSITION" in primitive["attributes"] else 0


def _count_triangles(primitive: dict, accessors: list[dict]) -> int:
    corners = _count_points(primitive, accessors)
    if "indices" in primitive:
        corners = accessors[primitive["indices"]]["count"]
    mode = primitive.get("mode", TRIANGLES)
    if mode == TRIANGLES:
        return corners // 3
    return max(corners - 2, 0) if mode in (STRIP, FAN) else 0


def _find_attribute(gltf: GltfFile, name: str) -> list[bool]:
    """Return for each part of each mesh whether it has the attribute."""
    return [name in item["attributes"] for mesh in gltf.get_list("meshes") for item in mesh.get("primitives", [])]


def _read_animation(animation: dict, number: int, accessors: list[dict]) -> dict:
    ends = [accessors[item["input"]].get("max", [0])[0] for item in animation.get("samplers", [])]
    return {"name": _name(animation, f"Animation {number}"), "duration_s": round(float(max(ends, default=0)), 3)}


def read_textures(gltf: GltfFile) -> list[dict]:
    """Return the pictures of a glTF: name, size, kind, and which channels of the materials they fill."""
    channels = _collect_channels(gltf)
    found = []
    for index, image in enumerate(gltf.get_list("images")):
        header = read_picture_header(gltf.read_picture(index))
        found.append(
            {
                "name": _name(image, f"Image {index + 1}"),
                "width": header.width if header else 0,
                "height": header.height if header else 0,
                "channels": sorted(channels.get(index, ())),
                "mime": header.mime if header else "",
            }
        )
    return found


def _collect_channels(gltf: GltfFile) -> dict[int, set[str]]:
    textures = gltf.get_list("textures")
    found: dict[int, set[str]] = {}
    for material in gltf.get_list("materials"):
        rest: list[dict] = [material]
        while rest:
            for key, value in rest.pop().items():
                if not isinstance(value, dict):
                    continue
                if key.endswith("Texture") and "index" in value:
                    for image in _get_images(textures[value["index"]]):
                        found.setdefault(image, set()).add(_name_channel(key))
                elif key != "extras":
                    rest.append(value)
    return found


def _get_images(texture: dict) -> list[int]:
    alternatives = [item.get("source") for item in texture.get("extensions", {}).values() if isinstance(item, dict)]
    return [index for index in (*alternatives, texture.get("source")) if isinstance(index, int)]


def _name_channel(key: str) -> str:
    if key in CORE_CHANNELS:
        return CORE_CHANNELS[key]
    words = key.removesuffix("Texture")
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in words)


def _name(item: dict, fallback: str) -> str:
    return str(item.get("name") or fallback)[:200]
