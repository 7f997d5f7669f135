"""Which storage the settings name, and where uploads are on their way."""

from engine.library.incoming import Incoming, LocalIncoming
from engine.library.storage import LocalStorage, Storage
from engine.settings import Settings

SERVER_PATIENCE_S = 8.0
"""Whoever asks the server waits for it: an outage is told soon, and what was to be published is tried again."""
WORKER_PATIENCE_S = 300.0


def open_storage(settings: Settings, *, patience_s: float = SERVER_PATIENCE_S) -> Storage:
    """Server and workers each open it for themselves; `patience_s`: how long an outage of a bucket is waited out.

    Raises INVALID_INPUT when it cannot be had.
    """
    if settings.storage_url:
        from engine.library.s3.storage import S3Storage

        return S3Storage(settings, patience_s=patience_s)
    return LocalStorage(settings.output, {"peaks": str(settings.peaks_dir.relative_to(settings.output))})


def open_incoming(settings: Settings) -> Incoming:
    """Each server opens it for itself; a bucket is reached when it is first asked."""
    if settings.storage_url:
        from engine.library.s3.incoming import BucketIncoming

        return BucketIncoming(settings, patience_s=SERVER_PATIENCE_S)
    return LocalIncoming(settings.incoming_dir)
