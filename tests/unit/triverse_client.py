"""Triverse's client with prepared answers in the place of the network."""

from collections.abc import Mapping
from typing import Any

from jobs.vendors.base import Connection
from jobs.vendors.http import Answer
from jobs.vendors.triverse import Triverse

KEY = "trv-0123456789abcdef-secret"
CONNECTION = Connection(base_url="https://api.example/api/v1", key=KEY, sandbox=False)


class ScriptedHttp:
    """Gives prepared answers in the place of the network."""

    def __init__(self, *answers: Answer) -> None:
        self.answers = list(answers)
        self.paths: list[str] = []

    def get(self, path: str) -> Answer:
        self.paths.append(path)
        return self.answers.pop(0)

    def post(self, path: str, body: Mapping[str, Any]) -> Answer:
        return self.get(path)


def make_client(*answers: Answer) -> Triverse:
    client = Triverse(CONNECTION)
    client._http = ScriptedHttp(*answers)  # type: ignore[assignment]
    return client


def good(data: Any) -> Answer:
    return Answer(http_status=200, body={"code": 0, "message": "success", "data": data})
