"""The servers that the settings name, PostgreSQL and Redis: can they be used? Said in one line for people."""

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import Error, connection


def find_problem() -> str:
    """Return a sentence that says which server cannot be used and why; nothing when all answer."""
    return find_database_problem() or find_redis_problem()


def find_database_problem() -> str:
    try:
        connection.ensure_connection()
    except (Error, ImproperlyConfigured) as error:
        name = "PostgreSQL" if connection.vendor == "postgresql" else "The database"
        return f"{name} cannot be used ({_say(error)}). Check DATABASE_URL."
    return ""


def find_redis_problem() -> str:
    if not settings.REDIS_URL:
        return ""
    import redis

    try:
        with redis.Redis.from_url(settings.REDIS_URL) as client:
            client.ping()
    except ValueError:  # its words repeat a part of the address, which may be one of the password
        return "REDIS_URL is no address of a Redis server. Correct it, or unset it."
    except (redis.RedisError, OSError) as error:
        return f"Redis cannot be used ({_say(error)}). Check REDIS_URL, or unset it."
    return ""


def _say(error: Exception) -> str:
    """Return the error's words in one line."""
    return " ".join(str(error).split()).rstrip(".")
