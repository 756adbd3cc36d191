"""Why a file is not read."""


class DocumentRefused(ValueError):
    """A file that is not read. `code` is stable ("document.macro"); `message` is for the person who sent it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
