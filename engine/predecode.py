"""Turn what Blender cannot read (KTX2 pictures, meshopt buffers) into a plain GLB before it looks."""

import io
from pathlib import Path

from engine.errors import EngineError
from engine.gltf_file import GltfFile, write_glb
from engine.guard_gltf import COMPRESSED_VIEWS
from engine.picture_header import KTX2_MAGIC

BASISU = "KHR_texture_basisu"
PNG_EFFORT = 1  # the picture lives for one job only
# What Blender 4.5 reads by itself: io_scene_gltf2/io/imp/gltf2_io_gltf.py, `extensions_managed`
READ_BY_BLENDER = {
    "KHR_materials_pbrSpecularGlossiness", "KHR_lights_punctual", "KHR_materials_unlit", "KHR_texture_transform",
    "KHR_materials_clearcoat", "KHR_mesh_quantization", "EXT_mesh_gpu_instancing", "KHR_draco_mesh_compression",
    "KHR_materials_variants", "KHR_materials_emissive_strength", "KHR_materials_transmission",
    "KHR_materials_specular", "KHR_materials_sheen", "KHR_materials_ior", "KHR_animation_pointer",
    "KHR_materials_volume", "EXT_texture_webp", "KHR_materials_anisotropy",
}  # fmt: skip
READ_HERE = {BASISU, *COMPRESSED_VIEWS}


def check_extensions(gltf: GltfFile) -> None:
    """Refuse a glTF that requires what nobody here can read.

    :raises EngineError: unsupported, naming the extension
    """
    for name in gltf.document.get("extensionsRequired", []):
        if name not in READ_BY_BLENDER | READ_HERE:
            raise EngineError("unsupported", f"This model needs the glTF extension {name}, which is not read here.")


def needs_predecode(gltf: GltfFile) -> bool:
    """Tell whether the file holds KTX2 pictures or meshopt buffers."""
    return holds_ktx2(gltf) or holds_meshopt(gltf)


def holds_ktx2(gltf: GltfFile) -> bool:
    """Tell whether any picture is a KTX2 (browsers under our content policy hang on them)."""
    if BASISU in gltf.document.get("extensionsUsed", []):
        return True
    return any(image.get("mimeType") == "image/ktx2" for image in gltf.get_list("images"))


def holds_meshopt(gltf: GltfFile) -> bool:
    """Tell whether any buffer is compressed with meshopt."""
    return any(name in view.get("extensions", {}) for view in gltf.get_list("bufferViews") for name in COMPRESSED_VIEWS)


def write_plain_glb(gltf: GltfFile, target: Path) -> None:
    """Write the same model without KTX2 and meshopt.

    :raises EngineError: unreadable, where the compressed data is damaged
    """
    document = {**gltf.document}
    binary = bytearray()
    views = []
    for index, view in enumerate(gltf.get_list("bufferViews")):
        plain = {key: value for key, value in view.items() if key != "extensions"}
        data = _decode_view(gltf, index)
        plain |= {"buffer": 0, "byteOffset": _append(binary, data), "byteLength": len(data)}
        if "target" in view and view["target"] == 34963:  # indices have no stride
            plain.pop("byteStride", None)
        views.append(plain)
    document["images"] = [
        _decode_image(gltf, index, views=views, binary=binary) for index in range(len(gltf.get_list("images")))
    ]
    document["textures"] = [_plain_texture(texture) for texture in gltf.get_list("textures")]
    document |= {"bufferViews": views, "buffers": [{"byteLength": len(binary)}]}
    for name in ("extensionsUsed", "extensionsRequired"):
        document[name] = [item for item in document.get(name, []) if item not in READ_HERE]
    write_glb(target, {key: value for key, value in document.items() if value != []}, bytes(binary))


def _append(binary: bytearray, data: bytes) -> int:
    binary += b"\x00" * (-len(binary) % 16)
    offset = len(binary)
    binary += data
    return offset


def _decode_view(gltf: GltfFile, index: int) -> bytes:
    view = gltf.get_list("bufferViews")[index]
    packed = next((view["extensions"][name] for name in COMPRESSED_VIEWS if name in view.get("extensions", {})), None)
    if packed is None:
        return gltf.read_view(index)
    import meshopt

    start = packed.get("byteOffset", 0)
    data = gltf.read_buffer(packed["buffer"])[start : start + packed["byteLength"]]
    count, size = packed["count"], packed["byteStride"]
    if count * size > view["byteLength"]:
        raise EngineError("unreadable", "The compressed shapes in this model do not fit where they belong.")
    try:
        decoded = meshopt.decode_gltf_buffer(data, count, size, packed["mode"], packed.get("filter"))
    except (ValueError, RuntimeError, AssertionError, TypeError) as error:
        raise EngineError("unreadable", "The compressed shapes (meshopt) in this model are damaged.") from error
    return decoded.tobytes()


def _decode_image(gltf: GltfFile, index: int, *, views: list[dict], binary: bytearray) -> dict:
    image = gltf.get_list("images")[index]
    data = gltf.read_picture(index)
    if not data.startswith(KTX2_MAGIC):
        if "uri" not in image or image["uri"].startswith("data:"):
            return image
    else:
        data = _decode_ktx2(data)
    views.append({"buffer": 0, "byteOffset": _append(binary, data), "byteLength": len(data)})
    kept = {key: value for key, value in image.items() if key not in ("uri", "bufferView", "mimeType")}
    return kept | {"bufferView": len(views) - 1, "mimeType": _tell_mime(data)}


def _tell_mime(data: bytes) -> str:
    from engine.picture_header import read_picture_header

    header = read_picture_header(data)
    return header.mime if header else "image/png"


def _decode_ktx2(data: bytes) -> bytes:
    import opengl_basisu
    from PIL import Image

    try:
        texture = opengl_basisu.open(data)
        decoded = texture.transcode("rgba8").data
    except (opengl_basisu.BasisuError, ValueError, RuntimeError) as error:
        raise EngineError("unreadable", "A picture (KTX2) in this model is damaged or of an unknown kind.") from error
    picture = Image.fromarray(decoded, "RGBA")
    if not texture.has_alpha:
        picture = picture.convert("RGB")
    stream = io.BytesIO()
    picture.save(stream, "PNG", compress_level=PNG_EFFORT)
    return stream.getvalue()


def _plain_texture(texture: dict) -> dict:
    extensions = dict(texture.get("extensions", {}))
    basisu = extensions.pop(BASISU, None)
    plain = {key: value for key, value in texture.items() if key != "extensions"}
    if basisu is not None and "source" in basisu:
        plain["source"] = basisu["source"]
    return plain | ({"extensions": extensions} if extensions else {})
