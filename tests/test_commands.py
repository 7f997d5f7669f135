"""The two README commands, as a newcomer types them."""

import json
import os
import re
import signal
import subprocess
from pathlib import Path
from urllib.request import urlopen

import jsonschema
import pytest
import soundfile

from engine.library.record import record_schema
from engine.settings import PROJECT
from tests.wants import wants

pytestmark = pytest.mark.skipif(os.name == "nt", reason=wants("another operating system", "run.bat is for Windows"))


def generate(folder: Path, *flags: str) -> Path:
    """`./run.sh generate`: the path of the record it prints."""
    command = ["./run.sh", "generate", "calm piano, 80 bpm", "--duration", "8", "--seed", "7", "--output", str(folder)]
    done = subprocess.run([*command, *flags], cwd=PROJECT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return PROJECT / done.stdout.strip()


def test_generate_writes_eight_seconds_of_stereo_and_a_valid_record_and_the_same_again(tmp_path: Path) -> None:
    first, second = generate(tmp_path), generate(tmp_path)
    assert first != second
    records = [json.loads(path.read_text(encoding="utf-8")) for path in (first, second)]
    for record in records:
        jsonschema.validate(record, record_schema())
    audio = [path.with_name(record["file"]) for path, record in zip((first, second), records, strict=True)]
    facts = soundfile.info(audio[0])
    assert (facts.frames, facts.samplerate, facts.channels) == (8 * 44100, 44100, 2)
    assert audio[0].read_bytes() == audio[1].read_bytes()
    assert -15 < records[0]["levels"]["loudness_lufs"] < -13 and records[0]["levels"]["true_peak_dbtp"] <= -1


def test_it_starts_the_page_and_stops_when_asked(tmp_path: Path) -> None:
    command = ["./run.sh", "--no-browser", "--port", "0", "--output", str(tmp_path)]
    server = subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout
        found = re.search(r"(http://\S+)\s*$", server.stdout.readline())
        assert found
        page = urlopen(found[1], timeout=20).read().decode()
        script = urlopen(f"{found[1]}/static/js/main.js", timeout=20).read()
        assert "<html" in page and "main.js" in page and script
        library = urlopen(f"{found[1]}/static/vendor/lit/index.js", timeout=20).read().decode()
        assert library and not re.search(r"""from\s*["'][^./]""", library), "no bare import is left for the browser"
    finally:
        server.send_signal(signal.SIGTERM)
        assert server.wait(20) == 0
