"""FFmpeg's libraries through PyAV: what could bring the process down."""

import subprocess
import sys
from pathlib import Path

import av
import numpy as np

from engine.settings import PROJECT

READ_OFTEN = """
import sys
import numpy as np
from engine.audio.ffmpeg import FfmpegSource
for _ in range(20):
    with open(sys.argv[1], "rb") as file:
        source = FfmpegSource(file)
        audio = np.concatenate(list(source.blocks()), axis=1)
        source.close()
print(source.layout.name, audio.shape[1], np.round(audio[:, 5] * 32.768).astype(int).tolist())
"""


def test_channels_in_an_order_of_their_own_do_not_damage_the_memory(tmp_path: Path) -> None:
    """A CAF of 7.1 has the side channels before the back ones, which FFmpeg can only write down as a list.

    Read in a process of its own: PyAV 18.1 freed that list twice, and the process was aborted.
    """
    path = tmp_path / "a.caf"
    numbers = np.repeat(np.arange(8, dtype=np.int16)[None] * 1000, 4800, axis=0).reshape(1, -1)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=48000, layout="7.1")
        frame = av.AudioFrame.from_ndarray(numbers, format="s16", layout="7.1")
        frame.sample_rate = 48000
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    command = [sys.executable, "-c", READ_OFTEN, str(path)]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "7.1 4800 [0, 1, 2, 3, 6, 7, 4, 5]\n"), done.stderr
