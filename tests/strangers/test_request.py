"""An own model is judged at the request without anything heavy: the server does it, and the answer comes at once."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from engine.settings import PROJECT

SCRIPT = """if True:
    import json, sys
    from pathlib import Path
    from engine.commands import command
    from engine.errors import AppError
    asked = command(sys.argv[1])
    params = asked.params.checked(json.loads(sys.argv[2]))
    try:
        asked.check(params, Path(sys.argv[3]))
        told = None
    except AppError as error:
        told = error.body()
    heavy = sorted({"torch", "numpy", "omegaconf", "audiocraft", "demucs", "onnx"} & set(sys.modules))
    print(json.dumps({"told": told, "heavy": heavy}))
"""
WISHES = {"generate": {"prompt": "x"}, "split": {"source": "upload:" + "0" * 32}}


@pytest.mark.parametrize("command", WISHES)
@pytest.mark.parametrize("name", ["nowhere", "", "mine", "."])
def test_a_model_that_is_not_there_is_said_without_torch(command: str, name: str, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "state_dict.bin").write_bytes(b"neither")
    (tmp_path / "mine" / "w.ckpt").write_bytes(b"neither")
    (tmp_path / "mine" / "w.yaml").write_text("model:\n  dim: ${oc.env:HOME}", encoding="utf-8")
    wish = json.dumps({**WISHES[command], "model": "own", "own_model": name})
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, command, wish, str(tmp_path)], cwd=PROJECT, capture_output=True, text=True,
        timeout=120, check=True,
    )  # fmt: skip
    found = json.loads(done.stdout)
    assert found["heavy"] == [] and found["told"]
    code = {"nowhere": "MODEL_MISSING", "": "INVALID_INPUT", "mine": "INVALID_INPUT", ".": "INVALID_INPUT"}[name]
    assert found["told"]["code"] == code, found
    if (command, name) == ("split", "mine"):
        assert "model.dim asks for oc.env" in found["told"]["message"]


@pytest.mark.parametrize("command", WISHES)
def test_other_models_are_not_looked_for(command: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, command, json.dumps(WISHES[command]), str(tmp_path / "none")], cwd=PROJECT,
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    assert json.loads(done.stdout) == {"told": None, "heavy": []}
