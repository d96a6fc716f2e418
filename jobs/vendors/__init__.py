"""The vendors and their operations: the one register. A new vendor or operation is listed here and nowhere else."""

from collections.abc import Iterator, Mapping

from django.conf import settings

from jobs.operations import Operation
from jobs.vendors import meshy, meshy_operations, triverse
from jobs.vendors.base import Connection, Vendor

VENDOR_LABELS = {"triverse": "Triverse", "meshy": "Meshy"}
BASE_URLS = {"triverse": triverse.BASE_URL, "meshy": meshy.BASE_URL}
KEY_VARIABLES = {"triverse": "TRIVERSE_API_KEY", "meshy": "MESHY_API_KEY"}
CLIENTS: Mapping[str, type[triverse.Triverse] | type[meshy.Meshy]] = {
    "triverse": triverse.Triverse,
    "meshy": meshy.Meshy,
}


class Catalogue(Mapping[str, Operation]):
    """Every operation by its key. Meshy's stands here as its profile has it."""

    def _list(self) -> dict[str, Operation]:
        retexture = meshy_operations.PROFILES.get(get_profile("meshy"), meshy_operations.CURRENT)
        return {operation.key: operation for operation in (*triverse.OPERATIONS, retexture)}

    def __getitem__(self, key: str) -> Operation:
        return self._list()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._list())

    def __len__(self) -> int:
        return len(self._list())


OPERATIONS: Mapping[str, Operation] = Catalogue()


def get_profile(vendor: str) -> str:
    """Return which form of a vendor's API requests are written for: "current" or "seed". Answers of both are read."""
    return settings.MESHY_PROFILE if vendor == "meshy" else "current"


def get_connection(vendor: str) -> Connection:
    """Return where `vendor` is reached: its own address with a key, else the sandbox with the key `sandbox`."""
    if vendor == "triverse":
        key, base_url, path = settings.TRIVERSE_API_KEY, settings.TRIVERSE_BASE_URL or triverse.BASE_URL, "/api/v1"
    elif vendor == "meshy":
        key, base_url, path = settings.MESHY_API_KEY, settings.MESHY_BASE_URL or meshy.BASE_URL, ""
    else:
        raise KeyError(vendor)
    read_timeout_s = settings.VENDOR_READ_TIMEOUT_S or None
    if key:
        return Connection(base_url=base_url, key=key, sandbox=False, read_timeout_s=read_timeout_s)
    sandbox_url = f"{settings.SANDBOX_URL}{path}"
    return Connection(base_url=sandbox_url, key="sandbox", sandbox=True, read_timeout_s=read_timeout_s)


def get_vendor(vendor: str) -> Vendor:
    """Return a client for `vendor`; it holds one HTTP session, so keep it while working."""
    return CLIENTS[vendor](get_connection(vendor))


def get_operation_choices() -> list[tuple[str, str]]:
    """Return (key, label) of every operation, for the model's choices: a callable, so no migration lists them."""
    return [(key, f"{VENDOR_LABELS[item.vendor]}: {item.label}") for key, item in OPERATIONS.items()]
