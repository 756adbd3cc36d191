"""How a stored file leaves: always as a download, never as a page of ours."""

from django.http import FileResponse

from tongban.base.files.store import clean_filename, open_file
from tongban.base.models import StoredFile


def download(stored: StoredFile, filename: str) -> FileResponse:
    """The file as attachment under that name (RFC 5987 for Chinese), unsniffable, sandboxed, kept by no cache."""
    response = FileResponse(
        open_file(stored),
        as_attachment=True,
        filename=clean_filename(filename),
        content_type=stored.media_type,
    )
    response["Content-Length"] = str(stored.size)
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    response["Cache-Control"] = "private, no-store"
    return response
