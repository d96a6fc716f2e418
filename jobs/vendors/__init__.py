"""The vendors and their operations: the one register. A new vendor or operation is listed here and nowhere else."""

from django.conf import settings

from jobs.operations import Operation
from jobs.vendors import triverse
from jobs.vendors.base import Connection, Vendor

VENDOR_LABELS = {"triverse": "Triverse"}

OPERATIONS: dict[str, Operation] = {operation.key: operation for operation in triverse.OPERATIONS}


def get_connection(vendor: str) -> Connection:
    """Return where `vendor` is reached: its own address with a key, else the sandbox with the key `sandbox`."""
    if vendor != "triverse":
        raise KeyError(vendor)
    if settings.TRIVERSE_API_KEY:
        base_url = settings.TRIVERSE_BASE_URL or triverse.BASE_URL
        return Connection(base_url=base_url, key=settings.TRIVERSE_API_KEY, sandbox=False)
    return Connection(base_url=f"{settings.SANDBOX_URL}/api/v1", key="sandbox", sandbox=True)


def get_vendor(vendor: str) -> Vendor:
    """Return a client for `vendor`; it holds one HTTP session, so keep it while working."""
    return triverse.Triverse(get_connection(vendor))


def get_operation_choices() -> list[tuple[str, str]]:
    """Return (key, label) of every operation, for the model's choices: a callable, so no migration lists them."""
    return [(key, f"{VENDOR_LABELS[item.vendor]}: {item.label}") for key, item in OPERATIONS.items()]
