"""The settings: do they fit each other, and what others can reach?"""

import os
from collections.abc import Iterator

from django.conf import settings
from django.core import checks

from jobs.doctor.lines import Line, note, ok, wrong

LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]", "::1", ".localhost"})
KEY_LENGTH = 40
CONSOLE = "django.core.mail.backends.console.EmailBackend"


def check_site() -> Iterator[Line]:
    yield check_secret_key()
    hosts = [host for host in settings.ALLOWED_HOSTS if host not in LOCAL_HOSTS]
    yield check_hosts(hosts)
    yield check_debug(hosts)
    if hosts and settings.EMAIL_BACKEND == CONSOLE:
        what = "Links for a new password are written to the log: no mail server is set."
        yield note("mail", what, "Set EMAIL_URL (docs/settings.md).")
    yield from run_system_checks()


def check_secret_key() -> Line:
    key = settings.SECRET_KEY
    if len(key) < KEY_LENGTH or len(set(key)) < 5 or key.startswith("django-insecure"):
        now_do = "Take SECRET_KEY out of the settings: a good one is made and kept in the data folder."
        return wrong("secret key", "It is short or known: sessions and queue rows could be forged.", now_do)
    origin = "the environment" if os.environ.get("SECRET_KEY") else "the data folder"
    return ok("secret key", f"This installation's own, from {origin}.")


def check_hosts(hosts: list[str]) -> Line:
    if "*" in hosts:
        now_do = "Set ALLOWED_HOSTS to the names under which people reach it."
        return wrong("hosts", "Any host name is answered, so links in mails can be forged.", now_do)
    if not hosts:
        return ok("hosts", "Only this machine reaches it.")
    names = ", ".join(hosts)
    if not settings.HTTPS:
        now_do = "Put a proxy that ends TLS before it and set PATINA_HTTPS=on (docs/settings.md)."
        return note("hosts", f"Reached as {names}, without HTTPS: passwords travel in the clear.", now_do)
    return ok("hosts", f"Reached as {names}, by HTTPS.")


def check_debug(hosts: list[str]) -> Line:
    if not settings.DEBUG:
        return ok("debug", "off")
    level = wrong if hosts else note
    return level("debug", "DEBUG is on: error pages show code and settings.", "Take DEBUG out of the settings.")


def run_system_checks() -> Iterator[Line]:
    """Run `manage.py check` without what needs the database."""
    found = checks.run_checks()
    for problem in found:
        level = wrong if problem.level >= checks.ERROR else note
        yield level(f"check {problem.id}", str(problem.msg), str(problem.hint or "See docs/settings.md."))
    if not found:
        yield ok("system checks", "no complaint")
