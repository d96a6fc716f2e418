"""Meshy's operations done for real: from a model without UVs to every kind of file."""

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image

from engine import client
from tests import made_models
from tests.integration.sandbox.caller import fetch
from tests.integration.sandbox.meshy_caller import REMESH, MeshyCaller, as_data_uri
from tests.sandbox_process import SandboxProcess

pytestmark = [
    pytest.mark.engine,
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.usefixtures("warm_engine"),  # for looking at results; the sandbox starts its jobs by itself
]

ENGINE_WITHIN_S = 500


@pytest.fixture(scope="module")
def engine_meshy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MeshyCaller]:
    sandbox = SandboxProcess(tmp_path_factory.mktemp("meshy") / "state", results="engine").start()
    with MeshyCaller(sandbox) as caller:
        yield caller
    sandbox.stop()


def inspect(url: str, folder: Path) -> dict:
    suffix = url.partition("?")[0].rpartition(".")[2]
    file = made_models.write(folder, f"result.{suffix}", fetch(url).content)
    return client.run("inspect", file=file, out=folder)["facts"]


def test_a_prompt_paints_a_model_that_had_no_uvs(engine_meshy: MeshyCaller, tmp_path: Path) -> None:
    task = engine_meshy.start(
        model_url=as_data_uri(made_models.stl()),
        text_style_prompt="grey knit",
        target_formats=["glb", "obj", "3mf"],
        alpha_thumbnail=True,
    )
    shown = engine_meshy.wait(task, within_s=ENGINE_WITHIN_S)

    assert shown["status"] == "SUCCEEDED", shown
    assert set(shown["model_urls"]) == {"glb", "obj", "mtl", "3mf"}
    facts = inspect(shown["model_urls"]["glb"], tmp_path)
    assert facts["triangles"] == 12
    painted = Image.open(io.BytesIO(fetch(shown["texture_urls"][0]["base_color"]).content)).convert("RGB")
    assert painted.size == (2048, 2048)
    assert len(painted.resize((64, 64)).getcolors(64 * 64) or []) > 20
    assert b"map_Kd texture_0.png" in fetch(shown["model_urls"]["mtl"]).content
    assert b"mtllib model.mtl" in fetch(shown["model_urls"]["obj"]).content
    with zipfile.ZipFile(io.BytesIO(fetch(shown["model_urls"]["3mf"]).content)) as archive:
        assert archive.read("3D/3dmodel.model").count(b"<triangle ") == 12
    cut_out = Image.open(io.BytesIO(fetch(shown["alpha_thumbnail_url"]).content)).getchannel("A")
    assert (cut_out.getpixel((2, 2)), cut_out.getpixel((256, 256))) == (0, 255)


def test_a_remesh_keeps_its_quads_where_the_format_can(engine_meshy: MeshyCaller, tmp_path: Path) -> None:
    asked = {"target_polycount": 600, "topology": "quad", "target_formats": ["glb", "fbx"]}
    task = engine_meshy.start(path=REMESH, text_style_prompt=None, **asked)
    shown = engine_meshy.wait(task, path=REMESH, within_s=ENGINE_WITHIN_S)

    assert shown["status"] == "SUCCEEDED", shown
    as_fbx, as_glb = (inspect(shown["model_urls"][name], tmp_path) for name in ("fbx", "glb"))
    assert as_fbx["faces"] == pytest.approx(600, rel=0.25)
    assert as_fbx["quads"] > 0.5 * as_fbx["faces"]
    assert (as_glb["quads"], as_glb["triangles"]) == (0, as_fbx["triangles"] + 2 * as_fbx["quads"])


def test_a_model_that_the_engine_cannot_read_fails_as_bad_input(engine_meshy: MeshyCaller) -> None:
    broken = made_models.glb().replace(b'"componentType": 5126', b'"componentType": 9999')
    shown = engine_meshy.wait(engine_meshy.start(model_url=as_data_uri(broken)), within_s=ENGINE_WITHIN_S)

    assert (shown["status"], shown["task_error"]["type"]) == ("FAILED", "invalid_input")
    assert shown["consumed_credits"] == 0
