"""Finds what stands still or lies around, mends what is safe, and lists the rest.

`rows.py` looks at rows and what lies on the way, about once a minute; `storage.py` walks over the stored files, about
once an hour. Both are harmless when two processes do them at once; a lease keeps it to one. What they find comes back
as findings (findings.py), for `manage.py housekeeping`, for `manage.py doctor` and for the log.
"""

import logging

from django.utils import timezone

from jobs import leases, queue
from jobs.housekeeping.findings import Finding
from jobs.housekeeping.rows import tidy
from jobs.housekeeping.storage import walk

__all__ = ["Finding", "hint", "run_due", "tidy", "walk"]

logger = logging.getLogger(__name__)

LEASE, KNOCK, WALK_KNOCK = "housekeeping", "housekeeping-hint", "housekeeping-walk"
LEASE_S = 1_800.0  # a dead holder on this machine is noticed at once
TIDY_EVERY_S = 45.0
WALK_EVERY_S = 3_600.0


def hint() -> None:
    """Send a hint for the housekeeping, where nobody sent one a moment ago."""
    if leases.knock(KNOCK, every_s=TIDY_EVERY_S):
        queue.send_now(queue.HOUSEKEEP)


def run_due() -> None:
    """Do what is due, unless another process is at it, and write to the log what was found."""
    if not leases.take(LEASE, seconds=LEASE_S):
        return
    try:
        findings = tidy(now=timezone.now())
        if leases.knock(WALK_KNOCK, every_s=WALK_EVERY_S):
            findings += walk(now=timezone.now())
    finally:
        leases.release(LEASE)
    for finding in findings:
        level = logging.INFO if finding.is_mended else logging.WARNING
        logger.log(level, "%s %s", finding.text, finding.now_do)
