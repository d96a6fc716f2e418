"""What can be chosen when the sandbox is started."""

import argparse
import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    state_folder: Path
    host: str = "127.0.0.1"
    port: int = 8100
    speed: str = "real"
    results: str = "engine"
    profile: str = "current"
    limits: bool = False


def read_command_line(arguments: list[str] | None = None) -> Settings:
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
        "--profile", choices=["current", "seed"], default="current", help="which age of the vendors' pages to follow"
    )
    parser.add_argument("--limits", choices=["on", "off"], default="off", help="upload and queue limits")
    chosen = parser.parse_args(arguments)
    return Settings(
        state_folder=chosen.state.absolute(),
        host=chosen.host,
        port=chosen.port,
        speed=chosen.speed,
        results=chosen.results,
        profile=chosen.profile,
        limits=chosen.limits == "on",
    )


def default_state_folder() -> Path:
    return Path(os.environ.get("PATINA_DATA_DIR") or "data") / "sandbox"
