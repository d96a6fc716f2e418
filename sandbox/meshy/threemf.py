"""Writes 3MF from a binary STL: the triangles of the model, without its surface."""

import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

STL_HEADER_BYTES = 84
FACE = struct.Struct("<12x9f2x")
METRES_TO_MILLIMETRES = 1000
CONTENT_TYPES = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="model" ContentType="application/vnd.ms-package.3dmanufacturing-3dmodel+xml"/></Types>'
)
RELATIONSHIPS = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Target="/3D/3dmodel.model" Id="rel0" '
    'Type="http://schemas.microsoft.com/3dmanufacturing/2013/01/3dmodel"/></Relationships>'
)
MODEL_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<model unit="millimeter" xml:lang="en-US" xmlns="http://schemas.microsoft.com/3dmanufacturing/core/2015/02">'
    '<resources><object id="1" type="model"><mesh>\n'
)
MODEL_TAIL = '</mesh></object></resources><build><item objectid="1"/></build></model>\n'
MOMENT = (1980, 1, 1, 0, 0, 0)

Corner = tuple[float, float, float]


def write_3mf(stl: Path, target: Path) -> None:
    """:raises ValueError: this is no binary STL, or it has no face"""
    places: dict[Corner, int] = {}
    faces = [tuple(places.setdefault(corner, len(places)) for corner in face) for face in _read_faces(stl)]
    # A face whose corners fall together has no area, and the format forbids it.
    faces = [face for face in faces if len(set(face)) == 3]
    if not faces:
        raise ValueError("no faces")
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo("[Content_Types].xml", MOMENT), CONTENT_TYPES)
        archive.writestr(zipfile.ZipInfo("_rels/.rels", MOMENT), RELATIONSHIPS)
        entry = zipfile.ZipInfo("3D/3dmodel.model", MOMENT)
        entry.compress_type = zipfile.ZIP_DEFLATED
        with archive.open(entry, "w", force_zip64=True) as file:
            _write_model(file, places, faces)


def _read_faces(stl: Path) -> Iterator[tuple[Corner, Corner, Corner]]:
    content = stl.read_bytes()
    if len(content) < STL_HEADER_BYTES:
        raise ValueError("no binary STL")
    count = struct.unpack_from("<I", content, 80)[0]
    if len(content) < STL_HEADER_BYTES + count * FACE.size:
        raise ValueError("no binary STL")
    for numbers in FACE.iter_unpack(content[STL_HEADER_BYTES : STL_HEADER_BYTES + count * FACE.size]):
        first, second, third = (
            (
                round(x * METRES_TO_MILLIMETRES, 4),
                round(y * METRES_TO_MILLIMETRES, 4),
                round(z * METRES_TO_MILLIMETRES, 4),
            )
            for x, y, z in (numbers[0:3], numbers[3:6], numbers[6:9])
        )
        yield first, second, third


def _write_model(file: IO[bytes], places: dict[Corner, int], faces: list[tuple[int, ...]]) -> None:
    file.write((MODEL_HEAD + "<vertices>\n").encode())
    for x, y, z in places:
        file.write(f'<vertex x="{x:g}" y="{y:g}" z="{z:g}"/>\n'.encode())
    file.write(b"</vertices>\n<triangles>\n")
    for first, second, third in faces:
        file.write(f'<triangle v1="{first}" v2="{second}" v3="{third}"/>\n'.encode())
    file.write(("</triangles>\n" + MODEL_TAIL).encode())
