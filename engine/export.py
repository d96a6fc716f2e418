"""Write the current scene as one of the supported formats, and say what the format cannot hold."""

import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

import bpy
from PIL import Image as Picture

from engine.errors import EngineError
from engine.flatten import flatten_materials
from engine.formats import FORMATS, ZIPPED_ON_EXPORT
from engine.picture_header import read_picture_header
from engine.scene import count_faces, get_mesh_objects

SUFFIXES = {"image/jpeg": ".jpg", "image/webp": ".webp", "image/tga": ".tga", "image/bmp": ".bmp", "image/tiff": ".tif"}
PNG_EFFORT = 3
SAFE_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")


@dataclass(frozen=True)
class Exported:
    """A written file, and sentences on what its format could not hold."""

    path: Path
    notes: tuple[str, ...]


def export_model(format_name: str, *, folder: Path, stem: str, workspace: Path) -> Exported:
    """Write the scene into `folder` as `stem` with the format's suffix; glTF and OBJ become a zip.

    The scene's materials are changed on the way (flattened), so export last.
    :raises EngineError: unsupported, for an unknown format; failed, where Blender could not write
    """
    if format_name not in FORMATS:
        raise EngineError("unsupported", f"{format_name} is no format that can be written here.")
    staging = workspace / "export"
    staging.mkdir(exist_ok=True)
    notes = _tell_losses(format_name)
    if format_name in ("fbx", "obj", "usdz"):
        replace_webp()
    try:
        WRITERS[format_name](staging / f"{stem}.{format_name}", notes)
    except RuntimeError as error:  # how an operator reports whatever went wrong in it
        kind = "memory" if "MemoryError" in str(error) else "failed"
        raise EngineError(kind, f"The model could not be written as {format_name.upper()}.") from error
    suffix = "zip" if format_name in ZIPPED_ON_EXPORT else format_name
    target = folder / f"{stem}.{suffix}"
    if format_name in ZIPPED_ON_EXPORT:
        _zip_folder(staging, target)
    else:
        (staging / f"{stem}.{format_name}").replace(target)
    return Exported(target, tuple(dict.fromkeys(notes)))


def _write_glb(path: Path, _: list[str]) -> None:
    bpy.ops.export_scene.gltf(
        filepath=str(path), export_format="GLB", export_vertex_color="MATERIAL", export_all_vertex_colors=False
    )


def _write_gltf(path: Path, _: list[str]) -> None:
    bpy.ops.export_scene.gltf(
        filepath=str(path),
        export_format="GLTF_SEPARATE",
        export_texture_dir="textures",
        export_vertex_color="MATERIAL",
        export_all_vertex_colors=False,
    )


def _write_fbx(path: Path, notes: list[str]) -> None:
    notes += flatten_materials()
    pictures = path.parent / "pictures"
    unpack_pictures(pictures)
    bpy.ops.export_scene.fbx(
        filepath=str(path),
        path_mode="COPY",
        embed_textures=True,
        add_leaf_bones=False,
        mesh_smooth_type="FACE",
        bake_anim=bool(bpy.data.actions),
    )


def _write_obj(path: Path, notes: list[str]) -> None:
    notes += flatten_materials()
    unpack_pictures(path.parent / "textures")
    bpy.ops.wm.obj_export(
        filepath=str(path), path_mode="RELATIVE", export_pbr_extensions=True, export_colors=_has_vertex_colours()
    )


def _write_stl(path: Path, _: list[str]) -> None:
    bpy.ops.wm.stl_export(filepath=str(path), apply_modifiers=True)


def _write_ply(path: Path, _: list[str]) -> None:
    bpy.ops.wm.ply_export(filepath=str(path), export_uv=True, export_normals=True, export_colors="SRGB")


def _write_usdz(path: Path, notes: list[str]) -> None:
    notes += flatten_materials(split_channels=False)
    bpy.ops.wm.usd_export(
        filepath=str(path),
        export_textures_mode="NEW",
        generate_preview_surface=True,
        convert_orientation=True,
        export_global_forward_selection="NEGATIVE_Z",
        export_global_up_selection="Y",
        export_animation=bool(bpy.data.actions),
    )


WRITERS = {
    "glb": _write_glb,
    "gltf": _write_gltf,
    "fbx": _write_fbx,
    "obj": _write_obj,
    "stl": _write_stl,
    "ply": _write_ply,
    "usdz": _write_usdz,
}


def unpack_pictures(folder: Path) -> None:
    """Write the pictures that materials use into a folder under plain, distinct names, and point Blender there."""
    folder.mkdir(exist_ok=True)
    taken: set[str] = set()
    for image in bpy.data.images:
        if not image.users or image.source == "VIEWER" or not image.size[0]:
            continue
        stem = "".join(letter if letter in SAFE_LETTERS else "_" for letter in image.name.rsplit(".", 1)[0])[:60]
        name, number = stem or "picture", 1
        while name.lower() in taken:
            number += 1
            name = f"{stem}_{number}"
        taken.add(name.lower())
        data = _read_picture(image)
        header = read_picture_header(data, allow_others=True)
        path = folder / f"{name}{SUFFIXES.get(header.mime if header else '', '.png')}"
        path.write_bytes(data)
        image.filepath_raw = str(path)
        if image.packed_file:
            image.unpack(method="REMOVE")
        image.source = "FILE"
        image.reload()


