"""What is not imported without accounts, and that hashing holds nobody up."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from engine.settings import PROJECT

HEAVY = ("argon2", "jwt", "flask_jwt_extended", "flask_limiter", "limits", "authlib", "joserfc")
OURS = ("engine.accounts.accounts", "engine.accounts.passwords", "engine.web.auth.attach", "engine.web.auth.proof")

SERVER = """
import sys
{patch}
from pathlib import Path
from engine.app import Application
from engine.settings import Settings
from engine.web.server import create_web
settings = Settings(output=Path({folder!r}), models=Path({folder!r}), accounts={accounts}, async_mode={mode!r})
application = Application.open(settings)
app, socketio = create_web(application)
app.test_client().get("/api/state")
application.close()
import json
print(json.dumps(sorted(set({names!r}) & set(sys.modules))))
"""
PATCH = "import eventlet; eventlet.monkey_patch()"


@pytest.mark.parametrize("accounts", [False, True])
def test_a_server_imports_what_it_needs(tmp_path: Path, accounts: bool) -> None:
    names = (*HEAVY, *OURS)
    code = SERVER.format(patch=PATCH, folder=str(tmp_path), accounts=accounts, mode="eventlet", names=names)
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], cwd=PROJECT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    missing = {"authlib", "joserfc"}  # an OpenID provider's alone
    assert found == (sorted(set(names) - missing) if accounts else [])


LOGINS = """
import eventlet; eventlet.monkey_patch()
from engine.accounts.passwords import Passwords
passwords, beats, heard = Passwords(), [0], []
known = passwords.hashed("correct horse")

def beat():
    while True:
        beats[0] += 1
        eventlet.sleep(0)

def login(number):
    before = beats[0]
    fits = passwords.fits("correct horse" if number % 2 else "wrong horse", known)
    heard.append((fits == bool(number % 2), beats[0] - before))

eventlet.spawn(beat)
pool = eventlet.GreenPool(100)
for number in range(100):
    pool.spawn(login, number)
pool.waitall()
print(len(heard), all(right for right, _ in heard), sorted(count for _, count in heard)[50])
"""


def test_a_hundred_logins_at_once_leave_the_loop_free() -> None:
    code = "import engine.accounts.passwords as p; from dataclasses import replace\n"
    code += "p.COST = replace(p.COST, memory_cost=8192, time_cost=1, parallelism=1)\n" + LOGINS
    lines = LOGINS.strip().splitlines()
    code = "\n".join([lines[0], *code.splitlines()[:2], *lines[1:]])
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], cwd=PROJECT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    count, right, beats = done.stdout.split()
    assert (count, right) == ("100", "True") and int(beats) > 10, "others had their turn during most of them"
