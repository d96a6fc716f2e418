"""The stored files: can they be written and read, and does something lie around?"""

import uuid
from collections.abc import Iterator

from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, default_storage
from django.utils import timezone

from jobs import housekeeping
from jobs.doctor.lines import Line, note, ok, wrong
from jobs.files import PART
from jobs.housekeeping.rows import list_saving_long

WRONG = frozenset({"lost_uploads", "lost_results", "storage"})


def check_storage() -> Iterator[Line]:
    """Write, read and delete a file."""
    content = uuid.uuid4().bytes
    place = str(default_storage.location) if isinstance(default_storage, FileSystemStorage) else "object store"
    try:
        name = default_storage.save(f"00/doctor-{uuid.uuid4().hex}{PART}", ContentFile(content))
        try:
            with default_storage.open(name, "rb") as stream:
                is_same = stream.read() == content
        finally:
            default_storage.delete(name)
    except OSError as error:
        what = f"Files cannot be stored ({type(error).__name__}): {place}"
        yield wrong("stored files", what, "Look whether there is room and whether this user may write there.")
        return
    if is_same:
        yield ok("stored files", f"Written, read and deleted a probe: {place}")
    else:
        yield wrong("stored files", f"What was written comes back changed: {place}", "Check the disk.")


def check_left_over() -> Iterator[Line]:
    """Tell what housekeeping would mend or leave to a person, without doing it."""
    now = timezone.now()
    found = housekeeping.walk(now=now, mend=False)
    slow = list_saving_long(now)
    for finding in [*found, *([slow] if slow else [])]:
        level = wrong if finding.key in WRONG else note
        shown = f" ({', '.join(finding.examples[:5])})" if finding.examples else ""
        yield level(finding.key.replace("_", " "), f"{finding.text}{shown}", finding.now_do)
    if not found and not slow:
        yield ok("files and rows", "Every row has its bytes, every stored file its row.")
