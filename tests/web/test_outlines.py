"""Waveforms for the rows of a list."""

import json

import numpy as np

from tests.live import Live
from tests.web.test_sounds import RATE_HZ, brought


def test_tracks_and_uploads_have_outlines_and_what_has_none_is_left_out(server: Live) -> None:
    loud_end = np.concatenate([np.full((1, RATE_HZ), 0.1), np.full((1, RATE_HZ), 0.9)], axis=1).astype("f4")
    upload = brought(server, loud_end)
    track = f"track:{server.finished(server.ask(duration=2))['track_ids'][0]}"
    unknown = f"track:{'0' * 32}"
    found = server.json("GET", f"/api/outlines?keys={upload},{track},{unknown}")["outlines"]
    assert found[upload] == "4" * 30 + "z" * 30
    assert len(found[track]) == 60 and "z" in found[track]
    assert unknown not in found


def test_what_are_no_keys_is_refused(server: Live) -> None:
    for keys in ("", "track:1", "../secret", ",".join([f"track:{'0' * 32}"] * 101)):
        status, _, body = server.request("GET", f"/api/outlines?keys={keys}")
        assert (status, json.loads(body)["error"]["detail"]["key"]) == (400, "error.outline_keys")
