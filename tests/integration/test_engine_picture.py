"""Studio pictures: the object and the material that the prompt names, in the asked size, the same for the same seed."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from engine import client
from engine.picture_objects import OBJECT_WORDS

pytestmark = [pytest.mark.engine, pytest.mark.usefixtures("warm_engine")]

PX = 96
BUILD_ALL = """
import json
import bpy
from engine.picture_builders import BUILDERS, build_object
from engine.scene import measure_bounding_box, new_scene
built = {}
for name in BUILDERS:
    new_scene()
    parts = build_object(name)
    built[name] = (measure_bounding_box().size[1], len(parts), any(part.is_main for part in parts))
print(json.dumps(built))
"""


def shoot(out: Path, prompt: str, **options: object) -> tuple[dict[str, Any], np.ndarray]:
    answer = client.run("picture", out=out, options={"prompt": prompt, "width": PX, "height": PX, **options})
    (image,) = answer["images"]
    with Image.open(out / image["file"]) as picture:
        return image, np.asarray(picture.convert("RGB")).astype(int)


def test_the_picture_shows_what_the_prompt_names_in_its_colour(tmp_path: Path) -> None:
    image, pixels = shoot(tmp_path, "a red plastic cube")

    red, green, blue = pixels[PX // 3 : 2 * PX // 3, PX // 3 : 2 * PX // 3].mean(axis=(0, 1))
    assert (image["subject"], image["material"]) == ("cube", "plastic")
    assert red > 2 * max(green, blue)
    assert pixels[:4].min() > 170  # the background is light


def test_the_same_seed_gives_the_same_bytes_and_another_one_another_picture(tmp_path: Path) -> None:
    for name, seed in (("one", 1), ("again", 1), ("other", 2)):
        shoot(tmp_path / name, "a mug", seed=seed)

    one, again, other = ((tmp_path / name / "picture.png").read_bytes() for name in ("one", "again", "other"))
    assert one == again
    assert one != other


def test_a_jpeg_of_the_asked_size_says_that_it_comes_from_the_sandbox(tmp_path: Path) -> None:
    image, _ = shoot(tmp_path, "bronze", width=128, height=80, format="jpeg")

    assert (image["width"], image["height"], image["format"], image["subject"]) == (128, 80, "jpeg", "ball")
    with Image.open(tmp_path / image["file"]) as picture:
        assert (picture.format, picture.size) == ("JPEG", (128, 80))
        assert picture.info["comment"] == b"sandbox picture"


@pytest.mark.parametrize("options", [{"format": "webp"}, {"prompt": None}])
def test_what_cannot_be_made_is_refused(tmp_path: Path, options: dict[str, object]) -> None:
    with pytest.raises(client.EngineError) as caught:
        client.run("picture", out=tmp_path, options={"prompt": "a mug", **options})

    assert caught.value.kind == "usage"


def test_every_object_has_a_builder_and_parts_of_a_material() -> None:
    done = subprocess.run([sys.executable, "-c", BUILD_ALL], capture_output=True, text=True, timeout=120, check=False)

    built = json.loads(done.stdout.splitlines()[-1])
    assert set(built) == set(OBJECT_WORDS)
    for name, (height, parts, has_main) in built.items():
        assert 0.2 < height < 5, name
        assert parts > 0, name
        assert has_main, name
