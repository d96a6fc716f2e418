"""Options of a job are read strictly, and every verb says which it knows."""

import importlib.util
import json
from itertools import pairwise
from pathlib import Path

import pytest

from engine.client import build_command, choose_slot
from engine.errors import UsageError
from engine.job import Job
from engine.verbs import VERBS


def make_job(**options: str) -> Job:
    return Job(source=Path("in"), out=Path("out"), workspace=Path("work"), options=options)


def test_options_have_kinds() -> None:
    job = make_job(target_faces="5000", rgb="false", angles="front, back,front", face_type="quad")

    assert job.get_integer("target_faces", least=1, most=10_000) == 5000
    assert job.get_boolean("rgb") is False
    assert job.get_list("angles", choices=("front", "back", "left")) == ["front", "back"]
    assert job.get_text("face_type", choices=("quad", "triangle")) == "quad"


def test_defaults_stand_in_for_what_was_not_said() -> None:
    job = make_job()

    assert job.get_integer("width", 1024, least=1, most=4096) == 1024
    assert job.get_boolean("white", True) is True
    assert job.get_list("angles", "front,back") == ["front", "back"]


@pytest.mark.parametrize("value", ["many", "", "0", "5001", "1.5"])
def test_a_number_out_of_bounds_is_a_mistake(value: str) -> None:
    with pytest.raises(UsageError):
        make_job(count=value).get_integer("count", least=1, most=5000)


def test_unknown_words_are_mistakes() -> None:
    job = make_job(rgb="perhaps", angles="front,inside", none=" , ")

    with pytest.raises(UsageError):
        job.get_boolean("rgb")
    with pytest.raises(UsageError):
        job.get_list("angles", choices=("front",))
    with pytest.raises(UsageError):
        job.get_list("none")
    with pytest.raises(UsageError):
        job.get_text("missing")


def test_progress_is_a_json_line_on_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    make_job().report(1.7, "Done")

    assert json.loads(capsys.readouterr().err) == {"progress": 1.0, "text": "Done"}


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_a_module(verb: str) -> None:
    assert importlib.util.find_spec(VERBS[verb].module) is not None


def test_options_are_spelled_for_the_command_line(tmp_path: Path) -> None:
    options = {"angles": ["front", "back"], "white": True, "width": 512, "format": None}

    command = build_command("render", file=tmp_path / "m.glb", out=tmp_path, options=options)

    assert command[-3:] == ["--angles=front,back", "--white=true", "--width=512"]


def test_big_files_and_long_verbs_are_heavy(tmp_path: Path) -> None:
    small, big = tmp_path / "small.glb", tmp_path / "big.glb"
    small.write_bytes(b"x")
    with big.open("wb") as stream:
        stream.truncate(21_000_000)

    assert [choose_slot(verb, small) for verb in ("inspect", "preview", "convert")] == ["light"] * 3
    assert [choose_slot(verb, big) for verb in ("inspect", "preview", "convert")] == ["light", "heavy", "heavy"]
    assert [choose_slot(verb, small) for verb in ("remesh", "render")] == ["heavy"] * 2


def test_pictures_are_passed_in_their_order() -> None:
    images = [Path("/front.png"), Path("/back.png")]

    command = build_command("render", file=Path("/model.glb"), images=images, out=Path("/out"), options={})

    assert [after for word, after in pairwise(command) if word == "--image"] == ["/front.png", "/back.png"]
