"""Meshy's paths: below `/openapi`, and below `/v1` and `/v2` as in its first year."""

import shutil

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Mount, Route, Router

from sandbox import faults
from sandbox.meshy import assets
from sandbox.meshy.answers import NO_BROWSERS, ApiError
from sandbox.meshy.creation import INCOMING_FOLDER, build_creator, refuse_family
from sandbox.meshy.endpoint import Handler, endpoint
from sandbox.meshy.families import FAMILIES, OTHER_PATHS, Family
from sandbox.meshy.ids import Ids
from sandbox.meshy.stream import build_streamer
from sandbox.meshy.tasks import (
    build_lister,
    build_reader,
    delete_task,
    list_nothing,
    read_balance,
    read_foreign,
)
from sandbox.parts import Parts

PREFIX = "/openapi"
OLD_PREFIXES = ("/v1", "/v2")


def build_routes(parts: Parts) -> list[BaseRoute]:
    shutil.rmtree(parts.files.get_path(INCOMING_FOLDER), ignore_errors=True)
    ids = Ids()
    below = [route for family in FAMILIES.values() for route in _build_family(family, ids)]
    below.append(_route("/v1/balance", "GET", faults.ACCOUNT, read_balance))
    below += [route for path in OTHER_PATHS for route in _build_unknown_family(path)]
    old = [Route(route.path, route.endpoint, methods=route.methods) for route in below if route.path.startswith("/v")]
    return [Mount(PREFIX, app=Router(below, redirect_slashes=False)), *assets.ROUTES, *old]


def _build_family(family: Family, ids: Ids) -> list[Route]:
    one = family.path + "/{task_id}"
    return [
        _route(one, "GET", faults.STATUS, build_reader(family)),
        _route(family.path, "GET", faults.LIST, build_lister(family)),
        _route(family.path, "POST", faults.CREATE, build_creator(family, ids)),
        _route(one, "DELETE", faults.DELETE, delete_task),
        _route(one + "/stream", "GET", faults.STREAM, build_streamer(family)),
    ]


def _build_unknown_family(path: str) -> list[Route]:
    one = path + "/{task_id}"
    return [
        _route(path, "GET", faults.LIST, list_nothing),
        _route(path, "POST", faults.CREATE, refuse_family),
        _route(one, "GET", faults.STATUS, read_foreign),
        _route(one, "DELETE", faults.DELETE, delete_task),
        _route(one + "/stream", "GET", faults.STREAM, build_streamer(None)),
    ]


def _route(path: str, method: str, kind: str, handler: Handler) -> Route:
    return Route(path, endpoint(kind, handler), methods=[method])


def is_ours(path: str) -> bool:
    """Whether a path that nobody serves is Meshy's to refuse."""
    return path.startswith((PREFIX + "/", *(f"{prefix}/" for prefix in OLD_PREFIXES))) or path == PREFIX


def refuse_path(request: Request, error: Exception) -> Response:
    """Undocumented; the shape is that of the other refusals."""
    if "origin" in request.headers:
        return ApiError(403, NO_BROWSERS).build_response()
    if not isinstance(error, HTTPException) or error.status_code != 405:
        return ApiError(404, "Route not found").build_response()
    refusal = ApiError(405, "Method not allowed").build_response()
    refusal.headers.update(error.headers or {})
    return refusal


def report_crash() -> Response:
    return ApiError(500, "Internal server error").build_response()
