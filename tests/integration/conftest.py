"""What tests of several rooms take: models made once per run by the engine, the developers' own, and a small file."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine import client
from tests.integration.jobs.trip import make_glb
from tests.warm_engine import WarmEngine

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
def loaded_blender() -> Iterator[WarmEngine]:
    """A process that has loaded Blender, for `warm_engine`."""
    if not client.is_available():
        pytest.skip("Blender (bpy) is not installed")
    engine = WarmEngine()
    yield engine
    engine.stop()


@pytest.fixture(scope="module")
def warm_engine(loaded_blender: WarmEngine) -> Iterator[None]:
    """Let this module's jobs begin with Blender loaded: for tests of what a job makes, not of how it starts."""
    with loaded_blender.in_use():
        yield


@pytest.fixture(scope="session")
def sample_models(loaded_blender: WarmEngine, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one GLB for each trait of a model, named after it."""
    folder = tmp_path_factory.mktemp("samples")
    with loaded_blender.in_use():
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
