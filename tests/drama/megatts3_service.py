"""A service of MegaTTS3's form, which answers with a tone a letter and keeps what it was asked."""

import atexit
import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from flask import Flask, Response, jsonify, request
from werkzeug.serving import make_server

RATE_HZ = 24_000


class Service:
    """`asked`: form and files of each request. `broken`: what it answers with in place of sound; `held`: it
    answers while this is set."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.broken: Response | None = None
        self.held = threading.Event()
        self.held.set()
        self.address = ""

    def app(self) -> Flask:
        app = Flask(__name__)

        @app.get("/health")
        def health() -> dict[str, str]:
            return {"status": "healthy"}

        @app.post("/api/v1/tts/synthesize_file")
        def synthesize() -> Response | tuple[Response, int]:
            files = {name: file.read() for name, file in request.files.items()}
            self.asked.append({**request.form.to_dict(), **files})
            self.held.wait(30)
            if self.broken is not None:
                return self.broken
            if "audio_file" not in files:
                return jsonify(error="no audio_file"), 400
            at_s = np.arange(round(0.06 * RATE_HZ)) / RATE_HZ
            tones = [0.5 * np.sin(2 * np.pi * (200 + ord(sign) % 400) * at_s) for sign in request.form["text"]]
            packed = io.BytesIO()
            soundfile.write(packed, np.concatenate(tones), RATE_HZ, format="WAV")
            return Response(packed.getvalue(), mimetype="audio/wav")

        return app


@contextmanager
def serving() -> Iterator[Service]:
    service = Service()
    server = make_server("127.0.0.1", 0, service.app(), threaded=True)
    service.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield service
    finally:
        service.held.set()
        server.shutdown()
        thread.join()


@cache
def always_serving() -> Service:
    """One for all tests of this run."""
    context = serving()
    service = context.__enter__()
    atexit.register(context.__exit__, None, None, None)
    return service


def write_clip(folder: Path, name: str = "anna.en.female.wav", latent: bool = True) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    soundfile.write(path, np.zeros(2400), RATE_HZ)
    if latent:
        np.save(path.with_suffix(".npy"), np.zeros((1, 32, 10), np.float32))
    return path
