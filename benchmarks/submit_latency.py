"""How long people wait who all send the form at once: `python -m benchmarks.submit_latency [--people 50] [--rounds 5]`.

From the POST to its answer, and from the POST to the vendor's taking the task. Results: build/bench/submit_latency.json
"""

import argparse
import asyncio
import itertools
import re
import secrets
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import requests

from benchmarks.figures import Section, get_percentile, pair
from benchmarks.processes import StubProcess, Talker, leave_out_engine
from benchmarks.web_probe import WebProcess
from tests.waiting import wait_until
from tests.worker_process import WorkerProcess

AT_VENDOR_WITHIN_S = 120
LONG_S = 3_600.0  # no task ends while this runs
ALONE = 20
FORMS = {
    "triverse.model-remesh": {"model_file": "", "face_type": "quad", "target_face_count": "{wish}"},
    "meshy.retexture": {"model_url": "", "text_style_prompt": "brown leather with {wish} stitches"},
}
METHOD = (
    "People who are signed in have the form open, half of them for Triverse's remesh and half for Meshy's retexturing "
    "of one small model, and all send it at the same moment over connections of their own: to gunicorn as "
    "`manage.py serve` starts it (2 processes of 32 threads), beside `manage.py worker` (5 worker processes) on SQLite "
    "with full fsync and the stub vendor (100 ms latency, no limits), all on this machine. “At the vendor” is the "
    "moment at which the stub created the task. A first round warms up and is not counted; alone means that one person "
    "sends at a time."
)


@dataclass
class Person:
    """Somebody with a form that is filled in: the request's bytes, ready to leave."""

    vendor: str
    request: bytes


@dataclass(frozen=True)
class Sent:
    """One form that was sent: when, how long its answer took, and the task that it became."""

    vendor: str
    at: float
    took_s: float
    task: int


