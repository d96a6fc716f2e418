"""The door for guests: what a link's token opens, to whom, and what a request may reach through it.

The link is read with every request, bytes included. Rights: jobs/sharing.py. Every file that leaves through a link is
found here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse

from dashboard import access
from dashboard.network import get_network_address
from jobs import light_models, sharing
from jobs.models import Asset, ShareLink

PROOFS = "share_proofs"
PREVIEWS = "share_previews"
KEPT_MAX = 50
"""So many links' passwords one session remembers."""


class NoLink(Exception):
    """There is nothing here, and nothing is said of why."""


class Locked(Exception):
    """The link wants a password first: `link`."""

    def __init__(self, link: ShareLink) -> None:
        super().__init__("a password is wanted")
        self.link = link


@dataclass(frozen=True)
class Guest:
    """Somebody with a link that is open to them."""

    link: ShareLink
    token: str
    rights: frozenset[sharing.Right]
    is_preview: bool

    @property
    def front(self) -> str:
        return reverse("guest", args=[self.token])

    def get_files(self) -> QuerySet[Asset]:
        """Return every file that the link shows now."""
        return sharing.get_shown(self.link)

    def get_file(self, pk: int) -> Asset:
        """Return one of them.

        :raises NoLink: when the link does not show it
        """
        found = list(self.get_files().filter(pk=pk))
        if not found:
            raise NoLink
        light_models.put_in(found)
        return found[0]

    def build_address(self, kind: str, asset: Asset) -> str:
        """Return where the guest finds "page", "poster", "light" or "file" of it; "" where they may not have that."""
        if kind == "page":
            return reverse("guest-asset", args=[self.token, asset.pk])
        if kind == "poster":
            has = asset.poster_sha256 and sharing.may_see_poster(self.rights, asset)
            return reverse("guest-poster", args=[self.token, asset.pk, asset.poster_sha256]) if has else ""
        if kind == "light":
            has = asset.light_sha256 and sharing.may_see_light(self.rights, asset)
            return reverse("guest-light", args=[self.token, asset.pk, asset.light_sha256]) if has else ""
        if not sharing.may_have_file(self.rights, asset):
            return ""
        return reverse("guest-file", args=[self.token, asset.pk, asset.sha256, asset.file_name])


def open_link(request: HttpRequest, token: str, *, now: datetime) -> Guest:
    """Let a request in.

    :raises NoLink: when the token opens nothing, whatever the cause
    :raises Locked: when it wants a password that the session does not know
    """
    link = sharing.find_link(token, now=now)
    if link is None:
        raise NoLink
    is_preview = _is_preview(request, link)
    if link.password and not is_preview and not sharing.is_proof(link, _read(request, PROOFS).get(str(link.pk))):
        raise Locked(link)
    return Guest(link, token, sharing.get_rights(link), is_preview)


def unlock(request: HttpRequest, link: ShareLink, password: str, *, now: datetime) -> Literal["right", "wrong", "wait"]:
    """Try a guest's password; the session remembers a right one, under a new key of its own."""
    outcome = sharing.try_password(link, password, address=get_network_address(request), now=now)
    if outcome == "right":
        request.session.cycle_key()  # who knew the session before does not come in with it
        _remember(request, PROOFS, link, sharing.build_proof(link))
    return outcome


def start_preview(request: HttpRequest, link: ShareLink) -> None:
    """Let this person see the link as a guest does, uncounted and without its password."""
    _remember(request, PREVIEWS, link, True)


def _is_preview(request: HttpRequest, link: ShareLink) -> bool:
    """Tell whether somebody who may share looks at it as a guest would; no longer when they may not share any more."""
    if not request.user.is_authenticated or str(link.pk) not in _read(request, PREVIEWS):
        return False
    return access.can(access.get_user(request), link.project, "share")


def _read(request: HttpRequest, name: str) -> dict[str, object]:
    kept = request.session.get(name)
    return kept if isinstance(kept, dict) else {}


def _remember(request: HttpRequest, name: str, link: ShareLink, value: object) -> None:
    others = {key: kept for key, kept in _read(request, name).items() if key != str(link.pk)}
    newest = list(others.items())[-KEPT_MAX + 1 :]
    request.session[name] = dict([*newest, (str(link.pk), value)])
