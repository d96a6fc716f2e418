"""Meshy's client with prepared answers in the place of the network."""

from collections.abc import Iterator, Mapping
from typing import Any

from jobs.vendors.base import Connection, Status
from jobs.vendors.http import Answer
from jobs.vendors.meshy import Meshy

KEY = "msy_0123456789abcdef-secret"
CONNECTION = Connection(base_url="https://api.example", key=KEY, sandbox=False)
ASSETS = "https://assets.example/t/1/output"
SIGNED = "Expires=1781800000&Signature=s3cret&Key-Pair-Id=k"


class ScriptedHttp:
    """Gives prepared answers in the place of the network."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.calls: list[str] = []

    def get(self, path: str) -> Answer:
        self.calls.append(f"GET {path}")
        return self.answers.pop(0)

    def post(self, path: str, body: Mapping[str, Any]) -> Answer:
        self.calls.append(f"POST {path}")
        return self.answers.pop(0)

    def delete(self, path: str) -> Answer:
        self.calls.append(f"DELETE {path}")
        return self.answers.pop(0)

    def stream(self, path: str, **_: object) -> Iterator[bytes | Answer]:
        self.calls.append(f"STREAM {path}")
        for answer in self.answers:
            yield from [answer] if isinstance(answer, Answer) else [bytes([sign]) for sign in answer]


def make_client(*answers: Any) -> Meshy:
    client = Meshy(CONNECTION)
    client._http = ScriptedHttp(*answers)  # type: ignore[assignment]
    return client


def answer(body: Any, http_status: int = 200, **more: Any) -> Answer:
    return Answer(http_status=http_status, body=body, **more)


def read(**fields: Any) -> Status:
    return make_client(answer({"id": "t-1", **fields})).poll("t-1")
