"""Links for guests: what one shows, which right each byte of it asks for, its making, its end, its password.

A link shows what its row says at this moment: nothing of it is copied. So it ends at once when it is revoked, when its
time is over and when its project lies in the trash, and it never shows a file that lies there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, get_args

from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from jobs import link_tokens
from jobs.models import Asset, PasswordTry, Project, SharedAsset, ShareLink, SharingPolicy, User

Right = Literal["look", "renders", "models", "sources"]
RIGHTS: tuple[Right, ...] = get_args(Right)
DEFAULT_RIGHTS: frozenset[Right] = frozenset({"look", "renders"})
Scope = ShareLink.Scope
FILES_MAX = 200
"""So many files may be chosen for one link; more are what a whole gallery is for."""
COMPARED = range(2, 5)

# --- Passwords: after so many wrong ones a guest, or everybody together, waits. ---------------------------------------

TRIES_WITHIN = timedelta(minutes=15)
TRIES_MAX = 5
ALL_TRIES_MAX = 100
"""Of one link, from all addresses: guessing from many machines is slow too, and a whole team that mistypes is not kept
out."""

# --- Rights ----------------------------------------------------------------------------------------------------------

IS_SOURCE = Q(task__isnull=True, parent__isnull=True, output_key="")
"""What somebody uploaded, in rows; `is_source` says the same of one."""
PICTURES = (Asset.Kind.RENDER, Asset.Kind.IMAGE)


def is_source(asset: Asset) -> bool:
    """Tell whether the file is one that somebody uploaded."""
    return asset.task_id is None and asset.parent_id is None and not asset.output_key


def get_rights(link: ShareLink) -> frozenset[Right]:
    """Return what guests may do."""
    return frozenset(right for right in RIGHTS if getattr(link, f"may_{right}"))


def get_right_for_file(asset: Asset) -> Right:
    """Return the right without which a file's own bytes stay here."""
    if is_source(asset):
        return "sources"
    return "renders" if asset.kind in PICTURES else "models"


def may_have_file(rights: frozenset[Right], asset: Asset) -> bool:
    return get_right_for_file(asset) in rights


def may_see_poster(rights: frozenset[Right], asset: Asset) -> bool:
    """Tell whether a guest may have the small picture of a file.

    A model's belongs to looking. A picture's is the picture once more: whoever may have pictures may have it.
    """
    if asset.kind == Asset.Kind.MODEL:
        return "look" in rights
    return may_have_file(rights, asset) or (asset.kind in PICTURES and "renders" in rights)


def may_see_light(rights: frozenset[Right], asset: Asset) -> bool:
    """Tell whether a guest may have the light GLB, which the 3D view loads."""
    return asset.kind == Asset.Kind.MODEL and "look" in rights


def build_shown(rights: frozenset[Right]) -> Q:
    """Return which files are there at all for somebody with these rights."""
    shown = Q(pk__in=())
    if "look" in rights:
        shown |= Q(kind=Asset.Kind.MODEL)
    if "renders" in rights:
        shown |= Q(kind__in=PICTURES)
    if "models" in rights:
        shown |= Q(kind__in=(Asset.Kind.MODEL, Asset.Kind.TEXTURE_MAP)) & ~IS_SOURCE
    if "sources" in rights:
        shown |= IS_SOURCE
    return shown


def get_shown(link: ShareLink) -> QuerySet[Asset]:
    """Return every file that a guest may reach: what was chosen, and what belongs to it.

    To a chosen model belong the renders made from it and the texture maps made with it, later ones too. A comparison
    shows what it compares, and a gallery all that the project holds at this moment.
    """
    kept = Asset.objects.kept().filter(build_shown(get_rights(link)), project_id=link.project_id)
    if link.scope == Scope.GALLERY:
        return kept
    chosen = SharedAsset.objects.filter(link=link).values("asset_id")
    if link.scope == Scope.COMPARISON:
        return kept.filter(pk__in=chosen)
    models = Asset.objects.kept().filter(pk__in=chosen, kind=Asset.Kind.MODEL)
    renders = Q(kind=Asset.Kind.RENDER, parent__in=models.values("pk"))
    maps = Q(kind=Asset.Kind.TEXTURE_MAP, task__in=models.filter(task__isnull=False).values("task_id"))
    return kept.filter(Q(pk__in=chosen) | renders | maps)


def get_chosen(link: ShareLink) -> list[Asset]:
    """Return the files that were chosen, in their order, as far as a guest may reach them."""
    places = dict(SharedAsset.objects.filter(link=link).values_list("asset_id", "position"))
    found = get_shown(link).filter(pk__in=places)
    return sorted(found, key=lambda asset: (places[asset.pk], asset.pk))


# --- Making and ending -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Wish:
    """What a person says of a link. None: as it is, or as the policy says."""

    title: str = ""
    note: str = ""
    rights: Iterable[Right] = DEFAULT_RIGHTS
    days: int | None = None
    password: str | None = None  # "": none


def get_policy() -> SharingPolicy:
    return SharingPolicy.objects.order_by("pk").first() or SharingPolicy()


def get_default_days(policy: SharingPolicy) -> int:
    return min(policy.share_days_default, policy.share_days_max)


def apply_policy(policy: SharingPolicy, *, now: datetime) -> int:
    """Let no link last longer than the staff allow from now on; return how many now end sooner."""
    latest = now + timedelta(days=policy.share_days_max)
    return ShareLink.objects.filter(revoked_at=None, expires_at__gt=latest).update(expires_at=latest)


