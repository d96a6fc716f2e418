"""Who may use the sandbox's own calls."""

import pytest
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.admin import ROUTES


def call(route: Route, *, client: tuple[str, int] | None) -> Response:
    """Return what a caller at this address gets; nothing is waited for before that is decided."""
    scope = {"type": "http", "method": "POST", "path": route.path, "headers": [(b"host", b"127.0.0.1")]}
    answer = route.endpoint(Request({**scope, "client": client}))
    with pytest.raises(StopIteration) as done:
        answer.send(None)
    return done.value.value


@pytest.mark.parametrize("client", [("192.0.2.7", 4711), ("10.0.0.1", 4711), ("2001:db8::7", 4711), None])
@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.path} {min(route.methods)}")
def test_another_machine_cannot_reach_the_controls(route: Route, client: tuple[str, int] | None) -> None:
    assert call(route, client=client).status_code == 403
