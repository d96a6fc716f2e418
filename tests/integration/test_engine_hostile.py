"""Hostile files, sent the whole way through Blender: nothing of this machine leaks, and nothing dies."""

import random
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from engine import client
from engine.gltf_file import open_gltf
from tests import made_models
from tests.warm_engine import WarmEngine

pytestmark = pytest.mark.engine

SECRET_COLOUR = (1, 2, 3)
FBX_THAT_NAMES_A_PICTURE = """
import sys, bpy
bpy.ops.wm.read_homefile(use_empty=True, use_factory_startup=True)
bpy.ops.mesh.primitive_cube_add()
material = bpy.data.materials.new("Thief")
material.use_nodes = True
node = material.node_tree.nodes.new("ShaderNodeTexImage")
node.image = bpy.data.images.load(sys.argv[1])
material.node_tree.links.new(node.outputs["Color"], material.node_tree.nodes["Principled BSDF"].inputs["Base Color"])
bpy.context.object.data.materials.append(material)
if sys.argv[2].endswith("fbx"):
    bpy.ops.export_scene.fbx(filepath=sys.argv[2], path_mode="ABSOLUTE", embed_textures=False)
else:
    bpy.ops.wm.usd_export(filepath=sys.argv[2], export_textures_mode="KEEP", relative_paths=False)
"""


def make_thief(tmp_path: Path, suffix: str) -> Path:
    """Make a file that names a picture of this machine by its full path."""
    secret = made_models.write(tmp_path, "secret.png", made_models.png(colour=SECRET_COLOUR))
    plain = tmp_path / f"thief.{suffix}"
    subprocess.run(
        [sys.executable, "-c", FBX_THAT_NAMES_A_PICTURE, str(secret), str(plain)], check=True, capture_output=True
    )
    assert str(secret).encode() in plain.read_bytes() or suffix == "usdc"
    if suffix == "fbx":
        return plain
    packed = made_models.zipped({"thief.usdc": plain.read_bytes()}, compression=zipfile.ZIP_STORED)
    return made_models.write(tmp_path, "thief.usdz", packed)


@pytest.mark.parametrize("suffix", ["fbx", "usdc"])
def test_a_picture_of_this_machine_does_not_come_out(tmp_path: Path, suffix: str) -> None:
    thief = make_thief(tmp_path, suffix)

    answer = client.run("convert", file=thief, out=tmp_path / "out", options={"target_format": "glb"})

    assert open_gltf(tmp_path / "out" / answer["file"]).document.get("images", []) == []
    assert answer["facts"]["textures"] == []
    assert any("secret.png" in note for note in answer["notes"]) == (suffix == "fbx")  # USD forgets it by itself


@pytest.mark.parametrize("kind", ["ply", "glb", "fbx"])
def test_damaged_files_end_in_an_answer_or_a_sentence(loaded_blender: WarmEngine, tmp_path: Path, kind: str) -> None:
    cube = made_models.write(tmp_path, "cube.glb", made_models.glb())
    whole = made_models.ply()
    dice = random.Random(kind)

    with loaded_blender.in_use():
        if kind != "ply":
            answer = client.run("convert", file=cube, out=tmp_path, options={"target_format": kind})
            whole = (tmp_path / answer["file"]).read_bytes()
        outcomes = [inspect_damaged(whole, dice, tmp_path) for _ in range(3)]

    assert {outcome for outcome, _ in outcomes} <= {"read", "refused", "unreadable", "unsupported", "crashed", "memory"}
    assert all(words.endswith(".") for _, words in outcomes)


def inspect_damaged(whole: bytes, dice: random.Random, folder: Path) -> tuple[str, str]:
    damaged = bytearray(whole)
    for _ in range(12):
        damaged[dice.randrange(24, len(damaged))] = dice.randrange(256)
    try:
        client.run("inspect", file=made_models.write(folder, "damaged", bytes(damaged)), out=folder)
    except client.EngineError as error:
        return error.kind, error.message
    return "read", "It could be read."


def test_a_buffer_of_this_machine_is_refused_by_the_verb_itself(tmp_path: Path) -> None:
    document, _ = made_models.cube_document()
    document["buffers"][0]["uri"] = "/etc/passwd"
    file = made_models.write(tmp_path, "thief.glb", made_models.glb(document))

    with pytest.raises(client.EngineError) as caught:
        client.run("convert", file=file, out=tmp_path / "out", options={"target_format": "stl"})

    assert caught.value.kind == "refused"
    assert list((tmp_path / "out").iterdir()) == []
