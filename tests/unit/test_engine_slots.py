"""One heavy and one light job at a time, on the whole machine."""

import threading
from pathlib import Path

import pytest

from engine import slots
from engine.errors import EngineError


@pytest.fixture(autouse=True)
def own_slots(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(slots.FOLDER_VARIABLE, str(tmp_path))


def test_a_slot_that_is_held_makes_others_wait_and_then_tells_that_it_is_busy() -> None:
    waited: list[str] = []

    with (
        slots.hold_slot("heavy", wait_s=1),
        pytest.raises(EngineError) as caught,
        slots.hold_slot("heavy", wait_s=0.1, on_wait=lambda: waited.append("told")),
    ):
        pytest.fail("two jobs had the one slot")

    assert (caught.value.kind, waited) == ("busy", ["told"])


def test_heavy_and_light_do_not_wait_for_each_other() -> None:
    with slots.hold_slot("heavy", wait_s=0), slots.hold_slot("light", wait_s=0):
        names = sorted(path.name for path in slots.get_slots_folder().iterdir())

    assert names == ["heavy", "heavy.lock", "light", "light.lock"]


def test_a_slot_is_free_again_after_a_failure() -> None:
    with pytest.raises(RuntimeError), slots.hold_slot("light", wait_s=0):
        raise RuntimeError

    with slots.hold_slot("light", wait_s=0):
        assert (slots.get_slots_folder() / "light.lock").exists()


def test_what_a_killed_job_left_behind_is_removed_by_the_next() -> None:
    with slots.hold_slot("light", wait_s=0) as folder:
        pass
    folder.mkdir()
    (folder / "half.glb").write_bytes(b"left behind")

    with slots.hold_slot("light", wait_s=0) as again:
        left = list(again.iterdir())

    assert (again, left, folder.exists()) == (folder, [], False)


def test_who_waits_goes_on_when_the_slot_comes_free() -> None:
    waiting, order = threading.Event(), []

    def wait_in_line() -> None:
        with slots.hold_slot("light", wait_s=30, on_wait=waiting.set):
            order.append("second")

    second = threading.Thread(target=wait_in_line)
    with slots.hold_slot("light", wait_s=0):
        second.start()
        assert waiting.wait(10)
        order.append("first")
    second.join(10)

    assert order == ["first", "second"]
