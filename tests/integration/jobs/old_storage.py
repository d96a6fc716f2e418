"""A storage without paths, as an object store is, in which everything has been there for long."""

from datetime import UTC, datetime

from django.core.files.storage import InMemoryStorage


class OldStorage(InMemoryStorage):
    def get_modified_time(self, name: str) -> datetime:
        return datetime(2020, 1, 1, tzinfo=UTC)
