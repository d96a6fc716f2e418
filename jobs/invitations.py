"""Invitations: links by which one person each becomes a member. They end by themselves, by use, or when revoked."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from jobs.link_tokens import make_token, read_token
from jobs.models import Invitation, Membership, Project, User
from jobs.projects import may_use_spending
from jobs.sharing import get_policy

RANKS = {role: rank for rank, role in enumerate(reversed(Membership.Role.values))}


class Ended(Exception):
    """The invitation was used, revoked or has expired; which of them is nobody's business."""


def invite(project: Project, *, by: User, role: str, may_spend: bool, for_whom: str = "", now: datetime) -> Invitation:
    """Make an invitation that lasts as long as the staff allow."""
    return Invitation.objects.create(
        project=project,
        created_by=by,
        role=role,
        may_spend=may_spend and may_use_spending(role),
        for_whom=for_whom,
        expires_at=now + timedelta(days=get_policy().invitation_days),
    )


def get_open(*, now: datetime) -> QuerySet[Invitation]:
    """Return the invitations that still let somebody in; those of a project in the trash too.

    Whoever made one has to be an owner still: nobody who was taken out comes back by a link that they kept.
    """
    owns = Membership.objects.filter(
        project=OuterRef("project"), user=OuterRef("created_by"), role=Membership.Role.OWNER, user__is_active=True
    )
    return Invitation.objects.filter(Exists(owns), revoked_at=None, accepted_at=None, expires_at__gt=now)


def build_token(invitation: Invitation) -> str:
    return make_token("invitation", invitation.nonce)


def find(token: str, *, now: datetime) -> Invitation | None:
    """Return the invitation of an address; None when it is not open, or was never made."""
    nonce = read_token("invitation", token)
    if nonce is None:
        return None
    kept = get_open(now=now).filter(nonce=nonce, project__trashed_at=None)
    return kept.select_related("project", "created_by").first()


def revoke(invitation: Invitation, *, now: datetime) -> bool:
    """End it at once; False when it had ended already."""
    return bool(get_open(now=now).filter(pk=invitation.pk).update(revoked_at=now))


def adds_nothing(invitation: Invitation, user: User) -> bool:
    """Tell whether the person is a member already who may do all that the invitation gives."""
    membership = invitation.project.memberships.filter(user=user).first()
    return membership is not None and _merge(membership, invitation) == (membership.role, membership.allows("spend"))


def accept(invitation: Invitation, *, user: User, now: datetime) -> Membership:
    """Make the person a member and use the invitation up. Who is a member already never gets less than they had.

    :raises Ended: when somebody else was quicker, or it ended meanwhile
    """
    with transaction.atomic():
        if not get_open(now=now).filter(pk=invitation.pk).update(accepted_at=now, accepted_by=user):
            raise Ended
        given = {"role": invitation.role, "may_spend": invitation.may_spend}
        membership, created = Membership.objects.get_or_create(project=invitation.project, user=user, defaults=given)
        if not created:
            membership.role, membership.may_spend = _merge(membership, invitation)
            membership.save(update_fields=["role", "may_spend"])
    return membership


def _merge(membership: Membership, invitation: Invitation) -> tuple[str, bool]:
    """Return the higher role, and whether either of the two lets the person spend."""
    role = max(membership.role, invitation.role, key=RANKS.__getitem__)
    return role, membership.allows("spend") or invitation.may_spend
