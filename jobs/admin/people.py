"""The admin of people and projects."""

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin

from jobs.admin.rows import LongList, ReadOnly, show_since
from jobs.models import Invitation, Membership, Project, User


@admin.register(User)
class PersonAdmin(UserAdmin):
    fieldsets = (*(UserAdmin.fieldsets or ()), ("Preferences", {"fields": ("has_single_keys", "time_zone")}))
    list_display = ("username", "first_name", "last_name", "email", "is_staff", "is_active", "last_login")


class MembershipInline(admin.TabularInline):
    model = Membership
    extra = 0
    autocomplete_fields = ["user"]


@admin.register(Project)
class ProjectAdmin(LongList):
    list_display = ["name", "slug", "created_at", "trashed_at"]
    list_filter = [("trashed_at", admin.EmptyFieldListFilter)]
    search_fields = ["name", "slug"]
    readonly_fields = ["created_at"]
    inlines = [MembershipInline]


@admin.register(Membership)
class MembershipAdmin(LongList):
    list_display = ["user", "project", "role", "may_spend"]
    list_filter = ["role", "may_spend"]
    list_select_related = ["user", "project"]
    search_fields = ["user__username", "project__name"]
    autocomplete_fields = ["user", "project"]


@admin.register(Invitation)
class InvitationAdmin(ReadOnly, LongList):
    """Who was asked to join, by whom. The link itself is shown nowhere: whoever has it is let in."""

    list_display = ["for_whom", "project", "role", "may_spend", "created_by", "expires_at", "standing"]
    list_filter = ["role", ("accepted_at", admin.EmptyFieldListFilter), ("revoked_at", admin.EmptyFieldListFilter)]
    list_select_related = ["project", "created_by", "accepted_by"]
    search_fields = ["for_whom", "project__name"]
    fields = [
        *("for_whom", "project", "role", "may_spend", "created_by", "created_at", "expires_at", "revoked_at"),
        *("accepted_at", "accepted_by"),
    ]
    readonly_fields = ["created_at"]

    @admin.display(description="state")
    def standing(self, row: Invitation) -> str:
        if row.accepted_at:
            return f"accepted by {row.accepted_by or 'somebody'}, {show_since(row.accepted_at)}"
        return f"withdrawn, {show_since(row.revoked_at)}" if row.revoked_at else "open until it expires"
