"""How long an operation takes on the whole road, beside the bare verb: `python -m benchmarks.road MODEL.glb ...`.

The road: request, queue, upload over HTTP, the sandbox's queue, the engine, polling, download, check, storage. Both are
measured in one run, in turn, on the same files; the road's time is from `queued` to `succeeded`.
"""

import json
import sys
import tempfile
import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from engine import client
from tests.site_process import SiteProcess

OWNER = {"DJANGO_SUPERUSER_PASSWORD": "a-long-enough-passphrase"}
# Operation, its values, the engine's verb and the same wish in the engine's words.
JOBS: tuple[tuple[str, Mapping[str, str], str, Mapping[str, object]], ...] = (
    (
        "triverse.model-remesh",
        {"face_type": "quad", "target_face_count": "5000"},
        "remesh",
        {"face_type": "quad", "target_faces": 5000},
    ),
    ("triverse.convert-model-format", {"target_format": "fbx"}, "convert", {"target_format": "fbx"}),
    (
        "triverse.model-preview-render",
        {"camera_angles": "front,right,back,left", "resolution": "1024x1024"},
        "render",
        {"angles": "front,right,back,left", "width": 1024, "height": 1024, "rgb": True, "white": True},
    ),
)


def measure_road(site: SiteProcess, key: str, values: Mapping[str, str], model: Path) -> float:
    """Return the seconds from queued to succeeded."""
    pairs = [part for name, value in values.items() for part in ("--set", f"{name}={value}")]
    done = site.manage(
        "run_operation", key, "--project", "sample", "--file", f"model_file={model}", *pairs, "--wait", "--json"
    )
    report = json.loads(done.stdout)
    if report["state"] != "succeeded":
        raise SystemExit(f"{key} of {model.name}: {report['error']}")
    moments = {state: datetime.fromisoformat(at) for state, at in report["moments"].items()}
    return (moments["succeeded"] - moments["queued"]).total_seconds()


def measure_verb(verb: str, options: Mapping[str, object], model: Path) -> float:
    with tempfile.TemporaryDirectory() as folder:
        started = time.monotonic()
        client.run(verb, file=model, out=Path(folder), options=options)
        return time.monotonic() - started


def main() -> None:
    models = [Path(name).resolve() for name in sys.argv[1:]]
    with tempfile.TemporaryDirectory() as folder:
        site = SiteProcess(Path(folder) / "data").start()
        try:
            site.manage("createsuperuser", "--noinput", "--username", "ana", "--email", "ana@example.com", **OWNER)
            site.manage("sample_project", "--owner", "ana")
            print("| model | operation | bare verb s | whole road s | overhead s |\n|---|---|---|---|---|")
            for model in models:
                for key, values, verb, options in JOBS:
                    bare = measure_verb(verb, options, model)
                    road = measure_road(site, key, values, model)
                    print(f"| {model.name} | {verb} | {bare:.1f} | {road:.1f} | {road - bare:.1f} |", flush=True)
        finally:
            site.stop()


if __name__ == "__main__":
    main()
