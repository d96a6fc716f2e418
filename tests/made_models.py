"""Small model files made byte by byte, honest and hostile, for tests of everything that reads models."""

import io
import itertools
import json
import math
import struct
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PIL import Image

CUBE_CORNERS = [(x, y, z) for x in (0.0, 1.0) for y in (0.0, 1.0) for z in (0.0, 1.0)]
CUBE_QUADS = [(0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3)]
CUBE_TRIANGLES = [(a, b, c) for a, b, c, _ in CUBE_QUADS] + [(a, c, d) for a, _, c, d in CUBE_QUADS]


def png(width: int = 4, height: int = 4, colour: tuple[int, int, int] = (200, 40, 40)) -> bytes:
    stream = io.BytesIO()
    Image.new("RGB", (width, height), colour).save(stream, "PNG")
    return stream.getvalue()


def png_that_claims(width: int, height: int) -> bytes:
    """A PNG whose header tells a size that its few bytes do not bear out."""
    body = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    checksum = zlib.crc32(b"IHDR" + body)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR" + body + struct.pack(">I", checksum) + b"\x00" * 16


def ktx2(width: int = 8, height: int = 8, colour: tuple[int, int, int] = (200, 40, 40)) -> bytes:
    """A KTX2 picture of one colour: UASTC blocks in mode 8, which is made for that."""
    red, green, blue = colour
    block = (0x17 | (red | green << 8 | blue << 16 | 255 << 24) << 5).to_bytes(16, "little")
    level = block * (-(-width // 4) * -(-height // 4))
    # Data format descriptor: UASTC (166), BT.709, sRGB, blocks of 4 x 4 pixels and 16 bytes, one RGB sample
    descriptor = struct.pack("<IIHH4B4B8B", 44, 0, 2, 40, 166, 1, 2, 0, 3, 3, 0, 0, 16, *[0] * 7)
    descriptor += struct.pack("<HBB4BII", 0, 127, 0, 0, 0, 0, 0, 0, 0xFFFFFFFF)
    start = 160  # 80 + 24 + 44 bytes, and up to a whole block
    header = b"\xabKTX 20\xbb\r\n\x1a\n" + struct.pack("<9I", 0, 1, width, height, 0, 0, 1, 1, 0)
    header += struct.pack("<4I2Q", 104, len(descriptor), 0, 0, 0, 0) + struct.pack("<3Q", start, len(level), len(level))
    return (header + descriptor).ljust(start, b"\0") + level


def cube_document() -> tuple[dict[str, Any], bytes]:
    """The JSON and binary of a cube of one metre with UVs, one material and one picture."""
    points = b"".join(struct.pack("<3f", *corner) for corner in CUBE_CORNERS)
    uvs = b"".join(struct.pack("<2f", corner[0], corner[1]) for corner in CUBE_CORNERS)
    indices = b"".join(struct.pack("<3H", *corners) for corners in CUBE_TRIANGLES)
    picture = png()
    picture += b"\x00" * (-len(picture) % 4)
    binary, views = b"", []
    for part in (points, uvs, indices, picture):
        views.append({"buffer": 0, "byteOffset": len(binary), "byteLength": len(part)})
        binary += part
    attributes = {"POSITION": 0, "TEXCOORD_0": 1}
    document = {
        "asset": {"version": "2.0", "generator": "made by a test"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0, "name": "Cube"}],
        "meshes": [{"primitives": [{"attributes": attributes, "indices": 2, "material": 0}]}],
        "materials": [{"name": "Red", "pbrMetallicRoughness": {"baseColorTexture": {"index": 0}}}],
        "textures": [{"source": 0}],
        "images": [{"name": "Paint", "bufferView": 3, "mimeType": "image/png"}],
        "accessors": [
            {
                "bufferView": 0,
                "componentType": 5126,
                "count": 8,
                "type": "VEC3",
                "min": [0, 0, 0],
                "max": [1, 1, 1],
            },
            {"bufferView": 1, "componentType": 5126, "count": 8, "type": "VEC2"},
            {"bufferView": 2, "componentType": 5123, "count": 36, "type": "SCALAR"},
        ],
        "bufferViews": views,
        "buffers": [{"byteLength": len(binary)}],
    }
    return document, binary


def glb(document: Mapping[str, Any] | None = None, binary: bytes | None = None) -> bytes:
    """A GLB; without arguments the cube."""
    cube, cube_binary = cube_document()
    text = json.dumps(cube if document is None else document).encode()
    text += b" " * (-len(text) % 4)
    body = cube_binary if binary is None else binary
    body += b"\x00" * (-len(body) % 4)
    total = 12 + 8 + len(text) + 8 + len(body)
    chunks = struct.pack("<I4s", len(text), b"JSON") + text + struct.pack("<I4s", len(body), b"BIN\x00") + body
    return struct.pack("<4sII", b"glTF", 2, total) + chunks


def glb_with_ktx2() -> bytes:
    """The cube with a KTX2 picture in place of its PNG, as KHR_texture_basisu has it."""
    document, binary = cube_document()
    picture, start = ktx2(), document["bufferViews"][3]["byteOffset"]
    document["bufferViews"][3]["byteLength"] = len(picture)
    document["buffers"] = [{"byteLength": start + len(picture)}]
    document["images"][0]["mimeType"] = "image/ktx2"
    document["textures"] = [{"extensions": {"KHR_texture_basisu": {"source": 0}}}]
    document["extensionsUsed"] = document["extensionsRequired"] = ["KHR_texture_basisu"]
    return glb(document, binary[:start] + picture)


def glb_of_size(size_bytes: int) -> bytes:
    """The cube in a GLB of so many bytes (a multiple of four); what fills it up belongs to nothing."""
    document, binary = cube_document()
    small = len(glb(document, binary))
    document["buffers"] = [{"byteLength": len(binary) + size_bytes - small}]
    more_text = len(glb(document, binary)) - small
    document["buffers"] = [{"byteLength": len(binary) + size_bytes - small - more_text}]
    return glb(document, binary.ljust(len(binary) + size_bytes - small - more_text, b"\0"))


def gltf_with_files() -> dict[str, bytes]:
    """The cube as .gltf with its binary and its picture beside it, by name."""
    document, binary = cube_document()
    document["buffers"] = [{"byteLength": len(binary), "uri": "cube.bin"}]
    document["images"] = [{"uri": "maps/red%20paint.png"}]
    return {"cube.gltf": json.dumps(document).encode(), "cube.bin": binary, "maps/red paint.png": png()}


def obj(*, library: str = "cube.mtl") -> bytes:
    """The cube as OBJ, of six quads."""
    lines = [
        f"mtllib {library}",
        *(f"v {x} {y} {z}" for x, y, z in CUBE_CORNERS),
        "vt 0 0",
        "vt 1 0",
        "vt 1 1",
        "vt 0 1",
    ]
    lines.append("usemtl Red")
    for quad in CUBE_QUADS:
        lines.append("f " + " ".join(f"{corner + 1}/{at}" for at, corner in enumerate(quad, 1)))
    return ("\n".join(lines) + "\n").encode()


def obj_with_files(*, picture: str = "red.png") -> dict[str, bytes]:
    material = f"newmtl Red\nKd 1 1 1\nmap_Kd {picture}\n"
    return {"cube.obj": obj(), "cube.mtl": material.encode(), "red.png": png()}


def ply(*, points: int = 8, faces: int = 12) -> bytes:
    """The cube as binary PLY; the header tells what the arguments say."""
    header = (
        "ply\nformat binary_little_endian 1.0\n"
        f"element vertex {points}\nproperty float x\nproperty float y\nproperty float z\n"
        f"element face {faces}\nproperty list uchar int vertex_indices\nend_header\n"
    )
    body = b"".join(struct.pack("<3f", *corner) for corner in CUBE_CORNERS)
    return header.encode() + body + b"".join(struct.pack("<B3i", 3, *corners) for corners in CUBE_TRIANGLES)


def stl() -> bytes:
    """The cube as binary STL."""
    body = b""
    for corners in CUBE_TRIANGLES:
        body += (
            struct.pack("<3f", 0, 0, 0) + b"".join(struct.pack("<3f", *CUBE_CORNERS[at]) for at in corners) + b"\0\0"
        )
    return b"made by a test".ljust(80) + struct.pack("<I", len(CUBE_TRIANGLES)) + body


def dense_stl(side: int) -> bytes:
    """A hilly square of one metre with 2 x side x side triangles, none of which shares its corners."""
    step = 1 / side
    rows = [
        [(x * step, y * step, 0.05 * math.sin(x / 20) * math.cos(y / 20)) for x in range(side + 1)]
        for y in range(side + 1)
    ]
    facet = struct.Struct("<12fH")
    faces = bytearray()
    for low, high in itertools.pairwise(rows):
        for (a, b), (c, d) in zip(itertools.pairwise(low), itertools.pairwise(high), strict=True):
            faces += facet.pack(0, 0, 1, *a, *b, *d, 0) + facet.pack(0, 0, 1, *a, *d, *c, 0)
    return b"dense".ljust(80) + struct.pack("<I", 2 * side * side) + faces


def zipped(files: Mapping[str, bytes], *, compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", compression) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return stream.getvalue()


def write(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path
