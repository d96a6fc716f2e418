"""Models that the project makes by itself: the sample project's robot, and one test model for each trait."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import bpy

from engine import samples_rig, samples_robot, samples_test_models
from engine.job import Job
from engine.scene import new_scene

ALL = "all"


@dataclass(frozen=True)
class Sample:
    """One model: what fills the empty scene, and how it is exported."""

    build: Callable[[], None]
    is_draco: bool = False
    has_animation: bool = False


SAMPLES: dict[str, Sample] = {
    "sample": Sample(samples_robot.robot),
    "closed_textured": Sample(samples_test_models.closed_textured),
    "scan_no_uvs": Sample(samples_test_models.scan_no_uvs),
    "many_parts": Sample(samples_test_models.many_parts),
    "skinned": Sample(samples_rig.skinned, has_animation=True),
    "vertex_colors": Sample(samples_test_models.vertex_colors),
    "broken_topology": Sample(samples_test_models.broken_topology),
    "draco": Sample(samples_test_models.draco, is_draco=True),
}


def run(job: Job) -> dict:
    """Write one sample as NAME.glb, or every one for the name `all`; the same bytes each time."""
    name = job.get_text("name", "sample", choices=(*SAMPLES, ALL))
    names = list(SAMPLES) if name == ALL else [name]
    for index, each in enumerate(names):
        job.report(index / len(names), f"Making {each}")
        write_sample(each, job.out / f"{each}.glb")
    files = [f"{each}.glb" for each in names]
    return {"file": files[0], "files": files}


def write_sample(name: str, file: Path) -> None:
    """Build a sample in an empty scene and export it as GLB."""
    sample = SAMPLES[name]
    new_scene()
    sample.build()
    bpy.ops.export_scene.gltf(
        filepath=str(file),
        export_format="GLB",
        export_yup=True,
        export_apply=False,
        export_image_format="JPEG",
        export_jpeg_quality=88,
        export_vertex_color="MATERIAL",
        export_all_vertex_colors=False,
        export_animations=sample.has_animation,
        export_draco_mesh_compression_enable=sample.is_draco,
    )