class Crowd:
    """People with sessions of their own at one web server."""

    def __init__(self, web: WebProcess, cookies: list[str], *, slug: str, model: int) -> None:
        self.port = web.port
        self.forms = [f"/p/{slug}/new/{key}/" for key in FORMS]
        self.model = model
        self.wishes = itertools.count(5_000)
        self.sessions = [self._open(f"{web.base_url}{self.forms[0]}", cookie) for cookie in cookies]

    def _open(self, address: str, cookie: str) -> requests.Session:
        """Open a form once, as everybody has: this brings the token that each form is sent with."""
        session = requests.Session()
        session.trust_env = False
        session.cookies["sessionid"] = cookie
        session.get(address).raise_for_status()
        return session

    def fill_in(self) -> list[Person]:
        """Let everybody fill in the next form."""
        return [self._fill_in(session, number % len(FORMS)) for number, session in enumerate(self.sessions)]

    def _fill_in(self, session: requests.Session, number: int) -> Person:
        key = list(FORMS)[number]
        wish = next(self.wishes)  # nobody wants the very same twice: the form would ask whether that is meant
        values = {name: value.format(wish=wish) or str(self.model) for name, value in FORMS[key].items()}
        hidden = {"csrfmiddlewaretoken": session.cookies["csrftoken"], "form_key": secrets.token_hex(16)}
        body = urlencode(hidden | values)
        cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in session.cookies)
        head = (
            f"POST {self.forms[number]} HTTP/1.1\r\nHost: 127.0.0.1:{self.port}\r\nCookie: {cookies}\r\n"
            f"Connection: close\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        return Person(key.partition(".")[0], (head + body).encode())


async def send(person: Person, port: int, go: asyncio.Event) -> Sent:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    await go.wait()
    at, started = time.time(), time.perf_counter()
    writer.write(person.request)
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    took_s = time.perf_counter() - started
    writer.close()
    found = re.search(r"^location: (\S+)", head, re.IGNORECASE | re.MULTILINE)
    if found is None:
        raise RuntimeError(f"the form was not taken: {head.splitlines()[0]}")
    return Sent(person.vendor, at, took_s, int(urlsplit(found.group(1)).path.rstrip("/").rpartition("/")[2]))


async def send_together(people: list[Person], port: int) -> list[Sent]:
    go = asyncio.Event()
    tasks = [asyncio.create_task(send(person, port, go)) for person in people]
    await asyncio.sleep(0.3)  # everybody is connected
    go.set()
    return list(await asyncio.gather(*tasks))


def measure(site: WorkerProcess, rows: Talker, *, people: int, rounds: int) -> dict[str, list[Sent]]:
    """Return what was sent alone and together; when this returns all of it is at the vendors."""
    rows.ask("make_people", count=people)
    place = rows.ask("add_model")
    sent: dict[str, list[Sent]] = {"alone": [], "together": []}
    with WebProcess(rows, site.environment) as web:
        crowd = Crowd(web, rows.ask("make_sessions"), slug=place["slug"], model=place["model"])
        for number in range(rounds + 1):
            together = asyncio.run(send_together(crowd.fill_in(), web.port))
            sent["together"] += together if number else []
            wait_for_vendor(rows, together)
        for person in crowd.fill_in()[:ALONE]:
            alone = asyncio.run(send_together([person], web.port))
            wait_for_vendor(rows, alone)
            sent["alone"] += alone
    return sent


def wait_for_vendor(rows: Talker, sent: list[Sent]) -> None:
    wanted = {str(item.task) for item in sent}
    wait_until(lambda: wanted <= rows.ask("read_remote_ids").keys(), within_s=AT_VENDOR_WITHIN_S, every_s=0.2)


HEAD = ("sent", "forms", "answer ms p50 / p95", "at Triverse s p50 / p95", "at Meshy s p50 / p95")


def build_row(name: str, sent: list[Sent], reached_at: dict[int, float]) -> list[str]:
    waits = {
        vendor: [reached_at[item.task] - item.at for item in sent if item.vendor == vendor]
        for vendor in ("triverse", "meshy")
    }
    answers = pair([item.took_s for item in sent], factor=1e3, digits=0)
    return [name, str(len(sent)), answers, pair(waits["triverse"], digits=2), pair(waits["meshy"], digits=2)]


def compare(together: list[Sent], alone: list[Sent], *, percent: float) -> float:
    took = [get_percentile([item.took_s for item in items], percent) for items in (together, alone)]
    return took[0] / took[1]


def run(folder: Path, *, people: int, rounds: int) -> tuple[dict[str, list[Sent]], dict[int, float]]:
    """Return what was sent, and when each task came to be at its vendor."""
    with StubProcess() as stub:
        stub.change(durations=[LONG_S, LONG_S])
        environment = {"SANDBOX_URL": stub.base_url, "LOG_LEVEL": "WARNING", **leave_out_engine(folder / "no-engine")}
        site = WorkerProcess(folder / "data", **environment).migrate()
        site.start()
        try:
            with Talker("benchmarks.rows", site.environment) as rows:
                sent = measure(site, rows, people=people, rounds=rounds)
                created = stub.get_created()
                return sent, {int(pk): created[key] for pk, key in rows.ask("read_remote_ids").items()}
        finally:
            site.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--people", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    section = Section("submit_latency", f"{options.people} people at once", method=METHOD)
    with tempfile.TemporaryDirectory() as folder:
        sent, reached_at = run(Path(folder), people=options.people, rounds=options.rounds)
    table = [build_row(name, items, reached_at) for name, items in sent.items()]
    print("\n".join(" | ".join(row) for row in table), flush=True)
    section.add_table(HEAD, table, caption=f"{options.people} people, {options.rounds} rounds.")
    ratios = [compare(sent["together"], sent["alone"], percent=percent) for percent in (50, 95)]
    section.add_note(f"Together an answer takes {ratios[0]:.1f} times (p50) and {ratios[1]:.1f} times (p95) as long.")
    print(section.save())


if __name__ == "__main__":
    main()
