"""Puts the sandbox together: parts, routes, start and stop."""

import contextlib
from collections.abc import AsyncIterator

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox import admin, storage
from sandbox.accounts import Accounts
from sandbox.clock import Clock
from sandbox.fault_plan import FACT, FaultPlan, resume
from sandbox.faults import Faults
from sandbox.files import Files
from sandbox.limits import REQUESTS_PER_SECOND, UPLOAD_WINDOW_S, UPLOADS_PER_WINDOW, WindowLimiter
from sandbox.meshy import routes as meshy_routes
from sandbox.meshy import work as meshy_work
from sandbox.parts import Parts, get_parts
from sandbox.runner import Plan, Runner
from sandbox.settings import Settings
from sandbox.state import Store
from sandbox.triverse import routes as triverse_routes
from sandbox.triverse import work as triverse_work
from sandbox.triverse.errors import INVALID, NOT_FOUND, UNTRACKED, ApiError
from sandbox.work import get_run

MAKERS = {"triverse": triverse_work.make, "meshy": meshy_work.make}
HEAVY_FLOWS = {"triverse": triverse_work.HEAVY_FLOWS, "meshy": meshy_work.HEAVY_FLOWS}
HEAVY = frozenset((vendor, flow) for vendor, flows in HEAVY_FLOWS.items() for flow in flows)


# The engine does one heavy and one light job at a time on a machine; more at once would only wait there.
AT_ONCE = {"engine": 1, "canned": 4}


def build_plan(settings: Settings) -> Plan:
    return Plan(
        makers=MAKERS,
        run=get_run(settings.results),
        heavy=HEAVY,
        at_once=AT_ONCE[settings.results],
        lingers=settings.speed == "real",
    )


def build_parts(settings: Settings) -> Parts:
    store = Store(settings.state_folder)
    clock = Clock(float(store.get_fact("clock_offset_s", "0")))
    accounts = Accounts(store, clock)
    files = Files(settings.state_folder / "files", secret=store.get_signing_secret(), clock=clock)
    runner = Runner(
        store,
        accounts=accounts,
        files=files,
        clock=clock,
        plan=build_plan(settings),
    )
    return Parts(
        settings=settings,
        clock=clock,
        store=store,
        accounts=accounts,
        files=files,
        faults=Faults(plan=resume_plan(store)),
        uploads=WindowLimiter(clock, most=UPLOADS_PER_WINDOW, window_s=UPLOAD_WINDOW_S),
        meshy_requests=WindowLimiter(clock, most=REQUESTS_PER_SECOND, window_s=1.0),
        runner=runner,
    )


def resume_plan(store: Store) -> FaultPlan | None:
    """Go on with the plan of faults that an earlier life of this program was under."""
    plan = resume(store.get_fact(FACT, ""))
    if plan is not None:
        store.put_fact(FACT, plan.write_down())
    return plan


def build_app(settings: Settings) -> Starlette:
    parts = build_parts(settings)

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        parts.runner.start()
        yield
        await parts.runner.stop()
        parts.store.close()

    app = Starlette(
        routes=[
            *triverse_routes.build_routes(parts),
            *meshy_routes.build_routes(parts),
            *storage.ROUTES,
            *admin.ROUTES,
            Route("/healthz", read_health, methods=["GET"]),
        ],
        lifespan=lifespan,
        exception_handlers={404: refuse_path, 405: refuse_path, 500: report_crash},
    )
    app.router.redirect_slashes = False
    app.state.parts = parts
    return app


async def read_health(request: Request) -> JSONResponse:
    settings = get_parts(request).settings
    chosen = {"results": settings.results, "speed": settings.speed, "profile": settings.profile}
    return JSONResponse({"status": "ok", "limits": settings.limits, **chosen})


async def refuse_path(request: Request, error: Exception) -> Response:
    """Undocumented; the envelope's shape is the likely one."""
    if meshy_routes.is_ours(request.url.path):
        return meshy_routes.refuse_path(request, error)
    if isinstance(error, HTTPException) and error.status_code == 405:
        refusal = ApiError(INVALID, "This path does not take this method.").build_response()
        refusal.status_code = 405
        refusal.headers.update(error.headers or {})
        return refusal
    return ApiError(NOT_FOUND, "There is nothing at this path.").build_response()


async def report_crash(request: Request, _error: Exception) -> Response:
    if meshy_routes.is_ours(request.url.path):
        return meshy_routes.report_crash()
    return ApiError(UNTRACKED, "The sandbox itself failed; its log has the traceback.").build_response()
