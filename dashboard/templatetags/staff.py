"""What the admin's pages show of the dashboard: the line about vendors, at the price of two small questions."""

from typing import Any

from django import template
from django.utils import timezone

from dashboard.vendor_notices import Notice, build_key_notices, build_notices
from jobs.balances import get_balances
from jobs.circuit import list_circuits

register = template.Library()


@register.simple_tag
def list_staff_notices(user: Any) -> list[Notice]:
    """Return what has to be said of the vendors; how the person's own tasks stand is asked on other pages."""
    return build_notices(list_circuits(), user, now=timezone.now()) + build_key_notices(get_balances().values(), user)
