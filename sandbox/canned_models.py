"""A cube in every format that the sandbox can answer with, written byte by byte."""

import io
import json
import struct
import zipfile
from itertools import chain

CORNERS = [(x, y, z) for x in (-0.5, 0.5) for y in (-0.5, 0.5) for z in (-0.5, 0.5)]
# Six faces, counter-clockwise seen from outside; corner numbers as CORNERS counts them.
QUADS = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
TRIANGLES = [triangle for a, b, c, d in QUADS for triangle in ((a, b, c), (a, c, d))]
ZIP_MOMENT = (1980, 1, 1, 0, 0, 0)
USDZ_ALIGNMENT = 64
FBX_VERSION = 7400


def _pack_geometry() -> bytes:
    positions = struct.pack("<24f", *chain.from_iterable(CORNERS))
    return positions + struct.pack("<36H", *chain.from_iterable(TRIANGLES))


def _describe_gltf(buffer: dict) -> dict:
    return {
        "asset": {"version": "2.0", "generator": "Patina sandbox, canned"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0, "name": "cube"}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0}, "indices": 1, "material": 0}]}],
        "materials": [{"name": "canned", "pbrMetallicRoughness": {"baseColorFactor": [0.7, 0.45, 0.2, 1.0]}}],
        "accessors": [
            {
                "bufferView": 0,
                "componentType": 5126,
                "count": 8,
                "type": "VEC3",
                "min": [-0.5] * 3,
                "max": [0.5] * 3,
            },
            {"bufferView": 1, "componentType": 5123, "count": 36, "type": "SCALAR"},
        ],
        "bufferViews": [
            {"buffer": 0, "byteOffset": 0, "byteLength": 96, "target": 34962},
            {"buffer": 0, "byteOffset": 96, "byteLength": 72, "target": 34963},
        ],
        "buffers": [buffer],
    }


def build_glb() -> bytes:
    binary = _pack_geometry()
    return pack_glb(json.dumps(_describe_gltf({"byteLength": len(binary)}), separators=(",", ":")), binary)


def pack_glb(description: str, binary: bytes) -> bytes:
    """Put a glTF document and its buffer (a multiple of four bytes) into one file."""
    text = description.encode()
    text += b" " * (-len(text) % 4)
    chunks = struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(binary), b"BIN\0") + binary
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks


def build_gltf_zip() -> bytes:
    binary = _pack_geometry()
    text = json.dumps(_describe_gltf({"byteLength": len(binary), "uri": "cube.bin"}))
    return _zip({"cube.gltf": text.encode(), "cube.bin": binary})


def build_obj_zip() -> bytes:
    lines = ["mtllib cube.mtl", "usemtl canned", *(f"v {x} {y} {z}" for x, y, z in CORNERS)]
    lines += ["f " + " ".join(str(corner + 1) for corner in quad) for quad in QUADS]
    return _zip(
        {"cube.obj": ("\n".join(lines) + "\n").encode(), "cube.mtl": b"newmtl canned\nKd 0.7 0.45 0.2\n"},
    )


def build_stl() -> bytes:
    facets = b"".join(
        struct.pack("<12fH", 0, 0, 0, *chain.from_iterable(CORNERS[corner] for corner in triangle), 0)
        for triangle in TRIANGLES
    )
    return b"Patina sandbox, canned".ljust(80) + struct.pack("<I", len(TRIANGLES)) + facets


def build_ply() -> bytes:
    head = f"ply\nformat ascii 1.0\nelement vertex {len(CORNERS)}\n"
    head += "property float x\nproperty float y\nproperty float z\n"
    head += f"element face {len(QUADS)}\nproperty list uchar int vertex_indices\nend_header\n"
    lines = [f"{x} {y} {z}" for x, y, z in CORNERS]
    lines += ["4 " + " ".join(str(corner) for corner in quad) for quad in QUADS]
    return (head + "\n".join(lines) + "\n").encode()


