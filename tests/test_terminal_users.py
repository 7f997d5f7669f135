"""`./run.sh users` and `./run.sh audit`: on the database alone, also beside a page that runs."""

import io
import json
from pathlib import Path
from typing import Any

import pytest

import webui
from engine.accounts import LOCAL, passwords
from engine.folder import running_server
from tests.accounts.conftest import CHEAP, PASSWORD
from tests.live import live
from tests.waiting import until


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "COST", CHEAP)


class Terminal:
    """Types commands for one output folder."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch, capture: pytest.CaptureFixture[str]) -> None:
        self._folder, self._patch, self._capture = folder, patch, capture

    def run(self, *arguments: str, stdin: str = "") -> tuple[int, str, str]:
        """Exit code, standard output and standard error."""
        self._patch.setattr("sys.stdin", io.StringIO(stdin))
        code = webui.main(["--output", str(self._folder / "out"), *arguments])
        said = self._capture.readouterr()
        return code, said.out, said.err

    def users(self) -> list[dict[str, Any]]:
        return list(json.loads(self.run("users", "list", "--json")[1]))

    def audit(self, *arguments: str) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.run("audit", "--json", *arguments)[1].splitlines()]


@pytest.fixture
def terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    return Terminal(tmp_path, monkeypatch, capsys)


def test_where_nobody_can_type_it_says_how_a_password_is_given(terminal: Terminal) -> None:
    code, out, err = terminal.run("users", "add", "ann@example.org", stdin=f"{PASSWORD}\n")
    assert (code, out) == (2, "") and "--password-stdin" in err and terminal.users() == []


def test_users_are_added_changed_and_listed(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    said = terminal.run("users", "add", "Boss@example.org", "--password-stdin", stdin=f"{PASSWORD}\n")
    assert said == (0, "boss@example.org may log in now (admin, standard).\n", "")
    typed = iter([PASSWORD, "another one", PASSWORD, PASSWORD])
    monkeypatch.setattr("getpass.getpass", lambda _prompt: next(typed))
    code, out, err = terminal.run("users", "add", "ann@example.org", "--language", "ru")
    assert (code, out) == (2, "") and err == "Пароли не совпадают.\n"
    assert terminal.run("users", "add", "ann@example.org", "--plan", "large")[0] == 0
    assert terminal.run("users", "disable", "ann@example.org")[0] == 0
    boss, ann = terminal.users()
    assert (boss["id"], boss["role"], boss["disabled_at"]) == (LOCAL, "admin", None)
    assert (ann["role"], ann["plan"]) == ("user", "large") and ann["disabled_at"]
    assert "password_hash" not in ann
    lines = terminal.run("users", "list")[1].splitlines()
    assert [line.split()[:4] for line in lines] == [
        ["boss@example.org", "admin", "standard", "active"], ["ann@example.org", "user", "large", "disabled"],
    ]  # fmt: skip
    assert terminal.run("users", "change", "ann@example.org", "--role", "admin")[0] == 0
    assert terminal.run("users", "enable", "ann@example.org")[0] == 0
    found = [entry["action"] for entry in terminal.audit()]
    assert found == ["user.added", "user.added", "user.disabled", "user.changed", "user.enabled"]
    assert terminal.audit("--user", "ann@example.org") == [] and terminal.audit("--since", "2999-01-01") == []
    assert len(terminal.audit("--since", "1h", "--most", "2")) == 2
    assert "user.enabled" in terminal.run("audit")[1]
    assert terminal.run("audit", "--forget-before", "1h")[1] == "Forgotten rows of the audit log: 0.\n"
    assert terminal.run("audit", "--forget-before", "2999-01-01")[1] == "Forgotten rows of the audit log: 6.\n"
    assert [entry["action"] for entry in terminal.audit()] == ["audit.forgotten"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("users", "add", "no-address", "--password-stdin"), ("users", "add", "a@b.org", "--password-stdin"),
        ("users", "disable", "nobody@example.org"), ("users", "add", "a@b.org", "--no-password", "--plan", "golden"),
        ("audit", "--since", "yesterday"), ("audit", "--user", "nobody@example.org"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_ends_with_a_sentence_and_code_2(terminal: Terminal, arguments: tuple[str, ...]) -> None:
    code, out, err = terminal.run(*arguments, stdin="short\n")
    assert (code, out) == (2, "") and len(err.splitlines()) == 1
    assert terminal.users() == []


def test_a_page_that_runs_knows_at_once(terminal: Terminal, tmp_path: Path) -> None:
    """Beside a page without accounts; then of one that has them, whose command line needs no password."""
    assert terminal.run("users", "add", "boss@example.org", "--password-stdin", stdin=PASSWORD)[0] == 0
    with live(tmp_path) as server:
        login = {"email": "ann@example.org", "password": PASSWORD}
        assert server.request("POST", "/api/session", login)[0] == 401
        assert terminal.run("users", "add", "ann@example.org", "--password-stdin", stdin=PASSWORD) == (
            0, "ann@example.org may log in now (user, standard).\n", "",
        )  # fmt: skip
        status, headers, body = server.request("POST", "/api/session", login)
        assert status == 200 and json.loads(body)["user"]["email"] == "ann@example.org"
        cookie = {"Cookie": headers["Set-Cookie"].partition(";")[0]}
        assert server.request("GET", "/api/jobs", headers=cookie)[0] == 200
        assert terminal.run("users", "disable", "ann@example.org")[0] == 0
        assert server.request("GET", "/api/jobs", headers=cookie)[0] == 401
        assert running_server(server.settings) and server.request("GET", "/api/jobs")[0] == 401
        code, _, err = terminal.run("search", "anything", "--plain", "--json")
        assert (code, err) == (1, "")
        until(lambda: [e["action"] for e in terminal.audit()][-2:] == ["login", "user.disabled"])
