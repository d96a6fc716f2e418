"""What a client of the sandbox was told is on the disk: a kill -9 takes nothing back."""

import asyncio
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from sandbox.app import build_parts
from sandbox.meshy.families import FAMILIES
from sandbox.meshy.tasks import build_lister
from sandbox.settings import Settings
from sandbox.state import Store
from tests.event_loop import play

WELL_OVER_A_TURN_S = 0.05


def test_a_list_waits_until_its_tasks_are_written_down(tmp_path: Path) -> None:
    async def look() -> tuple[bool, Any]:
        parts, may_write = build_parts(Settings(state_folder=tmp_path)), threading.Event()
        parts.store._writer.submit(may_write.wait)  # a disk that takes its time
        account = parts.accounts.get_by_key("meshy", "key")
        call = SimpleNamespace(parts=parts, account=account, request=SimpleNamespace(query_params={}), hits={})
        listing = asyncio.create_task(build_lister(FAMILIES["retexture"])(call))  # type: ignore[arg-type]
        done, _ = await asyncio.wait([listing], timeout=WELL_OVER_A_TURN_S)
        may_write.set()
        found = await listing
        parts.store.close()
        return bool(done), found

    assert play(look) == (False, [])


def test_a_fact_outlives_the_program(tmp_path: Path) -> None:
    first = Store(tmp_path)
    play(lambda: first.set_fact("plan", "one"))
    first.put_fact("other", "two")

    second = Store(tmp_path)

    assert (second.get_fact("plan", ""), second.get_fact("other", "")) == ("one", "two")
    first.close()
    second.close()
