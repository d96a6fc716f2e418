"""Things that one process at a time should do, over all machines. For efficiency: two at once must be harmless."""

from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from jobs.models import Lease
from jobs.owners import get_owner, is_dead


def is_free(name: str, *, now: datetime) -> bool:
    """Return whether nobody who may be alive holds the lease."""
    lease = Lease.objects.filter(name=name).first()
    return lease is None or not lease.owner or lease.until <= now or is_dead(lease.owner)


def has_beaten(name: str, *, within: timedelta) -> bool:
    """Return whether a holder gave a sign of life lately; it may be on another machine."""
    return Lease.objects.filter(name=name, beat_at__gt=timezone.now() - within).exists()


def take(name: str, *, seconds: float) -> bool:
    """Take the lease where it is free, run out, or held by a dead process."""
    now = timezone.now()
    lease, _ = Lease.objects.get_or_create(name=name, defaults={"until": now, "beat_at": now})
    if not is_free(name, now=now):
        return False
    same = Lease.objects.filter(name=name, owner=lease.owner, until=lease.until)
    return bool(same.update(owner=get_owner(), until=now + timedelta(seconds=seconds), beat_at=now))


def renew(name: str, *, seconds: float) -> bool:
    """Hold the lease longer; False when somebody else took it."""
    now = timezone.now()
    mine = Lease.objects.filter(name=name, owner=get_owner())
    return bool(mine.update(until=now + timedelta(seconds=seconds), beat_at=now))


def release(name: str) -> None:
    """Give the lease back at once."""
    Lease.objects.filter(name=name, owner=get_owner()).update(owner="", until=timezone.now())


def knock(name: str, *, every_s: float) -> bool:
    """Return True for one caller per `every_s` seconds, whichever process asks."""
    now = timezone.now()
    lease, made = Lease.objects.get_or_create(name=name, defaults={"until": now, "beat_at": now})
    if made:
        return True
    due = Q(beat_at__lte=now - timedelta(seconds=every_s)) | Q(beat_at__gt=now + timedelta(seconds=every_s))
    return bool(Lease.objects.filter(due, name=name, beat_at=lease.beat_at).update(beat_at=now))
