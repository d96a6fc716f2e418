"""The door before every view: asks the table of rules who may come in. An address without a rule is closed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth.views import redirect_to_login
from django.core.checks import CheckMessage, Error, register
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils.http import url_has_allowed_host_and_scheme

from dashboard import access
from dashboard.views import errors
from jobs import balances

SAFE = ("GET", "HEAD")
HINT = "Say in RULES of dashboard/access.py who may use it."


class Door:
    """Send the signed-out to sign in, and refuse whom the address's rule does not let in."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with access.reading_once(), balances.reading_once():
            return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view_func: Any, view_args: Any, view_kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        name = request.resolver_match.view_name if request.resolver_match else ""
        rule = access.get_rule(name)
        if rule is None:
            raise PermissionDenied("This address is closed: nobody has said yet who may use it.")
        if name.startswith("admin:") and "%00" in request.META.get("QUERY_STRING", ""):
            return errors.bad_request(request)  # Django's filters hand a NUL on to PostgreSQL, which refuses it
        need = rule.get if request.method in SAFE else rule.post if request.method == "POST" else None
        if need in access.WITHOUT_ACCOUNT:
            return None
        if not request.user.is_authenticated and not access.WITHOUT_ACCOUNT.intersection({rule.get, rule.post}):
            return redirect_to_login(get_way_back(request, rule))
        if need is None:
            return errors.not_allowed(request, [*(SAFE if rule.get else ()), *(["POST"] if rule.post else ())])
        access.enforce(access.get_user(request), need, of=rule.of, named=view_kwargs)
        return None


def get_way_back(request: HttpRequest, rule: access.Rule) -> str:
    """Return where to go after signing in: the page that was asked for, or the one that a form was sent from."""
    if rule.get and request.method in SAFE:
        return request.get_full_path()
    referer = request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(referer, {request.get_host()}, require_https=request.is_secure()):
        parts = urlsplit(referer)
        return f"{parts.path}?{parts.query}" if parts.query else parts.path
    return "/"


def list_addresses() -> list[tuple[str, str]]:
    """Return (name, path as the configuration writes it) of every address; the name is "" where it has none."""
    return list(_walk(get_resolver(), space="", path="/"))


def _walk(resolver: URLResolver, *, space: str, path: str) -> Iterator[tuple[str, str]]:
    for pattern in resolver.url_patterns:
        here = f"{path}{pattern.pattern}"
        if isinstance(pattern, URLPattern):
            yield f"{space}{pattern.name or ''}", here
        else:
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from _walk(pattern, space=inner, path=here)


@register()
def check_rules(**kwargs: Any) -> list[CheckMessage]:
    """Find addresses without a rule, and rules without an address."""
    addresses = list_addresses()
    missing = [
        Error(f"{path} ({name or 'without a name'}) has no rule: nobody can use it.", hint=HINT, id="dashboard.E001")
        for name, path in addresses
        if access.get_rule(name) is None
    ]
    used = {id(access.get_rule(name)) for name, _ in addresses}
    idle = [
        Error(f"The rule of “{name}” belongs to no address.", hint=HINT, id="dashboard.E002")
        for name, rule in access.RULES.items()
        if id(rule) not in used
    ]
    return [*missing, *idle]
