"""What tests of several rooms take: models made once per run by the engine, the developers' own, and a small file."""

from pathlib import Path

import pytest

from engine import client
from tests.integration.jobs.trip import make_glb

SHARED_MODELS = Path(__file__).resolve().parents[3] / "shared" / "models"
TEST_MODELS = (
    "closed_textured",
    "scan_no_uvs",
    "many_parts",
    "skinned",
    "vertex_colors",
    "broken_topology",
    "draco",
)
REAL_MODELS = ("fox", "cake", "flight_helmet", "barn_lamp_ktx2", "spot", "boot")


@pytest.fixture(scope="session")
def sample_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one GLB for each trait of a model, named after it."""
    if not client.is_available():
        pytest.skip("Blender (bpy) is not installed")
    folder = tmp_path_factory.mktemp("samples")
    for name in TEST_MODELS:
        client.run("sample", out=folder, options={"name": name})
    return folder


@pytest.fixture(scope="session")
def shared_models() -> Path:
    """The developers' folder of real models, beside the project."""
    if not SHARED_MODELS.is_dir():
        pytest.skip("the folder ../shared/models is not there")
    return SHARED_MODELS


@pytest.fixture
def glb(tmp_path: Path) -> Path:
    """A model's file on this machine, other than any test's before."""
    path = tmp_path / "robot.glb"
    path.write_bytes(make_glb(str(tmp_path)))
    return path
