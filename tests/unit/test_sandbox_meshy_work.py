"""What the sandbox's Meshy makes of the engine's answers."""

from pathlib import Path
from typing import Any

from sandbox import canned
from sandbox.meshy.work import make
from sandbox.rows import SandboxTask
from sandbox.work import Job
from tests import made_models

PARAMS = {
    "is_sample": False,
    "keep_uvs": True,
    "pbr": False,
    "resolution": "2k",
    "ai_model": "meshy-7",
    "prompt": "oak",
    "formats": ["glb"],
    "alpha_thumbnail": False,
}


def unwrap_anew(verb: str, **given: Any) -> dict[str, Any]:
    """Answer as the engine does where a model's UVs overlap."""
    answer = canned.run(verb, **given)
    return answer | {"kept_uvs": False} if verb == "texture" else answer


def test_uvs_that_overlap_are_made_anew_and_the_task_succeeds(tmp_path: Path) -> None:
    task = SandboxTask(
        id="t-1",
        vendor="meshy",
        account_id="a-1",
        flow="retexture",
        sent={},
        params=PARAMS,
        source="",
        fingerprint="",
        client_order_id=None,
        created_at=0.0,
        cost_credits=10,
    )
    out = tmp_path / "out"
    out.mkdir()
    source = made_models.write(tmp_path, "cube.glb", made_models.glb())

    job = Job(task=task, source=source, pictures=[], out=out, run=unwrap_anew, on_progress=lambda share, text: None)
    made = make(job)

    assert {file.name for file in made.files} == {"texture_0.png", "model.glb", "preview.png"}
