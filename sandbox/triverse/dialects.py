"""In whose words this sandbox answers: the vendor's newer pages, its older ones, or with hardly any output."""

from starlette.requests import Request

from sandbox.settings import DIALECTS
from sandbox.triverse.errors import invalid

HEADER = "x-sandbox-dialect"
NEW, OLD, SPARSE = DIALECTS


def read_dialect(request: Request, default: str) -> str:
    """:raises ApiError: 1004, the header names none"""
    dialect = request.headers.get(HEADER) or default
    if dialect not in DIALECTS:
        raise invalid(f"The sandbox knows the dialects {', '.join(DIALECTS)}.")
    return dialect
