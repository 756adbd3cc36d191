"""Why a file was not taken."""


class FileRefused(ValueError):
    """A file that is not kept. `code` is stable ("file.too_large"); `message` is for the person who sent it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class ScannerUnavailable(RuntimeError):
    """The virus scanner is required and did not answer; nothing was kept. The fault is ours, not the sender's."""
