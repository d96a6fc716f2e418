"""What can be chosen when the sandbox is started."""

import argparse
import os
from dataclasses import dataclass
from pathlib import Path

# How often Meshy was measured to send an unchanged state again, and how often `--speed fast` does.
STREAM_RESEND_S, FAST_STREAM_RESEND_S = 10.0, 1.0

PROFILES = ("current", "seed")
DIALECTS = ("new", "old", "sparse")
DUPLICATES = ("conflict", "earlier")


@dataclass(frozen=True)
class Settings:
    state_folder: Path
    host: str = "127.0.0.1"
    port: int = 8100
    speed: str = "real"
    results: str = "engine"
    profile: str = "current"
    limits: bool = False
    dialect: str = "new"
    duplicates: str = "conflict"
    ids: str = "random"
    test_key: bool = False
    stream_resend_s: float = STREAM_RESEND_S


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="Stands in for the vendors on this machine.")
    parser.add_argument("--port", type=int, default=8100)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--state", type=Path, default=default_state_folder(), metavar="DIR")
    parser.add_argument(
        "--speed", choices=["real", "fast"], default="real", help="fast: tasks do not linger in the queue"
    )
    parser.add_argument(
        "--results", choices=["engine", "canned"], default="engine", help="canned: tiny files, made at once"
    )
    parser.add_argument(
        "--profile", choices=PROFILES, default="current", help="which age of the vendors' pages to follow"
    )
    parser.add_argument("--limits", choices=["on", "off"], default="off", help="upload and queue limits")
    parser.add_argument("--dialect", choices=DIALECTS, default="new", help="in which words Triverse answers")
    parser.add_argument(
        "--duplicates",
        choices=DUPLICATES,
        default="conflict",
        help="what Triverse says to the same request again: 409, or the earlier task",
    )
    parser.add_argument(
        "--ids", choices=["random", "sequence"], default="random", help="sequence: Triverse's ids count up, for tests"
    )
    parser.add_argument("--test-key", choices=["on", "off"], default="off", help="take Meshy's test-mode key")
    parser.add_argument(
        "--stream-resend", type=float, metavar="SECONDS", help="how often a stream repeats an unchanged state"
    )
    return parser


def read_command_line(arguments: list[str] | None = None) -> Settings:
    chosen = build_parser().parse_args(arguments)
    return Settings(
        state_folder=chosen.state.absolute(),
        host=chosen.host,
        port=chosen.port,
        speed=chosen.speed,
        results=chosen.results,
        profile=chosen.profile,
        limits=chosen.limits == "on",
        test_key=chosen.test_key == "on",
        stream_resend_s=chosen.stream_resend or (FAST_STREAM_RESEND_S if chosen.speed == "fast" else STREAM_RESEND_S),
        dialect=chosen.dialect,
        duplicates=chosen.duplicates,
        ids=chosen.ids,
    )


def default_state_folder() -> Path:
    return Path(os.environ.get("PATINA_DATA_DIR") or "data") / "sandbox"
