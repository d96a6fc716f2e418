"""A lane of the sandbox's queue."""

import asyncio

from sandbox.lanes import Lane
from sandbox.rows import SandboxTask
from tests.event_loop import play


def make_task(name: str) -> SandboxTask:
    return SandboxTask(
        id=name,
        vendor="triverse",
        account_id="account",
        flow="model-remesh",
        sent={},
        params={},
        source=None,
        fingerprint="",
        client_order_id=None,
        created_at=0.0,
        cost_credits=1,
    )


def queue_up(lane: Lane, count: int) -> list[SandboxTask]:
    tasks = [make_task(f"task-{number}") for number in range(count)]
    for task in tasks:
        lane.give_place(task)
        lane.add(task)
    return tasks


def test_positions_fall_as_earlier_tasks_start() -> None:
    async def scene() -> list[list[int]]:
        lane, gate, begun = Lane(at_once=1, lingers=False), asyncio.Semaphore(0), asyncio.Semaphore(0)
        tasks = queue_up(lane, 3)

        async def work(_task: SandboxTask) -> bool:
            begun.release()
            await gate.acquire()
            return True

        dispatcher = asyncio.create_task(lane.run(work))
        seen = []
        for _ in tasks:
            await begun.acquire()
            seen.append([lane.get_position(task) for task in tasks])
            gate.release()
        dispatcher.cancel()
        return seen

    assert play(scene) == [[0, 1, 2], [0, 0, 1], [0, 0, 0]]


def test_only_the_first_of_a_full_lane_is_pending() -> None:
    async def scene() -> list[str]:
        return [task.status for task in queue_up(Lane(at_once=1, lingers=False), 3)]

    assert play(scene) == ["PENDING", "QUEUED", "QUEUED"]


def test_the_expected_wait_grows_with_the_position() -> None:
    async def scene() -> list[int]:
        lane = Lane(at_once=1, lingers=False)
        return [lane.estimate_wait_s(task) for task in queue_up(lane, 3)]

    waits = play(scene)
    assert waits == sorted(set(waits))


def test_a_lane_runs_as_many_at_once_as_it_may() -> None:
    async def scene() -> int:
        lane, begun, peak = Lane(at_once=2, lingers=False), asyncio.Semaphore(0), []
        queue_up(lane, 5)
        running: set[str] = set()

        async def work(task: SandboxTask) -> bool:
            running.add(task.id)
            peak.append(len(running))
            await asyncio.sleep(0)
            running.discard(task.id)
            begun.release()
            return True

        dispatcher = asyncio.create_task(lane.run(work))
        for _ in range(5):
            await begun.acquire()
        dispatcher.cancel()
        return max(peak)

    assert play(scene) == 2