def build_usdz() -> bytes:
    points = ", ".join(str(corner) for corner in CORNERS)
    counts = ", ".join("4" for _ in QUADS)
    indices = ", ".join(str(corner) for corner in chain.from_iterable(QUADS))
    text = (
        '#usda 1.0\n(\n    defaultPrim = "cube"\n    metersPerUnit = 1\n    upAxis = "Y"\n)\n\n'
        f'def Mesh "cube"\n{{\n    int[] faceVertexCounts = [{counts}]\n'
        f"    int[] faceVertexIndices = [{indices}]\n    point3f[] points = [{points}]\n}}\n"
    )
    # The format wants its content stored, and to begin at a multiple of 64 bytes: pad the header's extra field.
    name = "cube.usda"
    padding = -(30 + len(name) + 4) % USDZ_ALIGNMENT
    return _zip({name: text.encode()}, extra=struct.pack("<HH", 0x1986, padding) + b"\0" * padding, stored=True)


def _zip(contents: dict[str, bytes], *, extra: bytes = b"", stored: bool = False) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name, content in contents.items():
            entry = zipfile.ZipInfo(name, ZIP_MOMENT)
            entry.extra = extra
            entry.compress_type = zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return written.getvalue()


def build_fbx() -> bytes:
    """Binary FBX 7.4 with one mesh of six quads, and only what a reader needs to find it."""
    corners = [100.0 * value for value in chain.from_iterable(CORNERS)]  # FBX counts in centimetres
    # The last corner of each polygon is written as its complement.
    indices = [number for a, b, c, d in QUADS for number in (a, b, c, ~d)]
    geometry = _node(
        "Geometry",
        [1, "cube\0\1Geometry", "Mesh"],
        [_node("Vertices", [corners]), _node("PolygonVertexIndex", [indices]), _node("GeometryVersion", [124])],
    )
    model = _node("Model", [2, "cube\0\1Model", "Mesh"], [_node("Version", [232])])
    links = [_node("C", ["OO", 1, 2]), _node("C", ["OO", 2, 0])]
    nodes = [
        _node("FBXHeaderExtension", [], [_node("FBXVersion", [FBX_VERSION])]),
        _node("GlobalSettings", [], [_node("Version", [1000]), _node("Properties70", [])]),
        _node("Objects", [], [geometry, model]),
        _node("Connections", [], links),
    ]
    head = b"Kaydara FBX Binary  \0\x1a\0" + struct.pack("<I", FBX_VERSION)
    body = head
    for node in nodes:
        body += _place(node, len(body))
    body += b"\0" * 13
    footer_id = bytes.fromhex("fabcab09d0c8d466b176fb83 1cf7267e")
    padding = -(len(body) + 16) % 16 or 16
    magic = bytes.fromhex("f85a8c6adef5d97eece90ce3758f290b")
    return body + footer_id + b"\0" * (padding + 4) + struct.pack("<I", FBX_VERSION) + b"\0" * 120 + magic


FbxNode = tuple[str, list, list]


def _node(name: str, properties: list, children: list[FbxNode] | None = None) -> FbxNode:
    return name, properties, children or []


def _place(node: FbxNode, start: int) -> bytes:
    """Write a node that begins at byte `start` of the file: FBX nodes name the byte where they end."""
    name, properties, children = node
    packed = b"".join(_pack_property(value) for value in properties)
    head_length = 13 + len(name)
    inner = b""
    for child in children:
        inner += _place(child, start + head_length + len(packed) + len(inner))
    if children:
        inner += b"\0" * 13
    end = start + head_length + len(packed) + len(inner)
    return struct.pack("<IIIB", end, len(properties), len(packed), len(name)) + name.encode() + packed + inner


def _pack_property(value: int | str | list) -> bytes:
    if isinstance(value, str):
        encoded = value.encode()
        return b"S" + struct.pack("<I", len(encoded)) + encoded
    if isinstance(value, int):
        return b"L" + struct.pack("<q", value)
    letter, code = (b"d", "d") if isinstance(value[0], float) else (b"i", "i")
    content = struct.pack(f"<{len(value)}{code}", *value)
    return letter + struct.pack("<III", len(value), 0, len(content)) + content
