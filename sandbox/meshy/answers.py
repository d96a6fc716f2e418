"""The shape of Meshy's answers: bare objects, refusals with one field, and two headers that each answer carries."""

import uuid
from typing import Any

from starlette.responses import JSONResponse, Response

from sandbox.calls import Refusal

# Invented: only the header's name is known (Changelog, October 2025).
API_VERSION = "v1"
NO_BROWSERS = "Cross-origin requests are not allowed. Call the API from a server."
TASK_NOT_FOUND = "Task not found"
INVALID_KEY = "Invalid API key"


class ApiError(Refusal):
    def __init__(self, status: int, message: str, *, retry_after_s: int | None = None) -> None:
        super().__init__(status, message)
        self.status = status
        self.message = message
        self.headers = {} if retry_after_s is None else {"Retry-After": str(retry_after_s)}

    def build_response(self) -> Response:
        return mark(JSONResponse({"message": self.message}, self.status, headers=self.headers))


def build_answer(data: Any, status: int = 200) -> Response:
    return mark(JSONResponse(data, status))


def mark(response: Response) -> Response:
    response.headers["x-api-version"] = API_VERSION
    response.headers["x-request-id"] = uuid.uuid4().hex
    return response


def invalid(message: str) -> ApiError:
    return ApiError(400, message)


def not_found() -> ApiError:
    return ApiError(404, TASK_NOT_FOUND)
