"""Triverse's error table and the shape of its refusals."""

from starlette.responses import JSONResponse

from sandbox.calls import Refusal

INVALID, NOT_FOUND, TASK_NOT_FOUND, BUSY, UNSUPPORTED_TASK, UNSUPPORTED_FORMAT = 1004, 1005, 1006, 2000, 2002, 2004
CONFLICT, REJECTED_CONTENT, NO_CREDITS, NOTHING_TO_DOWNLOAD = 2005, 2008, 2010, 4042
BACKEND_DOWN, INVALID_FLOW, UNTRACKED = 5003, 5004, 5005
# No code is documented for a bad key; the status stands in for it.
BAD_KEY = 401

# code: (HTTP status, message)
TABLE = {
    INVALID: (400, "Invalid parameters."),
    NOT_FOUND: (404, "Resource not found."),
    TASK_NOT_FOUND: (404, "Task not found."),
    BUSY: (429, "Too many requests."),
    UNSUPPORTED_TASK: (400, "Task type not supported."),
    UNSUPPORTED_FORMAT: (400, "File format not supported."),
    CONFLICT: (409, "The state does not allow this operation."),
    REJECTED_CONTENT: (400, "Content rejected by the safety audit."),
    NO_CREDITS: (403, "Not enough API credits."),
    NOTHING_TO_DOWNLOAD: (404, "Nothing to download."),
    BACKEND_DOWN: (503, "A backend service is unavailable."),
    INVALID_FLOW: (500, "Invalid flow name."),
    UNTRACKED: (500, "The task's state could not be recovered."),
    BAD_KEY: (401, "Invalid API key."),
}


class ApiError(Refusal):
    def __init__(self, code: int, suggestion: str = "", *, message: str = "") -> None:
        super().__init__(code, suggestion)
        self.code = code
        self.status, table_message = TABLE[code]
        self.message = message or table_message
        self.suggestion = suggestion

    def build_response(self) -> JSONResponse:
        body: dict[str, object] = {"code": self.code, "message": self.message}
        if self.suggestion:
            body["suggestion"] = self.suggestion
        return JSONResponse(body, self.status)


def invalid(suggestion: str) -> ApiError:
    return ApiError(INVALID, suggestion)
