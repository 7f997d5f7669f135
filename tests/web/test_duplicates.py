"""What lies in the library more than once is found by fingerprints, and told as groups of tracks."""

from pathlib import Path

import numpy as np

from engine.tag.fingerprint import Fingerprint
from tests.conftest import make_settings
from tests.live import live
from tests.made_tracks import make_tracks
from tests.waiting import until


def test_copies_are_groups_with_the_oldest_first(tmp_path: Path) -> None:
    audio_dir = make_settings(tmp_path).audio_dir
    records = make_tracks(audio_dir, 8)
    random = np.random.default_rng(1)
    words = random.integers(0, 2**32, (3, 200), dtype=np.uint32)
    noisy = words[1] ^ (random.random(200) < 0.5).astype(np.uint32)  # one bit of each second word
    texts = [Fingerprint(one, 25.0).text() for one in (words[0], words[1], noisy, words[2], words[0][40:], words[0])]
    for record, text in zip(records, [*texts, "no base64!"], strict=False):
        told = record.model_copy(update={"facts": {"fingerprint": {"words": text, "duration_s": 25.0}}})
        (audio_dir / f"{record.name}.json").write_text(told.model_dump_json(), encoding="utf-8")
    ids = [record.id for record in records]
    with live(tmp_path) as server:
        until(lambda: server.json("GET", "/api/tracks")["total"] == 8)
        found = server.json("GET", "/api/duplicates")
        assert (found["total"], found["unknown"]) == (2, 1)
        told = [[(ids.index(row["id"]), row["similarity"]) for row in group] for group in found["groups"]]
        assert told == [[(0, 1.0), (4, 1.0), (5, 1.0)], [(1, 1.0), (2, told[1][1][1])]]
        assert 0.95 < told[1][1][1] < 0.99
        assert found["groups"][0][0]["title"] == records[0].title
        assert server.json("GET", "/api/duplicates") == found
        assert server.request("DELETE", f"/api/tracks/{ids[5]}")[0] == 200
        assert server.request("DELETE", f"/api/tracks/{ids[2]}")[0] == 200
        (group,) = server.json("GET", "/api/duplicates")["groups"]
        assert [row["id"] for row in group] == [ids[0], ids[4]]
        assert server.json("GET", "/api/health")["model_packages"] == []
