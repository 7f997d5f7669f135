"""State is kept whole, changed by one at a time, and its two forms, files and rows, keep the same contract."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from engine.database import Database
from engine.owner import LOCAL
from engine.state.files import StateFiles
from engine.state.opening import open_state
from engine.state.table import StateRows
from tests.conftest import make_settings
from tests.database.conftest import database, url
from tests.state.state_contract import ANN, BEN, NOTES, SECRET, StateContract, TwoOpenings
from tests.wants import wants

__all__ = ["database", "url"]


class TestFiles(StateContract):
    @pytest.fixture
    def both(self, tmp_path: Path) -> TwoOpenings:
        return TwoOpenings(make_settings(tmp_path), None)


class TestRows(StateContract):
    @pytest.fixture
    def both(self, database: Database, tmp_path: Path) -> TwoOpenings:
        return TwoOpenings(make_settings(tmp_path), database)


@pytest.mark.skipif(os.name == "nt", reason=wants("another operating system", "modes of files"))
def test_a_private_file_is_its_owners_alone(tmp_path: Path) -> None:
    settings = make_settings(tmp_path)
    state = StateFiles(settings)
    for item, mode in ((SECRET, 0o600), (NOTES, 0o666 & ~_umask())):
        state.change(ANN, item, lambda _: "x")
        assert stat.S_IMODE((settings.state_of(ANN) / item.name).stat().st_mode) == mode


def _umask() -> int:
    before = os.umask(0)
    os.umask(before)
    return before


def test_a_file_that_another_process_replaced_is_noticed_at_once(tmp_path: Path) -> None:
    settings = make_settings(tmp_path)
    one, two = StateFiles(settings), StateFiles(settings)
    for number in range(5):
        one.change(LOCAL, SECRET, lambda _, number=number: f"number {number}")
        assert two.read(LOCAL, SECRET, age_s=60.0) == f"number {number}"


def test_what_lay_in_files_before_the_cluster_counts_until_the_table_knows_better(
    database: Database, tmp_path: Path
) -> None:
    first, second = (StateFiles(make_settings(tmp_path / name)) for name in ("first", "second"))
    for files, name in ((first, "first"), (second, "second")):
        files.change(ANN, NOTES, lambda _, name=name: name)
    second.change(BEN, NOTES, lambda _: "ben's")
    one, two = StateRows(database, first), StateRows(database, second)
    assert one.read(ANN, NOTES) == "first" and two.read(ANN, NOTES) == "first", "whoever comes first"
    assert one.read(BEN, NOTES) is None and two.holders(NOTES) == {ANN, BEN}
    assert two.change(BEN, NOTES, lambda text: f"{text}, too") == "ben's, too" == one.read(BEN, NOTES)
    assert (first.read(ANN, NOTES), second.read(ANN, NOTES)) == ("first", "second"), "the files stay as they are"


def test_a_file_that_no_table_can_hold_is_left_where_it_is(database: Database, tmp_path: Path) -> None:
    settings = make_settings(tmp_path)
    path = settings.state_of(ANN) / NOTES.name
    path.parent.mkdir(parents=True)
    for damage in (b"\xff\xfe", b"a\0b"):
        path.write_bytes(damage)
        state = StateRows(database, StateFiles(settings))
        assert state.read(ANN, NOTES) is None and path.read_bytes() == damage
    assert state.change(ANN, NOTES, lambda text: f"{text} is new") == "None is new" == state.read(ANN, NOTES)


PROCESS = """
import json, sys
from engine.database import Database
from engine.settings import Settings
from engine.state import StateItem
from engine.state.files import StateFiles
from engine.state.table import StateRows
url, folder, number = sys.argv[1:]
state = StateRows(Database(url), StateFiles(Settings(output=folder)))
print("ready", flush=True)
sys.stdin.readline()
for count in range(25):
    said = f"{number}.{count}"
    state.change("local", StateItem("notes.json"), lambda text: json.dumps([*json.loads(text or "[]"), said]))
"""


def test_processes_lose_nothing_of_each_others(database: Database, url: str, tmp_path: Path) -> None:
    command = [sys.executable, "-c", PROCESS, url, str(tmp_path)]
    begun = [
        subprocess.Popen([*command, str(number)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for number in range(3)
    ]
    for process in begun:
        assert process.stdout and process.stdout.readline() == "ready\n"
    for process in begun:
        process.communicate("\n", timeout=60)
        assert process.returncode == 0
    found = json.loads(StateRows(database, StateFiles(make_settings(tmp_path))).read(LOCAL, NOTES) or "")
    assert sorted(found) == sorted(f"{number}.{count}" for number in range(3) for count in range(25))


def test_which_form_a_process_has_says_its_setting(database: Database, tmp_path: Path) -> None:
    assert isinstance(open_state(make_settings(tmp_path), database), StateFiles)
    assert isinstance(open_state(make_settings(tmp_path, cluster=True), database), StateRows)
