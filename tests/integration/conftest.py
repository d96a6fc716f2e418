"""Models to work on: made once per run by the engine itself, or the developers' own where that folder is there."""

from pathlib import Path

import pytest

from engine import client

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
