"""Files of the sandbox: where they lie, under which key, and the signed addresses that open them for a while."""

import hashlib
import hmac
import re
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import SplitResult, parse_qs, quote, unquote, urlencode

from sandbox.clock import Clock
from sandbox.rows import Account

STORAGE_PREFIX = "/storage/"
RESULTS_PREFIX = "results/"

# Invented: no page of the vendor says how long its addresses and its results live.
UPLOAD_URL_LIFE_S = 15 * 60
DOWNLOAD_URL_LIFE_S = 15 * 60
RESULT_LIFE_S = 7 * 24 * 3600

# Whether the vendor's MB are 10^6 or 2^20 bytes is undocumented; the smaller one finds careless clients.
IMAGE_LIMIT_BYTES = 50 * 10**6
MODEL_LIMIT_BYTES = 200 * 10**6

MODEL_TYPES = {
    "glb": "model/gltf-binary",
    "gltf": "model/gltf+json",
    "fbx": "application/octet-stream",
    "obj": "model/obj",
    "stl": "model/stl",
    "ply": "application/octet-stream",
    "usdz": "model/vnd.usdz+zip",
    "zip": "application/zip",
}
IMAGE_TYPES = {"jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png", "webp": "image/webp"}
SUFFIX = re.compile(r"\.([a-z0-9]{1,8})$")


def read_suffix(name: str) -> str:
    """The lower-case extension without its dot, or an empty string."""
    found = SUFFIX.search(name.lower())
    return found.group(1) if found else ""


@dataclass(frozen=True)
class Refusal:
    """Why the storage host does not open an address."""

    status: int
    code: str
    message: str


class Files:
    def __init__(self, folder: Path, *, secret: bytes, clock: Clock) -> None:
        self._folder = folder
        self._secret = secret
        self._clock = clock

    def build_key(self, account: Account, suffix: str) -> str:
        day = datetime.fromtimestamp(self._clock.now(), tz=UTC).strftime("%Y%m%d")
        return f"tasks/uid_{account.id}/{day}/{uuid.uuid4()}.{suffix}"

    def get_path(self, key: str) -> Path:
        """Where the bytes of a key lie.

        :raises ValueError: the key would leave the folder
        """
        path = (self._folder / key).resolve()
        if not path.is_relative_to(self._folder.resolve()):
            raise ValueError(key)
        return path

    def sign(
        self, key: str, *, life_s: int, base_url: str, method: str = "GET", content_type: str = "", filename: str = ""
    ) -> tuple[str, float]:
        """Build an address for `method` on `key`, and the moment at which it stops to work."""
        expires = int(self._clock.now()) + life_s
        query = {"Expires": str(expires)}
        if filename:
            query["filename"] = filename
        query["Signature"] = self.compute_signature(method, key, str(expires), content_type, filename)
        return f"{base_url.rstrip('/')}{STORAGE_PREFIX}{quote(key)}?{urlencode(query)}", expires

    def check(
        self, key: str, *, method: str, expires: str, signature: str, content_type: str = "", filename: str = ""
    ) -> Refusal | None:
        """Say why a signed address may not be used now; None when it may."""
        expected = self.compute_signature(method, key, expires, content_type, filename)
        if not hmac.compare_digest(expected.encode(), signature.encode()):
            return Refusal(403, "SignatureDoesNotMatch", "The signature does not match this request.")
        if self._clock.now() >= int(expires):
            return Refusal(403, "AccessDenied", "Request has expired.")
        return None

    def find_signed(self, url: SplitResult) -> str | None:
        """The key of the file that an address of the storage host opens now; None when it opens none."""
        key = unquote(url.path.removeprefix(STORAGE_PREFIX))
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        refusal = self.check(
            key,
            method="GET",
            expires=query.get("Expires", ""),
            signature=query.get("Signature", ""),
            filename=query.get("filename", ""),
        )
        return None if refusal or not self.get_path(key).is_file() else key

    def compute_signature(self, *parts: str) -> str:
        return hmac.new(self._secret, "\n".join(parts).encode(), hashlib.sha256).hexdigest()
