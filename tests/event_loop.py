"""Coroutines in tests."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

Scene = TypeVar("Scene")


def play(scene: Callable[[], Coroutine[Any, Any, Scene]]) -> Scene:
    """Run a scene in a thread of its own: sync Playwright keeps an event loop in the tests' thread."""
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(lambda: asyncio.run(scene())).result(timeout=30)
