"""Would it pay to resume broken downloads by ranges? `python -m benchmarks.downloads [--files 120] [--seed 1]`.

A server on this machine sends files of 1 to 60 MB and breaks connections at a random byte. They are fetched as the
product does, from the start again after each break, and by a trial that goes on where it broke (Range, If-Range). What
counts is bytes, not time: the share that was fetched twice. Writes build/bench/downloads.json.
"""

import argparse
import random
import re
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import requests

from benchmarks.figures import Section
from jobs.vendors.base import VendorError
from jobs.vendors.downloads import CHUNK_BYTES, download

MB = 1_000_000
SMALLEST, LARGEST = 1 * MB, 60 * MB  # results of both vendors; most are 2 to 20 MB
CLASSES = ((1, 5), (5, 20), (20, 60))
TRIES_MAX = 100
LINE_MB_PER_S = 10.0  # for the seconds that a byte costs
PIECE = bytes(256 * 1024)
Fetch = Callable[[str, Path], None]


@dataclass
class Weather:
    """How connections break: `share` of all requests, or one break in so many MB (`every_mb`), wherever they are."""

    name: str
    share: float = 0.0
    every_mb: float = 0.0
    dice: random.Random = field(default_factory=random.Random)

    def draw(self, size: int) -> int:
        """Return after how many bytes this answer breaks; `size` where it does not."""
        if self.every_mb:
            return min(int(self.dice.expovariate(1 / (self.every_mb * MB))), size)
        return self.dice.randrange(size) if self.dice.random() < self.share else size


class Server(ThreadingHTTPServer):
    """Serves /SIZE as that many bytes, in the weather of the moment; counts what it sent."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.weather = Weather("fair")
        self.sent_bytes = 0
        self.breaks = 0


class Answer(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self) -> None:
        size = int(self.path.strip("/"))
        found = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        start = int(found[1]) if found else 0
        self.send_response(206 if found else 200)
        self.send_header("Content-Length", str(size - start))
        self.send_header("ETag", f'"{size}"')
        if found:
            self.send_header("Content-Range", f"bytes {start}-{size - 1}/{size}")
        self.end_headers()
        left = self.server.weather.draw(size - start)
        self.server.sent_bytes += left  # before it is sent: who fetched it looks at once
        self.server.breaks += left < size - start
        while left > 0:
            left -= self.wfile.write(PIECE[: min(left, len(PIECE))])
        self.close_connection = True

    def log_request(self, *args: object) -> None:
        """Say nothing."""


def fetch_anew(url: str, target: Path) -> None:
    """Fetch as the product does: after a break from the start."""
    for _ in range(TRIES_MAX):
        try:
            download(url, target, limit_bytes=LARGEST, keep_on=lambda: True, label="Vendor", vendor_url=url)
        except VendorError:
            continue
        return
    raise SystemExit(f"{url} did not come in {TRIES_MAX} tries")


def fetch_on(url: str, target: Path) -> None:
    """Fetch by ranges: after a break from there on."""
    target.unlink(missing_ok=True)
    etag = ""
    for _ in range(TRIES_MAX):
        have = target.stat().st_size if target.exists() else 0
        headers = {"Range": f"bytes={have}-", "If-Range": etag} if have else {}
        try:
            with requests.get(url, headers=headers, stream=True, timeout=30) as answer, target.open("ab") as file:
                etag = answer.headers["ETag"]
                for chunk in answer.iter_content(CHUNK_BYTES):
                    file.write(chunk)
        except requests.RequestException:
            continue
        return
    raise SystemExit(f"{url} did not come in {TRIES_MAX} tries")


@contextmanager
def serve() -> Iterator[Server]:
    with Server() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def measure(server: Server, sizes: list[int], fetch: Fetch) -> dict[str, float]:
    """Fetch files of these sizes and return the share of bytes that came twice, by size class and of all."""
    twice = dict.fromkeys([*CLASSES, "all"], 0)
    wanted = dict.fromkeys([*CLASSES, "all"], 0)
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "file"
        for size in sizes:
            before = server.sent_bytes
            fetch(f"http://127.0.0.1:{server.server_port}/{size}", target)
            assert target.stat().st_size == size
            name = next(each for each in CLASSES if size <= each[1] * MB)
            for key in (name, "all"):
                twice[key] += max(server.sent_bytes - before - size, 0)
                wanted[key] += size
    return {str(key): 100 * twice[key] / wanted[key] for key in wanted}


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--files", type=int, default=120)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    dice = random.Random(options.seed)
    low, high = SMALLEST, LARGEST
    sizes = [int(low * (high / low) ** dice.random()) for _ in range(options.files)]
    section = build_section(options.files, sum(sizes) / len(sizes))
    rows = []
    with serve() as server:
        for name, share, every_mb in WEATHERS:
            for way, fetch in (("from the start", fetch_anew), ("by ranges", fetch_on)):
                server.weather = Weather(name, share, every_mb, random.Random(options.seed))
                server.breaks = 0
                shares = measure(server, sizes, fetch)
                lost_s = sum(sizes) / len(sizes) / MB * shares["all"] / 100 / LINE_MB_PER_S
                rows.append(
                    [name, way, server.breaks, *(f"{value:.1f} %" for value in shares.values()), f"{lost_s:.2f}"]
                )
                print(*rows[-1], sep=" | ")
    head = ["connections", "after a break", "breaks", *(f"{low}-{high} MB" for low, high in CLASSES), "all"]
    section.add_table([*head, "s a file"], rows, caption="Share of the bytes that were fetched twice:")
    section.add_note(
        "It does not pay: where one request in twenty breaks, a few bytes in a hundred come twice, which is a fraction "
        "of a second a file. A file put together from two answers can be wrong in a way that its length does not show, "
        "and a fresh address, another host or a killed worker would make most parts useless. So a broken download "
        "starts again; what a task has saved already is kept."
    )
    section.add_note(
        "On a line that breaks every 50 MB it would pay for the largest files: that is the case to look at again."
    )
    print(section.save())


WEATHERS = (
    ("5 % of requests break", 0.05, 0.0),
    ("20 % of requests break", 0.2, 0.0),
    ("a break in every 200 MB", 0.0, 200.0),
    ("a break in every 50 MB", 0.0, 50.0),
)


def build_section(files: int, mean_bytes: float) -> Section:
    method = (
        f"{files} files of 1 to 60 MB ({mean_bytes / MB:.0f} MB at the mean, as many small as large ones by their "
        "logarithm) from a server on this machine that breaks connections at a random byte, fetched as the product "
        "does and by a trial with `Range` and `If-Range`. The last column is what that costs on a line of "
        f"{LINE_MB_PER_S:g} MB/s. `python -m benchmarks.downloads` measures it again."
    )
    return Section("downloads", "Downloads: start again or go on by ranges", method=method)


if __name__ == "__main__":
    main()
