"""The signatures are those of Standard Webhooks, and secrets are changed without a break."""

import stat
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from engine.settings import PROJECT
from engine.state.files import StateFiles
from engine.web.webhooks import secret as module
from engine.web.webhooks.secret import SECRET, Secrets, signed
from tests.conftest import make_settings


def test_a_signature_is_that_of_the_specification() -> None:
    """The example of https://docs.svix.com and of the specification's libraries."""
    headers = signed(
        ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        b'{"test": 2432232314}',
        1614265330.9,
    )
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_each_user_has_a_secret_of_their_own_that_stays(tmp_path: Path) -> None:
    settings = make_settings(tmp_path)
    secrets = Secrets(StateFiles(settings))
    first, other = secrets.of("local"), secrets.of("b" * 32)
    assert first.startswith("whsec_") and first != other and Secrets(StateFiles(settings)).of("local") == first
    path = settings.state_dir / SECRET.name
    assert first in path.read_text() and other in (settings.users_dir / ("b" * 32) / SECRET.name).read_text()
    if sys.platform != "win32":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_earlier_secret_signs_beside_the_new_one_for_a_day(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = Secrets(StateFiles(make_settings(tmp_path)))
    old = secrets.of("local")
    new = secrets.replace("local")
    assert new != old and secrets.good("local") == [new, old] and secrets.of("local") == new
    assert len(signed(secrets.good("local"), "i", b"", 1.0)["webhook-signature"].split(" ")) == 2
    newest = secrets.replace("local")
    assert secrets.good("local") == [newest, new], "twice in a row, and the first is void"
    now = module.time.time()
    monkeypatch.setattr(module.time, "time", lambda: now + module.OVERLAP_S + 1)
    assert secrets.good("local") == [newest]


@pytest.mark.parametrize("damage", ["", "{", "[]", '[{"secret": 1}]', '[{"secret": "whsec_!", "until": null}]', "null"])
def test_a_damaged_file_is_replaced(tmp_path: Path, damage: str) -> None:
    settings = make_settings(tmp_path)
    settings.state_dir.mkdir(parents=True)
    (settings.state_dir / SECRET.name).write_text(damage)
    secrets = Secrets(StateFiles(settings))
    assert secrets.of("local") == secrets.of("local") == secrets.good("local")[0]


def test_the_lines_of_the_documentation_tell_what_is_genuine() -> None:
    code = (PROJECT / "docs" / "api.md").read_text(encoding="utf-8")
    [lines] = [block for block in code.split("```python\n")[1:] if "def is_genuine" in block]
    known: dict[str, Any] = {}
    exec(lines.partition("```")[0], known)  # our own file
    old, new, body = "whsec_b2xk", "whsec_bmV3", b'{"id": "\xc3\xa9"}'
    headers = signed([new, old], "i", body, time.time())
    is_genuine = known["is_genuine"]
    assert is_genuine(new, headers, body) and is_genuine(old, headers, body)
    assert not is_genuine("whsec_bm8=", headers, body) and not is_genuine(new, headers, body + b" ")
    assert not is_genuine(new, signed([new], "i", body, time.time() - 400), body)
