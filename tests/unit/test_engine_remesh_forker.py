"""Attempts in forked children: each ends in time, and one that crashes or hangs takes nothing with it."""

import contextlib
import os
import select
import signal
from pathlib import Path

import pytest

from engine.remesh_forker import Attempt, start_forker
from tests.waiting import wait_until


def work(argument: object) -> bool:
    match argument:
        case "hang":
            signal.pause()
        case "compute":
            while True:
                hash(argument)
        case "die":
            os.kill(os.getpid(), signal.SIGKILL)
        case "raise":
            raise ValueError("broken on purpose")
        case Path() as folder if folder.is_dir():
            (folder / "attempt").write_text(str(os.getpid()))
            (folder / "forker").write_text(str(os.getppid()))
            signal.pause()
        case Path() as file:
            file.write_text("done")
    return argument != "reject"


def test_each_attempt_tells_how_it_ended() -> None:
    arguments = ["fine", "reject", "raise", "die", "fine"]

    with start_forker(work) as forker:
        outcomes = forker.run([Attempt(argument, 20) for argument in arguments])

    assert outcomes == ["done", "rejected", "crashed", "crashed", "done"]


def test_an_attempt_that_hangs_is_killed_and_the_others_go_on(tmp_path: Path) -> None:
    file = tmp_path / "proof"

    with start_forker(work) as forker:
        outcomes = forker.run([Attempt("hang", 0.05), Attempt("hang", 0.05), Attempt(file, 20)])

    assert outcomes == ["timeout", "timeout", "done"]
    assert file.read_text() == "done"


def test_an_attempt_that_computes_for_too_long_is_stopped() -> None:
    with start_forker(work) as forker:
        outcomes = forker.run([Attempt("compute", 1), Attempt("fine", 20)])

    assert outcomes == ["timeout", "done"]


def test_every_end_is_heard_of() -> None:
    heard: list[int] = []

    with start_forker(work) as forker:
        forker.run([Attempt("fine", 20)] * 3, on_end=heard.append)

    assert sorted(heard) == [0, 1, 2]


def test_one_forker_serves_several_rounds() -> None:
    with start_forker(work) as forker:
        first = forker.run([Attempt("reject", 20)])
        second = forker.run([Attempt("fine", 20)])

    assert (first, second) == (["rejected"], ["done"])


@pytest.mark.parametrize("killed", ["caller", "forker"])
def test_who_is_killed_leaves_no_process_behind(tmp_path: Path, killed: str) -> None:
    caller = os.fork()
    if caller == 0:
        with contextlib.suppress(EOFError), start_forker(work) as forker:
            forker.run([Attempt(tmp_path, 20)])
        os._exit(0)
    wait_until(lambda: (tmp_path / "forker").is_file() and (tmp_path / "forker").read_text(), within_s=10)
    processes = {name: int((tmp_path / name).read_text()) for name in ("attempt", "forker")} | {"caller": caller}
    watched = {name: os.pidfd_open(process) for name, process in processes.items()}

    os.kill(processes[killed], signal.SIGKILL)

    wait_until(lambda: len(select.select(watched.values(), [], [], 0)[0]) == 3, within_s=10)
    os.waitpid(caller, 0)
