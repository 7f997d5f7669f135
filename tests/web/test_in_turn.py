"""However many ask at once, the loop goes on between two of them."""

import subprocess
import sys

from engine.settings import PROJECT

SCRIPT = """
import eventlet; eventlet.monkey_patch()
from engine.web.in_turn import InTurn

beats, begun = [0], []

def beat():
    while True:
        beats[0] += 1
        eventlet.sleep(0)

def app(environ, start_response):
    begun.append(beats[0])
    return [b"x"]

eventlet.spawn(beat)
pool, asked = eventlet.GreenPool(100), InTurn(app)

def keeps_asking(_):
    for _ in range(5):
        assert asked({}, None) == [b"x"]

for _ in range(100):
    pool.spawn(keeps_asking, None)
pool.waitall()
print(len(begun), min(later - earlier for earlier, later in zip(begun, begun[1:])))
"""


def test_between_two_requests_everybody_else_has_their_turn() -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", SCRIPT], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    count, least = map(int, done.stdout.split())
    assert count == 500 and least >= 1
