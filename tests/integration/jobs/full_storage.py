"""A storage that has no room until it is told that it has."""

import errno
import os
from typing import ClassVar

from django.core.files import File

from jobs.files import ContentStorage


class FullStorage(ContentStorage):
    is_full: ClassVar[bool] = True
    error_number: ClassVar[int] = errno.ENOSPC

    def _save(self, name: str, content: File) -> str:
        if self.is_full:
            raise OSError(self.error_number, os.strerror(self.error_number))
        return super()._save(name, content)
