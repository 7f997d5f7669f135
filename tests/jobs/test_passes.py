"""How often each file is decoded, from its upload to the record: counted in the workers themselves."""

import os
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.app import Application
from engine.audio.encode import write
from engine.jobs.job import Request
from engine.parameters import Format
from engine.settings import PROJECT
from tests.conftest import Running, make_settings
from tests.split.test_demucs import placed
from tests.stemmed import RATE_HZ, noise

COUNTING = """
import contextlib
from engine.audio import decode

real = decode.open_source

@contextlib.contextmanager
def open_source(path, **limits):
    with real(path, **limits) as source:
        blocks = source.blocks
        def counted(*start):
            with open({log!r}, "a") as file:
                file.write(f"{{path}}\\n")
            return blocks(*start)
        source.blocks = counted
        yield source

decode.open_source = open_source
"""
"""What every worker runs at its start, before it imports what decodes."""


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("application")
    placed(folder, "htdemucs")
    (folder / "decoded.log").touch()
    (folder / "sitecustomize.py").write_text(COUNTING.format(log=str(folder / "decoded.log")))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join(map(str, (folder, PROJECT))))
        application = Application.open(make_settings(folder))
        try:
            yield Running(application)
        finally:
            application.close()


def decoded(life: Running, tmp_path: Path, command: str, **params: object) -> dict[str, int]:
    """Files by what they are, and how often each was decoded."""
    log = life.settings.output.parent / "decoded.log"
    log.write_text("")
    write(tmp_path / "a.flac", noise(2, 1), RATE_HZ, format=Format.FLAC)
    with (tmp_path / "a.flac").open("rb") as stream:
        key = life.application.uploads.add(stream, "a.flac")["key"]
    job = life.done(life.application.scheduler.submit(Request(command, {"source": key, **params})), timeout_s=240)
    assert job.status == "COMPLETED", job.error
    paths = [Path(line) for line in log.read_text().splitlines()]
    return Counter("upload" if life.settings.uploads_dir in path.parents else path.name for path in paths)


@pytest.mark.parametrize("peaks", ["keep", "lower"])
@pytest.mark.parametrize("kind", ["wav", "flac"])
def test_what_is_split_is_decoded_at_its_upload_and_once_more(
    life: Running, tmp_path: Path, kind: str, peaks: str
) -> None:
    assert decoded(life, tmp_path, "split", format=kind, peaks=peaks) == {"upload": 2}


def test_files_that_lose_something_are_decoded_once_to_be_measured(life: Running, tmp_path: Path) -> None:
    files = ["0.ogg", *(f"{stem}.ogg" for stem in ("drums", "bass", "other", "vocals"))]
    assert decoded(life, tmp_path, "split", format="ogg") == {"upload": 2} | dict.fromkeys(files, 1)
