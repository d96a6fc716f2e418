"""What every page knows: the vendors' standing and the signed-in person's projects."""

from django.http import HttpRequest


def site(request: HttpRequest) -> dict[str, object]:
    return {}
