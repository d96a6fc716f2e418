"""How many status requests a second the sandbox answers: `python -m benchmarks.sandbox_status [SECONDS]`."""

import asyncio
import sys
import tempfile
import time
from pathlib import Path

import psutil

from tests.integration.sandbox.caller import Caller, read_data
from tests.integration.sandbox.meshy_caller import RETEXTURE, MeshyCaller, read_id
from tests.sandbox_process import SandboxProcess

CONNECTIONS = 8


async def ask(sandbox: SandboxProcess, path: str, *, key: str, until: float) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", sandbox.port)
    head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{sandbox.port}\r\n"
    request = f"{head}Authorization: Bearer {key}\r\n\r\n".encode()
    answers = 0
    while time.monotonic() < until:
        writer.write(request)
        headers = await reader.readuntil(b"\r\n\r\n")
        assert headers.startswith(b"HTTP/1.1 200"), headers
        await reader.readexactly(int(headers.lower().split(b"content-length: ")[1].split(b"\r")[0]))
        answers += 1
    writer.close()
    return answers


async def measure(sandbox: SandboxProcess, path: str, *, key: str, seconds: float) -> int:
    until = time.monotonic() + seconds
    asked = (ask(sandbox, path, key=key, until=until) for _ in range(CONNECTIONS))
    return sum(await asyncio.gather(*asked))


def main(seconds: float) -> None:
    with tempfile.TemporaryDirectory() as folder:
        sandbox = SandboxProcess(Path(folder) / "state").start()
        try:
            with Caller(sandbox) as caller:
                running = read_data(caller.remesh(fault="never_ending"))["task_uuid"]
                done = caller.finish(caller.remesh())["task_uuid"]
                for name, task in (("running", running), ("finished", done)):
                    path = f"/api/v1/tasks/{task}"
                    report(sandbox, f"Triverse, {name}", path=path, key=caller.key, seconds=seconds)
            with MeshyCaller(sandbox) as meshy:
                running, done = read_id(meshy.create(fault="never_ending")), meshy.finish(target_formats=None)["id"]
                paths = {"running": f"/{running}", "finished": f"/{done}", "a list of two": ""}
                for name, tail in paths.items():
                    report(sandbox, f"Meshy, {name}", path=RETEXTURE + tail, key=meshy.key, seconds=seconds)
        finally:
            sandbox.stop()


def report(sandbox: SandboxProcess, name: str, *, path: str, key: str, seconds: float) -> None:
    assert sandbox.process is not None
    server = psutil.Process(sandbox.process.pid)
    before = sum(server.cpu_times()[:2])
    answers = asyncio.run(measure(sandbox, path, key=key, seconds=seconds))
    used_s = sum(server.cpu_times()[:2]) - before
    print(f"{name}: {answers / seconds:,.0f} a second, {answers / used_s:,.0f} per second of one core")


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 5.0)
