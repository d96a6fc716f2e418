"""Everything that a request handler may need, made once when the program starts."""

from dataclasses import dataclass

from starlette.requests import Request

from sandbox.accounts import Accounts
from sandbox.clock import Clock
from sandbox.faults import Faults
from sandbox.files import Files
from sandbox.limits import WindowLimiter
from sandbox.runner import Runner
from sandbox.settings import Settings
from sandbox.state import Store


@dataclass
class Parts:
    settings: Settings
    clock: Clock
    store: Store
    accounts: Accounts
    files: Files
    faults: Faults
    uploads: WindowLimiter
    meshy_requests: WindowLimiter
    runner: Runner


def get_parts(request: Request) -> Parts:
    return request.app.state.parts
