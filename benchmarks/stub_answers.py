"""What the stub vendor answers: both vendors' paths, and those for the program that measures."""

import collections
import json
import time
from typing import Any
from urllib.parse import parse_qs, unquote_plus, urlsplit

from benchmarks.stub_tasks import LONGEST_S, SHORTEST_S, Draw, StubTask, build_glb, format_moment, render

TRIVERSE, MESHY, FILES, ADMIN = b"/api/v1/", b"/openapi/v1/", b"/files/", b"/stub/"
RETEXTURE = b"/openapi/v1/retexture"
PAGE_SIZE_MAX = 50
REASONS = {
    200: b"OK",
    202: b"Accepted",
    400: b"Bad Request",
    404: b"Not Found",
    409: b"Conflict",
    429: b"Too Many Requests",
}
JSON, GLB = b"application/json", b"model/gltf-binary"


def build_answer(status: int, body: bytes, *, media_type: bytes = JSON) -> bytes:
    head = b"HTTP/1.1 %d %b\r\nContent-Type: %b\r\nContent-Length: %d\r\n\r\n"
    return head % (status, REASONS[status], media_type, len(body)) + body


def wrap(data: bytes) -> bytes:
    """Return Triverse's envelope around an answer."""
    return build_answer(200, b'{"code":0,"message":"success","data":%b}' % data)


