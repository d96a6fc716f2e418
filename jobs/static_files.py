"""The files of the pages, collected and compressed before the first start."""

import fcntl
import hashlib
import sys
from pathlib import Path

from django.conf import settings
from django.core.management import call_command


def collect() -> None:
    """Collect and compress the static files, unless those that are there are still the same.

    The folder belongs to the code, not to the data: several installations share it, and files of an older start stay.
    """
    sources = sorted(path for folder in settings.STATICFILES_DIRS for path in Path(folder).rglob("*") if path.is_file())
    stamp = hashlib.sha256()
    for path in sources:
        stat = path.stat()
        stamp.update(f"{path}:{stat.st_size}:{stat.st_mtime_ns}\n".encode())
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    kept = settings.STATIC_ROOT / ".collected"
    with (settings.STATIC_ROOT / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists() or kept.read_text() != stamp.hexdigest():
            sys.stdout.write("Preparing the files of the pages, once after a change: about half a minute\n")
            sys.stdout.flush()
            call_command("collectstatic", interactive=False, verbosity=0)
            kept.write_text(stamp.hexdigest())