def _read_picture(image: bpy.types.Image) -> bytes:
    if not image.packed_file:
        image.pack()
    return bytes(image.packed_file.data)


def replace_webp() -> None:
    """Turn WebP pictures into PNG: programs that read FBX, OBJ and USDZ seldom read WebP."""
    for image in bpy.data.images:
        if not image.users or not image.packed_file or bytes(image.packed_file.data[8:12]) != b"WEBP":
            continue
        stream = io.BytesIO()
        with Picture.open(io.BytesIO(image.packed_file.data)) as picture:
            picture.save(stream, "PNG", compress_level=PNG_EFFORT)
        data = stream.getvalue()
        image.pack(data=data, data_len=len(data))
        image.file_format = "PNG"


def _zip_folder(folder: Path, target: Path) -> None:
    """Zip a folder's files, pictures stored as they are; the same files make the same zip."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for path in sorted(folder.rglob("*")):
            if not path.is_file():
                continue
            info = zipfile.ZipInfo(path.relative_to(folder).as_posix())
            is_picture = path.suffix.lower() in (".png", ".jpg", ".webp")
            info.compress_type = zipfile.ZIP_STORED if is_picture else zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            with path.open("rb") as stream, archive.open(info, "w") as packed:
                while part := stream.read(1 << 20):
                    packed.write(part)


def _has_vertex_colours() -> bool:
    return any(item.data.color_attributes for item in get_mesh_objects())


def _has_pictures() -> bool:
    return any(image.users and image.size[0] for image in bpy.data.images)


def _tell_losses(format_name: str) -> list[str]:
    """Say what of this scene the format cannot hold. Sentences for people; nothing that the scene does not have."""
    has_rig = any(item.type == "ARMATURE" for item in bpy.context.scene.objects)
    actions = len(bpy.data.actions)
    notes = []
    if format_name == "stl":
        lost = ["materials"] * bool(bpy.data.materials) + ["textures"] * _has_pictures()
        lost += ["UVs"] * any(item.data.uv_layers for item in get_mesh_objects()) + ["colours"] * _has_vertex_colours()
        notes += [f"STL holds the shape only: {_join(lost)} left out."] if lost else []
    if format_name == "ply" and (bpy.data.materials or _has_pictures()):
        notes.append("PLY holds no materials and no textures; the shape, UVs, normals and vertex colours are kept.")
    if format_name in ("stl", "ply") and len(get_mesh_objects()) > 1:
        notes.append(f"All parts were joined into one: {format_name.upper()} holds a single object.")
    if format_name in ("stl", "ply", "obj") and (has_rig or actions):
        notes.append(f"{format_name.upper()} holds no skeleton and no animation: the model stands still.")
    if format_name in ("fbx", "obj", "usdz") and _uses_occlusion():
        notes.append(f"The occlusion texture was left out: {format_name.upper()} has no place for it.")
    if format_name in ("fbx", "obj", "usdz") and _uses_glass():
        notes.append(f"Glass is kept as a plain surface: {format_name.upper()} cannot say how light passes through.")
    if format_name == "fbx" and _is_see_through():
        notes.append("Some programs show the see-through parts of an FBX as solid.")
    if format_name == "usdz" and actions > 1:
        notes.append(f"USDZ holds one animation: {actions - 1} of {actions} left out.")
    if format_name in ("glb", "gltf") and count_faces()[1:] != (0, 0):
        notes.append(f"Quads became triangles: {format_name.upper()} holds triangles only.")
    if format_name == "stl" and count_faces()[1:] != (0, 0):
        notes.append("Quads became triangles: STL holds triangles only.")
    return notes


def _join(words: list[str]) -> str:
    return " and ".join(", ".join(words).rsplit(", ", 1))


def _get_nodes(kind: str) -> list[bpy.types.ShaderNode]:
    trees = [material.node_tree for material in bpy.data.materials if material.users and material.node_tree]
    return [node for tree in trees for node in tree.nodes if node.type == kind]


def _uses_occlusion() -> bool:
    """Tell whether a material carries glTF's occlusion (a node group that only Blender's glTF exporter knows)."""
    inputs = [node.inputs["Occlusion"] for node in _get_nodes("GROUP") if "Occlusion" in node.inputs]
    return any(socket.is_linked for socket in inputs)


def _uses_glass() -> bool:
    weights = [node.inputs["Transmission Weight"] for node in _get_nodes("BSDF_PRINCIPLED")]
    return any(socket.is_linked or socket.default_value > 0 for socket in weights)


def _is_see_through() -> bool:
    alphas = [node.inputs["Alpha"] for node in _get_nodes("BSDF_PRINCIPLED")]
    return any(socket.is_linked or socket.default_value < 1 for socket in alphas)