def dump(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


TRIVERSE_UNKNOWN = build_answer(404, dump({"code": 1006, "message": "Task not found."}))
TRIVERSE_TOO_FAST = build_answer(429, dump({"code": 2000, "message": "Too many requests."}))
TRIVERSE_NOT_YET = build_answer(409, dump({"code": 2005, "message": "The task has not finished."}))
MESHY_UNKNOWN = build_answer(404, dump({"message": "Task not found"}))
MESHY_TOO_FAST = build_answer(429, dump({"message": "RateLimitExceeded"}))
MESHY_BAD_PAGE = build_answer(400, dump({"message": "page_size must be between 1 and 50"}))
NOTHING_HERE = build_answer(404, dump({"message": "Nothing here"}))


class Stub:
    """All tasks, and what is answered about them. `answer` is called once for each request."""

    def __init__(self, files_url: str, *, latency_s: float = 0.1, rate: float = 0.0, progress: str = "percent") -> None:
        self.files_url = files_url
        self.latency_s = latency_s
        self.rate = rate
        self.progress = progress
        self.draw = Draw()
        self.reset()

    def reset(self) -> None:
        self.tasks: dict[str, StubTask] = {}
        self.listed: list[StubTask] = []  # Meshy's, oldest first
        self.orders: dict[str, StubTask] = {}
        self.counters: collections.Counter[str] = collections.Counter()
        self.passed: dict[str, collections.deque[float]] = collections.defaultdict(collections.deque)

    def answer(self, method: bytes, path: bytes, body: bytes) -> tuple[bytes, float]:
        """Return the whole answer, and how many seconds later it is sent."""
        if path.startswith(ADMIN):
            return self.answer_admin(method, path.decode(), body), 0.0
        if path.startswith(TRIVERSE):
            handle, vendor, too_fast = self.answer_triverse, "triverse", TRIVERSE_TOO_FAST
        elif path.startswith(MESHY):
            handle, vendor, too_fast = self.answer_meshy, "meshy", MESHY_TOO_FAST
        elif path.startswith(FILES):
            return self.answer_file(path), self.latency_s
        else:
            return NOTHING_HERE, 0.0
        if self.rate and self.is_too_fast(vendor):
            self.counters[f"{vendor} too fast"] += 1
            return too_fast, self.latency_s
        return handle(method, path, body), self.latency_s

    def is_too_fast(self, vendor: str) -> bool:
        """Count a request; refuse it where the last second, wherever it began, has had `rate` of them."""
        now, passed = time.monotonic(), self.passed[vendor]
        while passed and passed[0] <= now - 1.0:
            passed.popleft()
        if len(passed) >= self.rate:
            return True
        passed.append(now)
        return False

    def add(self, task: StubTask) -> StubTask:
        self.tasks[task.id] = task
        if task.vendor == "meshy":
            self.listed.append(task)
        return task

    def render(self, task: StubTask) -> bytes:
        task.asked_at = now = time.time()
        return render(task, now, law=self.progress, files_url=self.files_url)

    # --- Triverse ---------------------------------------------------------------------------------------------------

    def answer_triverse(self, method: bytes, path: bytes, body: bytes) -> bytes:
        if method == b"GET" and path.startswith(b"/api/v1/tasks/url/"):
            self.counters["triverse url"] += 1
            task = self.tasks.get(path[18:].decode())
            if task is None:
                return TRIVERSE_UNKNOWN
            if time.time() < task.ends_at:
                return TRIVERSE_NOT_YET
            url = json.loads(self.render(task))["output"]["model_url"]
            return wrap(dump({"download_url": url, "kind": "model"}))
        if method == b"GET" and path.startswith(b"/api/v1/tasks/"):
            self.counters["triverse status"] += 1
            task = self.tasks.get(path[14:].decode())
            return wrap(self.render(task)) if task is not None and task.vendor == "triverse" else TRIVERSE_UNKNOWN
        if method == b"POST" and path.startswith(b"/api/v1/upload/presigned"):
            self.counters["triverse address"] += 1
            return wrap(dump({"download_url": f"{self.files_url}/public/model.glb?Expires=1&Signature=stub"}))
        if method == b"POST" and path.startswith(b"/api/v1/upload/"):
            self.counters["triverse upload"] += 1
            return wrap(b'{"file_key":"tasks/uid_stub/20261122/model-%d.glb"}' % self.counters["triverse upload"])
        if method == b"POST" and path.startswith(b"/api/v1/tasks/"):
            self.counters["triverse create"] += 1
            return wrap(self.create_triverse(path[14:].decode(), json.loads(body or b"{}")))
        if path.startswith(b"/api/v1/users/"):
            self.counters["triverse account"] += 1
            return wrap(b'{"balance":100000.0,"frozen":0.0}')
        return NOTHING_HERE

    def create_triverse(self, flow: str, sent: dict[str, Any]) -> bytes:
        """Create a task, or answer with the first one of the same client_order_id."""
        order = str(sent.get("client_order_id") or "")
        task = self.orders.get(order) if order else None
        if task is None:
            task = self.add(self.draw.make("triverse", flow=flow, created_at=time.time()))
            if order:
                self.orders[order] = task
        return dump(
            {
                "task_uuid": task.id,
                "flow_name": flow,
                "status": "QUEUED",
                "created_at": format_moment(task.created_at),
                "cost_credits": 10,
                "queue": {"is_queued": True, "position": 1, "estimated_wait_seconds": None},
                "read_after_write_deadline_seconds": None,
                "read_after_write_header": None,
            }
        )

    # --- Meshy ------------------------------------------------------------------------------------------------------

    def answer_meshy(self, method: bytes, path: bytes, body: bytes) -> bytes:
        if path == b"/openapi/v1/balance":
            self.counters["meshy account"] += 1
            return build_answer(200, b'{"balance":100000}')
        if not path.startswith(RETEXTURE):
            return NOTHING_HERE
        name, _, query = path[len(RETEXTURE) :].partition(b"?")
        if method == b"POST":
            self.counters["meshy create"] += 1
            task = self.draw.make("meshy", flow="retexture", created_at=time.time())
            task.prompt = str(json.loads(body or b"{}").get("text_style_prompt") or "")
            return build_answer(202, b'{"result":"%b"}' % self.add(task).id.encode())
        if not name:
            self.counters["meshy list"] += 1
            return self.list_meshy(query)
        task = self.tasks.get(name[1:].decode())
        self.counters["meshy delete" if method == b"DELETE" else "meshy status"] += 1
        if task is None or task.vendor != "meshy":
            return MESHY_UNKNOWN
        if method == b"DELETE":
            del self.tasks[task.id]
            self.listed.remove(task)
            return build_answer(200, b"")
        return build_answer(200, self.render(task))

    def list_meshy(self, query: bytes) -> bytes:
        values = parse_qs(query.decode())
        page, size = int(values.get("page_num", ["1"])[0]), int(values.get("page_size", ["10"])[0])
        if not 1 <= size <= PAGE_SIZE_MAX or page < 1:
            return MESHY_BAD_PAGE
        first, count = (page - 1) * size, len(self.listed)
        if unquote_plus(values.get("sort_by", ["-created_at"])[0]).strip() == "-created_at":
            found = self.listed[max(count - first - size, 0) : max(count - first, 0)][::-1]
        else:
            found = self.listed[first : first + size]
        return build_answer(200, b"[%b]" % b",".join([self.render(task) for task in found]))

    def find_stream(self, path: bytes) -> StubTask | None:
        """Return the task whose stream this path asks for."""
        if not path.startswith(RETEXTURE) or not path.endswith(b"/stream"):
            return None
        return self.tasks.get(path[len(RETEXTURE) + 1 : -len(b"/stream")].decode())

    # --- Files and the measuring program ----------------------------------------------------------------------------

    def answer_file(self, path: bytes) -> bytes:
        self.counters["files download"] += 1
        task_id = path[len(FILES) :].partition(b"/")[0].decode()
        return build_answer(200, build_glb(task_id), media_type=GLB) if task_id in self.tasks else NOTHING_HERE

    def answer_admin(self, method: bytes, path: str, body: bytes) -> bytes:
        place, query = urlsplit(path).path.removeprefix("/stub/"), urlsplit(path).query
        sent = json.loads(body or b"{}")
        if place == "load":
            return build_answer(200, dump(self.load(**sent)))
        if place == "finished":
            now = time.time()
            ended = {key: task.ends_at for key, task in self.tasks.items() if query == "all=1" or task.ends_at <= now}
            return build_answer(200, dump(ended))
        if place == "created":
            return build_answer(200, dump({key: task.created_at for key, task in self.tasks.items()}))
        if place == "ages":
            now = time.time()
            return build_answer(200, dump([now - task.asked_at for task in self.tasks.values() if task.ends_at > now]))
        if place == "counters":
            counted = dump(self.counters)
            if method == b"DELETE":
                self.counters.clear()
            return build_answer(200, counted)
        if place == "settings":
            self.change(**sent)
        elif place == "reset":
            self.reset()
        elif place != "healthz":
            return NOTHING_HERE
        return build_answer(200, b"{}")

    def load(
        self,
        vendor: str,
        count: int,
        *,
        seed: int = 1,
        law: str = "uniform",
        durations: tuple[float, float] = (SHORTEST_S, LONGEST_S),
        with_ended: bool = False,
        fresh: bool = False,
    ) -> list[tuple[str, float, float]]:
        draw, now = Draw(seed, law, *durations), time.time()
        if fresh:
            flow = "model-remesh" if vendor == "triverse" else "retexture"
            made = [draw.make(vendor, flow=flow, created_at=now) for _ in range(count)]
        else:
            made = draw.make_in_flight(vendor, count, now=now, with_ended=with_ended)
        for task in made:
            self.add(task)
            self.render(task)  # write its answer before anybody asks
        self.listed.sort(key=lambda task: task.created_at)
        return [(task.id, task.created_at, task.ends_at) for task in made]

    def change(
        self,
        *,
        latency: float | None = None,
        rate: float | None = None,
        progress: str | None = None,
        seed: int = 1,
        law: str = "uniform",
        durations: tuple[float, float] = (SHORTEST_S, LONGEST_S),
    ) -> None:
        self.latency_s = self.latency_s if latency is None else latency
        self.rate = self.rate if rate is None else rate
        self.progress = progress or self.progress
        self.draw = Draw(seed, law, *durations)
