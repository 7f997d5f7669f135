"""`fetch`: a model of the catalogue, from the best source that delivers, checked, into the store."""

import contextlib
import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from engine.context import JobContext
from engine.errors import AppError, Code
from engine.faults import is_disk_full
from engine.models.catalogue import Model, ModelFile, find, human_size
from engine.models.downloads import Download, FaultKind, HubDownload, SourceError, Tick, downloads
from engine.models.sources import parse
from engine.models.store import ModelStore, checksum, missing

RESERVE = 100_000_000
"""Bytes of disk that stay free."""


def fetch(model_id: str, store: ModelStore, job: JobContext) -> None:
    """Make `model_id` be in `store`; files that are there, the user's own included, are left as they are.

    A file appears under its name only when it is whole and its checksum right. The stages are DOWNLOADING and
    VERIFYING. Raises NOT_FOUND for an unknown model, MODEL_MISSING (recoverable when the fault may pass by itself),
    DISK_FULL, and Canceled within 3 s.
    """
    model = find(model_id)
    with _writing(model, store), _alone(model, store, job) as temp:
        faults: list[SourceError] = []
        rank = 0
        while wanted := store.not_whole(model):
            offered = [(file, parse(file.sources[rank])) for file in wanted if len(file.sources) > rank]
            if len(offered) < len(wanted):
                raise _error(model, store, faults)
            sent = downloads(offered, store.folder(model))
            try:
                _check_free_space(sent, model, store)
                faults += _deliver(sent, model, store, temp, job)
            finally:
                for download in sent:
                    if not isinstance(download, HubDownload):
                        download.discard()
            rank += 1
        job.progress(1, 1, "VERIFYING")


def _deliver(sent: list[Download], model: Model, store: ModelStore, temp: Path, job: JobContext) -> list[SourceError]:
    """Fetch every download, then unpack and check it; the faults of those that did not come or were not right."""
    faults: list[SourceError] = []
    came: list[tuple[Download, Path]] = []
    done = 0

    def tick_after(before: int) -> Tick:
        def tick(arrived: int) -> None:
            total = max(1, sum(download.size for download in sent))
            job.progress(min(before + arrived, total), total, "DOWNLOADING")

        return tick

    for download in sent:
        folder = Path(tempfile.mkdtemp(dir=temp))  # of its own: an earlier client that still runs cannot write into it
        try:
            download.fetch(folder, tick_after(done))
            came.append((download, folder))
        except SourceError as fault:
            faults.append(fault)
        done += download.size

    due = max(1, sum(download.effort for download, _ in came))
    read = 0

    def block(count: int) -> None:
        nonlocal read
        read += count
        job.progress(min(read, due), due, "VERIFYING")

    for download, folder in came:
        try:
            download.unpack(folder, block)
            for file, _ in download.files:
                _install(download, file, model, store, block)
        except SourceError as fault:
            faults.append(fault)
        download.discard()
    return faults


def _install(download: Download, file: ModelFile, model: Model, store: ModelStore, tick: Tick) -> None:
    """Give a file that has arrived its name, when its checksum is the catalogue's, or else the one its hub states."""
    part = download.part(file)
    found = checksum(part, tick)
    if found != (file.sha256 or download.stated_sha256 or found):
        raise SourceError(FaultKind.DAMAGED, download.source, file=file.name)
    with part.open("rb+") as written:
        os.fsync(written.fileno())
    part.replace(store.folder(model) / file.name)
    store.remember_checksum(model, file, found)


def _check_free_space(sent: list[Download], model: Model, store: ModelStore) -> None:
    need = sum(download.required_bytes for download in sent) + RESERVE
    free = shutil.disk_usage(store.models_dir).free
    if free < need:
        raise _disk_full(model, store, need, free)


def _disk_full(model: Model, store: ModelStore, need: int, free: int) -> AppError:
    return AppError(
        Code.DISK_FULL, "model_disk_full", model=model.title, need=human_size(need), free=human_size(free),
        folder=str(store.models_dir),
    )  # fmt: skip


def _error(model: Model, store: ModelStore, faults: list[SourceError]) -> AppError:
    """What to tell the user after every source failed: the fault that may pass, else that of the best source."""
    if not faults:
        return missing(model, store.models_dir)
    fault = next((fault for fault in faults if fault.kind is FaultKind.CUT), faults[0])
    if any(fault.kind is FaultKind.DISK for fault in faults):
        return _disk_full(model, store, model.size or 0, shutil.disk_usage(store.models_dir).free)
    return missing(
        model, store.models_dir, f"model_{fault.kind}", recoverable=fault.kind is FaultKind.CUT,
        place=fault.source.place, source=fault.source.text, **fault.values,
    )  # fmt: skip


@contextlib.contextmanager
def _writing(model: Model, store: ModelStore) -> Iterator[None]:
    """A models folder that is full or cannot be written, as the project's own error."""
    try:
        yield
    except OSError as error:
        if is_disk_full(error):
            raise _disk_full(model, store, model.size or 0, shutil.disk_usage(store.models_dir).free) from error
        if isinstance(error, PermissionError | FileExistsError | NotADirectoryError) or error.errno == errno.EROFS:
            folder, reason = str(store.models_dir), error.strerror or str(error)
            raise AppError(Code.INTERNAL, "models_folder", folder=folder, reason=reason) from error
        raise


@contextlib.contextmanager
def _alone(model: Model, store: ModelStore, job: JobContext) -> Iterator[Path]:
    """A temporary folder, while no other job fetches the same model; what an earlier one left in it is removed."""
    from filelock import FileLock

    store.folder(model).mkdir(parents=True, exist_ok=True)
    temp = store.models_dir / f".fetch-{model.id}"
    (store.models_dir / ".locks").mkdir(exist_ok=True)

    def canceled() -> bool:
        job.check_canceled()
        return False

    with FileLock(store.models_dir / ".locks" / model.id).acquire(poll_interval=0.2, cancel_check=canceled):
        try:
            shutil.rmtree(temp, ignore_errors=True)
            temp.mkdir(exist_ok=True)
            yield temp
        finally:
            shutil.rmtree(temp, ignore_errors=True)
            with contextlib.suppress(OSError):
                store.folder(model).rmdir()  # only when nothing came
