"""The one error of this room, and the exit code by which its kind leaves the process."""

EXIT_CODES = {"usage": 2, "refused": 3, "unreadable": 4, "unsupported": 5, "failed": 6, "memory": 7, "missing": 8}
"""`missing`: Blender cannot be loaded here. The client sees `timeout`, `crashed` and `busy` from outside."""


class EngineError(Exception):
    """What went wrong, as a kind for programs and a sentence for people."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message


class UsageError(EngineError):
    """The caller's mistake: an unknown option, or a value that the verb does not know."""

    def __init__(self, message: str) -> None:
        super().__init__("usage", message)
