"""What tests share: settings in a folder of their own, a running application, a way to wait that never sleeps."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest

from engine.app import Application
from engine.jobs.job import ACTIVE, Job, Request
from engine.jobs.worker_process import WorkerProcess
from engine.library.record import Record
from engine.settings import Settings
from tests.wants import told, wanted, wants

if TYPE_CHECKING:
    from tests.stores import Store

hypothesis.settings.register_profile("shared", deadline=None)  # on a busy machine an example may take any time
hypothesis.settings.load_profile("shared")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--full", action="store_true", help="run slow tests with their full counts")
    parser.addoption("--must-run", default="", metavar="NAMES", help="fail when tests are skipped for want of these")


def _reasons(config: pytest.Config) -> list[str]:
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter else []
    return [report.longrepr[2].removeprefix("Skipped: ") for report in skipped if isinstance(report.longrepr, tuple)]


def pytest_sessionfinish(session: pytest.Session) -> None:
    demanded = {name.strip() for name in session.config.getoption("--must-run").split(",")}
    missed = demanded & {wanted(reason) for reason in _reasons(session.config)}
    if missed and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_unconfigure(config: pytest.Config) -> None:
    """What was not tested here is said last of all, with the way to have it tested."""
    for line in told(_reasons(config)):
        print(line)


@pytest.fixture
def full(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--full"))


@pytest.fixture
def only_full(full: bool) -> None:
    """For what costs much and shows what shorter tests have shown from another side."""
    if not full:
        pytest.skip(wants("full counts"))


def make_settings(folder: Path, **values: Any) -> Settings:
    defaults = {"output": folder / "out", "models": folder / "models", "browser": False, "debug": True, "port": 0}
    return Settings(**{**defaults, **values})


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return make_settings(tmp_path)


class Running:
    """An application with shorthand for tests."""

    def __init__(self, application: Application) -> None:
        self.application = application
        self.settings = application.settings
        self._changed = threading.Event()
        self.events: list[Any] = []
        application.events.subscribe(self._note)

    def _note(self, event: Any) -> None:
        self.events.append(event)
        self._changed.set()

    def debug(self, **params: Any) -> Job:
        return self.application.scheduler.submit(Request("debug", params))

    def job(self, job: Job) -> Job:
        return self.application.queue.get(job.id)

    def until(self, condition: Callable[[], Any], timeout_s: float = 30) -> Any:
        """Wait for events until `condition` holds; its value."""
        deadline = time.monotonic() + timeout_s
        while not (value := condition()):
            if time.monotonic() > deadline:
                raise TimeoutError("the condition was not met in time")
            self._changed.wait(0.05)
            self._changed.clear()
        return value

    def done(self, *jobs: Job, timeout_s: float = 60) -> Job:
        """Wait until all are over; the last one as it is then."""
        self.until(lambda: all(self.job(job).status not in ACTIVE for job in jobs), timeout_s)
        return self.job(jobs[-1])

    def upload(self, path: Path) -> str:
        """The key of a file that is uploaded."""
        with path.open("rb") as stream:
            return str(self.application.uploads.add(stream, path.name)["key"])

    def made(self, command: str, timeout_s: float = 300, **params: Any) -> Record:
        """The first track of a job that must succeed."""
        return self.record(self.done(self.application.scheduler.submit(Request(command, params)), timeout_s=timeout_s))

    def record(self, job: Job) -> Record:
        """The first track of a job that must have succeeded."""
        assert job.status == "COMPLETED", job.error
        return self.application.library.record(job.track_ids[0])

    def audio(self, track_id: str) -> Path:
        """The file of a track."""
        return self.application.storage.fetch(self.application.library.audio_key(track_id))

    def worker_of(self, job: Job) -> WorkerProcess:
        """The worker that runs a job: a moment after the queue says RUNNING, when it was handed over as well."""
        worker: WorkerProcess = self.until(lambda: self.application.scheduler.dispatch.pool.worker_of(job.id))
        return worker

    def running(self, job: Job) -> Job:
        self.until(lambda: self.job(job).status == "RUNNING")
        return self.job(job)


@pytest.fixture(scope="module")
def running(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One application for a module: starting workers takes a moment.

    Its models folder holds small networks with random weights as those that the module names in `MODELS`.
    """
    folder = tmp_path_factory.mktemp("application")
    for model in getattr(request.module, "MODELS", ()):
        from tests.split.test_demucs import placed

        placed(folder, model)
    application = Application.open(make_settings(folder))
    try:
        yield Running(application)
    finally:
        application.close()


@pytest.fixture
def one_thread() -> Iterator[None]:
    """For tiny networks, which only lose time when threads wait for each other."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def leftovers(settings: Settings) -> list[Path]:
    """Files that nobody should have left behind: unfinished jobs and temporary names."""
    folders = (settings.audio_dir, settings.uploads_dir, settings.peaks_dir, settings.state_dir)
    return [*settings.jobs_dir.iterdir(), *(path for folder in folders for path in folder.glob(".*"))]


@pytest.fixture(scope="session")
def nanio(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Store]":
    """An object store for all tests of this process."""
    from tests.stores import running_store

    with running_store("nanio", tmp_path_factory.mktemp("nanio")) as store:
        yield store


@pytest.fixture(scope="session")
def ministack(tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Store]":
    from tests.stores import running_store

    with running_store("ministack", tmp_path_factory.mktemp("ministack")) as store:
        yield store


@pytest.fixture(params=["nanio", "ministack"])
def store(request: pytest.FixtureRequest) -> "Store":
    """Each of the two."""
    found: Store = request.getfixturevalue(request.param)
    return found
