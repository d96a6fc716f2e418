"""A storage that has no room until it is told that it has."""

import errno
from typing import ClassVar

from django.core.files import File

from jobs.files import ContentStorage


class FullStorage(ContentStorage):
    is_full: ClassVar[bool] = True

    def _save(self, name: str, content: File) -> str:
        if self.is_full:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super()._save(name, content)