def create_link(
    *,
    project: Project,
    user: User,
    scope: str,
    assets: Sequence[Asset] = (),
    options: Mapping[str, Any] | None = None,
    wish: Wish | None = None,
) -> ShareLink:
    """Make a link; its files stand in it in their order."""
    link = ShareLink(project=project, created_by=user, scope=scope, options=dict(options or {}))
    wish = wish or Wish()
    _write(link, wish, days=get_default_days(get_policy()) if wish.days is None else wish.days)
    with transaction.atomic():
        link.save()
        places = (SharedAsset(link=link, asset=asset, position=place) for place, asset in enumerate(assets))
        SharedAsset.objects.bulk_create(places)
    return link


def change_link(link: ShareLink, wish: Wish) -> None:
    """Give a link other rights, words, another end or password; guests meet it with their next request."""
    _write(link, wish, days=wish.days)
    changed = ["title", "note", "expires_at", "password", *(f"may_{right}" for right in RIGHTS)]
    ShareLink.objects.filter(pk=link.pk).update(**{name: getattr(link, name) for name in changed})


def _write(link: ShareLink, wish: Wish, *, days: int | None) -> None:
    link.title, link.note = wish.title, wish.note
    for right in RIGHTS:
        setattr(link, f"may_{right}", right in set(wish.rights))
    if days is not None:
        link.expires_at = timezone.now() + timedelta(days=min(max(days, 1), get_policy().share_days_max))
    if wish.password is not None:
        link.password = make_password(wish.password) if wish.password else ""


def count_links_of(user: User, project: Project, *, now: datetime) -> int:
    """Count the person's links that still open something of the project."""
    return get_living(now).filter(project=project, created_by=user).count()


def revoke_link(link: ShareLink, *, now: datetime) -> None:
    """End a link for good; the moment of a first time stays."""
    ShareLink.objects.filter(pk=link.pk, revoked_at=None).update(revoked_at=now)


def find_repeated(user: User, project: Project, *, scope: str, pks: Sequence[int], now: datetime) -> ShareLink | None:
    """Return the link that the person made of the very same a moment ago: a button that was pressed twice."""
    recent = ShareLink.objects.filter(
        project=project, created_by=user, scope=scope, revoked_at=None, created_at__gt=now - timedelta(seconds=15)
    )
    for link in recent.prefetch_related("shared_assets").order_by("-pk")[:5]:
        if [item.asset_id for item in link.shared_assets.all()] == list(pks):
            return link
    return None


# --- Opening ---------------------------------------------------------------------------------------------------------


def make_token(link: ShareLink) -> str:
    return link_tokens.make_token("share", link.nonce)


def get_living(now: datetime) -> QuerySet[ShareLink]:
    """Return the links that open something."""
    return ShareLink.objects.filter(revoked_at=None, expires_at__gt=now, project__trashed_at=None)


def find_link(token: str, *, now: datetime) -> ShareLink | None:
    """Return what the token opens; None whether it was never made, is over, was revoked, or its project is gone.

    A wrong token costs the same question as a right one, so that the time tells nothing.
    """
    nonce = link_tokens.read_token("share", token) or ""
    return get_living(now).select_related("project", "created_by").filter(nonce=nonce).first()


def count_view(link: ShareLink, *, now: datetime) -> None:
    ShareLink.objects.filter(pk=link.pk).update(view_count=F("view_count") + 1, last_viewed_at=now)


# --- Passwords -------------------------------------------------------------------------------------------------------


def build_proof(link: ShareLink) -> str:
    """Return what a guest's session remembers of a right password; another password makes it worthless."""
    return salted_hmac("patina.share.proof", f"{link.pk}:{link.password}", algorithm="sha256").hexdigest()


def is_proof(link: ShareLink, proof: object) -> bool:
    return isinstance(proof, str) and constant_time_compare(proof, build_proof(link))


def hash_address(address: str) -> str:
    """Return what stands for a network address in rows: enough to count by, not to find a person by."""
    return salted_hmac("patina.share.address", address, algorithm="sha256").hexdigest()


def try_password(link: ShareLink, password: str, *, address: str, now: datetime) -> Literal["right", "wrong", "wait"]:
    """Look whether a guest's password is the link's.

    A try is written down before the password is looked at, and taken back when it was right: so many at once get no
    more tries than one after the other.
    """
    entry = _reserve_try(link, hash_address(address), now=now)
    if entry is None:
        return "wait"
    if not check_password(password, link.password):
        return "wrong"
    entry.delete()
    return "right"


def _reserve_try(link: ShareLink, address: str, *, now: datetime) -> PasswordTry | None:
    with transaction.atomic():
        if ShareLink.objects.select_for_update().filter(pk=link.pk).first() is None:  # one at a time
            return None
        recent = PasswordTry.objects.filter(link=link, at__gt=now - TRIES_WITHIN)
        tried_from = list(recent.values_list("address", flat=True)[:ALL_TRIES_MAX])
        if len(tried_from) >= ALL_TRIES_MAX or tried_from.count(address) >= TRIES_MAX:
            return None
        return PasswordTry.objects.create(link=link, address=address, at=now)


def prune_tries(*, now: datetime) -> int:
    """Forget the tries that count no more; return how many."""
    return PasswordTry.objects.filter(at__lt=now - TRIES_WITHIN).delete()[0]
