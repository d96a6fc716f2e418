"""Triverse's paths. The special ones stand before `/tasks/{task_uuid}`, which would swallow them."""

from starlette.routing import Route

from sandbox import faults
from sandbox.parts import Parts
from sandbox.triverse import money, tasks, uploads
from sandbox.triverse.creation import Creation, refuse_flow
from sandbox.triverse.endpoint import Handler, endpoint
from sandbox.triverse.flows import FLOWS, OTHER_FLOWS

PREFIX = "/api/v1"


def _get(path: str, kind: str, handler: Handler) -> Route:
    return Route(PREFIX + path, endpoint(kind, handler), methods=["GET"])


def _post(path: str, kind: str, handler: Handler) -> Route:
    return Route(PREFIX + path, endpoint(kind, handler), methods=["POST"])


def build_routes(parts: Parts) -> list[Route]:
    creation = Creation(parts)
    return [
        _get("/tasks/url/{task_uuid}", faults.URL, tasks.read_url),
        _get("/tasks/download/{task_uuid}", faults.DOWNLOAD, tasks.download),
        _post("/tasks/pricing/quote", faults.QUOTE, money.quote),
        _get("/tasks/{task_uuid}", faults.STATUS, tasks.read_status),
        *(_post(f"/tasks/{name}", faults.CREATE, creation.build_handler(flow)) for name, flow in FLOWS.items()),
        *(_post(f"/tasks/{name}", faults.CREATE, refuse_flow) for name in OTHER_FLOWS),
        _post("/upload/image", faults.UPLOAD, uploads.upload_image),
        _post("/upload/model", faults.UPLOAD, uploads.upload_model),
        _post("/upload/presigned-upload-url", faults.PRESIGN, uploads.presign_upload),
        _post("/upload/presigned-get-url", faults.PRESIGN, uploads.presign_get),
        _get("/users/me", faults.ACCOUNT, money.read_me),
        _get("/users/balance", faults.ACCOUNT, money.read_balance),
    ]
