"""The facts of a model: what its file tells, else what Blender found in it, and its problems in plain words."""

import hashlib
from pathlib import Path

import bpy
import numpy as np

from engine.flatten import walk_upstream
from engine.gltf_facts import read_gltf_facts
from engine.prepare import Prepared
from engine.problems import find_problems
from engine.scene import count_faces, get_mesh_objects, measure_bounding_box

UV_STEPS = 100_000  # UVs are compared to five decimals
CHANNELS_BY_INPUT = {
    "Base Color": "base_color",
    "Metallic": "metallic",
    "Roughness": "roughness",
    "Normal": "normal",
    "Emission Color": "emissive",
    "Alpha": "opacity",
}
MIMES = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp", "TARGA": "image/tga", "BMP": "image/bmp"}


def collect_facts(file: Path, loaded: Prepared) -> dict:
    """Return the facts of `file`, which was just loaded into the scene as `loaded`.

    Keys: format, size_bytes, generator, extensions_used, extensions_required, triangles, quads, ngons, faces,
    vertices, objects, meshes, materials, material_count, textures, has_uvs, has_uvs_everywhere, uv_sha256,
    animations, skins, has_vertex_colors, bounding_box_m, problems.
    """
    triangles, quads, ngons = count_faces()
    box = measure_bounding_box()
    facts: dict = {"format": loaded.kind.format, "size_bytes": file.stat().st_size}
    facts |= read_scene_facts() | {"triangles": triangles, "quads": quads, "ngons": ngons}
    if loaded.gltf is not None:
        facts |= read_gltf_facts(loaded.gltf)
    facts["faces"] = facts["triangles"] + facts["quads"] + facts["ngons"]
    facts["material_count"] = len(facts["materials"])
    facts["uv_sha256"] = hash_uvs()
    facts["bounding_box_m"] = {name: _round(getattr(box, name)) for name in ("min", "max", "size")}
    facts["problems"] = find_problems(facts, missing_pictures=loaded.missing_pictures)
    return facts


def _round(numbers: tuple[float, float, float]) -> list[float]:
    return [round(number, 6) for number in numbers]


def read_scene_facts() -> dict:
    """Return what Blender found, in the same keys as the facts of a glTF."""
    items = get_mesh_objects()
    meshes = {item.data.name: item.data for item in items}
    materials = list(dict.fromkeys(m.name for mesh in meshes.values() for m in mesh.materials if m))
    fps = bpy.context.scene.render.fps
    return {
        "generator": None,
        "extensions_used": [],
        "extensions_required": [],
        "vertices": sum(len(item.data.vertices) for item in items),
        "meshes": len(meshes),
        "objects": len(items),
        "materials": [{"name": name} for name in materials],
        "textures": _read_textures(materials),
        "has_uvs": any(mesh.uv_layers for mesh in meshes.values()),
        "has_uvs_everywhere": bool(meshes) and all(mesh.uv_layers for mesh in meshes.values()),
        "has_vertex_colors": any(mesh.color_attributes for mesh in meshes.values()),
        "animations": [
            {"name": item.name, "duration_s": round((item.frame_range[1] - item.frame_range[0]) / fps, 3)}
            for item in bpy.data.actions
        ],
        "skins": sum(item.type == "ARMATURE" for item in bpy.context.scene.objects),
    }


def _read_textures(materials: list[str]) -> list[dict]:
    channels: dict[str, set[str]] = {}
    for name in materials:
        tree = bpy.data.materials[name].node_tree
        for node in tree.nodes if tree else ():
            if node.type == "BSDF_PRINCIPLED":
                _note_channels(node, channels)
    return [
        {
            "name": image.name,
            "width": image.size[0],
            "height": image.size[1],
            "channels": sorted(channels.get(image.name, ())),
            "mime": MIMES.get(image.file_format, ""),
        }
        for image in bpy.data.images
        if image.users and image.source != "VIEWER"
    ]


def _note_channels(shader: bpy.types.ShaderNode, channels: dict[str, set[str]]) -> None:
    for socket_name, channel in CHANNELS_BY_INPUT.items():
        socket = shader.inputs[socket_name]
        if not socket.is_linked:
            continue
        source = socket.links[0].from_socket
        if source.node.type == "NORMAL_MAP" and source.node.inputs["Color"].is_linked:
            source = source.node.inputs["Color"].links[0].from_socket
        image = walk_upstream(source).image
        if image is not None:
            channels.setdefault(image.name, set()).add(channel)


def hash_uvs() -> str | None:
    """Hash the UV layout of the whole model; None without UVs.

    The set of UV points counts, not their order, so that splitting vertices and triangulating change nothing. Equal
    hashes mean the same layout; another rounding (another format, a lossy compression) may give another hash.
    """
    rows = []
    for mesh in {item.data for item in get_mesh_objects()}:
        if mesh.uv_layers:
            layer = np.empty(len(mesh.loops) * 2, dtype=np.float32)
            mesh.uv_layers[0].uv.foreach_get("vector", layer)
            rows.append(np.rint(layer.astype(np.float64) * UV_STEPS).clip(-(2**62), 2**62).astype(np.int64))
    if not rows:
        return None
    points = np.unique(np.concatenate(rows).reshape(-1, 2), axis=0)
    return hashlib.sha256(points.tobytes()).hexdigest()
