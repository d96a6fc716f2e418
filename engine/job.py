"""One job: the file that came in, the folder for results, the options, and how to tell of progress."""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from engine.errors import UsageError

TRUE_WORDS = {"true", "1", "yes", "on"}
FALSE_WORDS = {"false", "0", "no", "off"}


@dataclass(frozen=True)
class Job:
    """What a verb gets.

    `source` is the file of `--in` (absolute), `out` the folder for results (it exists), `workspace` an empty
    folder for what must not outlive the job, `options` the words of the command line without their dashes.
    `images` are the files of each `--image` in their order (absolute, unchecked: open them by `engine.guard_picture`).
    """

    source: Path
    out: Path
    workspace: Path
    options: Mapping[str, str] = field(default_factory=dict)
    images: tuple[Path, ...] = ()

    def report(self, progress: float, text: str = "") -> None:
        """Tell how far the job is (0 to 1), as one JSON line on standard error."""
        line = json.dumps({"progress": round(min(max(progress, 0.0), 1.0), 3), "text": text})
        sys.stderr.write(f"\n{line}\n")
        sys.stderr.flush()

    def get_text(self, name: str, default: str | None = None, *, choices: tuple[str, ...] = ()) -> str:
        """Return an option as text.

        :raises UsageError: it is missing and has no default, or is none of the choices
        """
        value = self.options.get(name, default)
        if value is None:
            raise UsageError(f"--{name} is missing.")
        if choices and value not in choices:
            raise UsageError(f"--{name} must be one of {', '.join(choices)}; it was {value!r}.")
        return value

    def get_integer(self, name: str, default: int | None = None, *, least: int, most: int) -> int:
        """Return an option as a whole number between `least` and `most`.

        :raises UsageError: it is missing and has no default, or is no such number
        """
        text = self.get_text(name, None if default is None else str(default))
        try:
            value = int(text)
        except ValueError as error:
            raise UsageError(f"--{name} must be a whole number; it was {text!r}.") from error
        if not least <= value <= most:
            raise UsageError(f"--{name} must be between {least} and {most}; it was {value}.")
        return value

    def get_boolean(self, name: str, default: bool | None = None) -> bool:
        """Return an option as true or false.

        :raises UsageError: it is missing and has no default, or is neither word
        """
        text = self.get_text(name, None if default is None else str(default)).lower()
        if text in TRUE_WORDS:
            return True
        if text in FALSE_WORDS:
            return False
        raise UsageError(f"--{name} must be true or false; it was {text!r}.")

    def get_list(self, name: str, default: str | None = None, *, choices: tuple[str, ...] = ()) -> list[str]:
        """Return a comma-separated option as a list without empty words and without doubles.

        :raises UsageError: it is missing and has no default, is empty, or holds a word that is no choice
        """
        words = [word.strip() for word in self.get_text(name, default).split(",")]
        words = list(dict.fromkeys(word for word in words if word))
        if not words:
            raise UsageError(f"--{name} is empty.")
        for word in words:
            if choices and word not in choices:
                raise UsageError(f"--{name} holds {word!r}; it may hold {', '.join(choices)}.")
        return words
