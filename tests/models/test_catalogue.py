"""The catalogue is complete and light, and its sources read back."""

import json
import string
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import AppError, Code
from engine.fetch import COMMAND
from engine.fetch.params import FetchParams
from engine.messages import CATALOGUES, LANGUAGES
from engine.models import MODELS, find
from engine.models.catalogue import PACKAGE_BYTES, human_size
from engine.models.sources import parse

NAME = st.text(string.ascii_letters + string.digits + "._-", min_size=1, max_size=12)


def test_every_model_is_sorted_named_and_licensed() -> None:
    assert list(MODELS) == sorted(MODELS)
    for id_, model in MODELS.items():
        assert model.id == id_
        assert model.licence
        assert len({file.name for file in model.files}) == len(model.files)


def test_a_checksum_goes_with_an_exact_size_and_a_package() -> None:
    for model in MODELS.values():
        for file in model.files:
            from_package = any(parse(source).kind in ("npm", "pypi", "sdist") for source in file.sources)
            known = (file.sha256 is not None, file.size is not None)
            assert known in {(True, True)} | (set() if from_package else {(False, True), (False, False)}), file.name


def test_packages_have_a_known_download_size_and_no_other_is_listed() -> None:
    sources = [parse(source) for model in MODELS.values() for file in model.files for source in file.sources]
    packages = {f"{source.kind}:{source.package}" for source in sources if source.kind in ("npm", "pypi", "sdist")}
    assert packages == set(PACKAGE_BYTES)


def test_an_unknown_model_is_named_in_the_error() -> None:
    with pytest.raises(AppError) as caught:
        find("no-such-model")
    assert caught.value.code is Code.NOT_FOUND
    assert "no-such-model" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "package", "paths", "revision"),
    [
        ("hf:a/b/c/d.bin@v1", "a/b", ("c/d.bin",), "v1"),
        ("hf:a/b/d.bin", "a/b", ("d.bin",), "main"),
        ("npm:p@1.0.0/x/y.sf2", "p@1.0.0", ("x/y.sf2",), "main"),
        ("npm:@s/p@1.0.0-rc.1/y", "@s/p@1.0.0-rc.1", ("y",), "main"),
        ("npm:p@1/y{8..10}.bin", "p@1", ("y8.bin", "y9.bin", "y10.bin"), "main"),
        ("pypi:p.q==1!2.0+cpu/p/q.onnx", "p.q==1!2.0+cpu", ("p/q.onnx",), "main"),
        ("sdist:p.q==1.0/p/q.pt", "p.q==1.0", ("p/q.pt",), "main"),
        ("file:/models/y.bin", "", ("/models/y.bin",), "main"),
        ("file:C:\\models\\y.bin", "", ("C:\\models\\y.bin",), "main"),
    ],
)
def test_sources_are_read(text: str, package: str, paths: tuple[str, ...], revision: str) -> None:
    source = parse(text)
    assert (source.package, source.paths, source.revision) == (package, paths, revision)


@given(NAME, NAME, NAME, st.lists(NAME, min_size=1, max_size=3).map("/".join))
def test_what_is_put_into_a_source_comes_out(owner: str, name: str, version: str, path: str) -> None:
    assert parse(f"npm:@{owner}/{name}@{version}/{path}").paths == (path,)
    assert parse(f"pypi:{name}=={version}/{path}").package == f"{name}=={version}"
    hub = parse(f"hf:{owner}/{name}/{path}@{version}")
    assert (hub.package, hub.paths, hub.revision) == (f"{owner}/{name}", (path,), version)


@pytest.mark.parametrize("text", ["", "x", "http://h/x", "npm:p/x", "npm:p@1", "npm:--flag/x", "pypi:p/x", "hf:a/b"])
def test_other_text_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a source"):
        parse(text)


@given(st.integers(0, 10**13))
def test_sizes_for_people_are_right_to_a_twentieth(size: int) -> None:
    number, unit = human_size(size).split()
    factor = {"B": 1, "kB": 1e3, "MB": 1e6, "GB": 1e9}[unit]
    assert abs(float(number) * factor - size) <= 0.05 * size + 0.5


def test_the_command_offers_what_can_be_fetched() -> None:
    offered = FetchParams.model_json_schema()["properties"]["model"]["enum"]
    assert offered == [model.id for model in MODELS.values() if model.fetchable]
    assert FetchParams.checked({"model": " GeneralUser "}) == FetchParams(model="generaluser")
    assert COMMAND.lane(FetchParams(model="kokoro")) == "light"
    with pytest.raises(AppError, match="model") as refused:
        FetchParams.checked({"model": "bs-roformer-viperx"})
    assert refused.value.code is Code.INVALID_INPUT


def test_importing_the_command_stays_light() -> None:
    heavy = "numpy", "torch", "onnxruntime", "huggingface_hub", "httpx2", "requests", "filelock", "engine.models.fetch"
    code = f"import sys, engine.fetch; print([m for m in {heavy!r} if m in sys.modules])"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"


def placeholders(sentence: str) -> set[str]:
    return {field for _, field, _, _ in string.Formatter().parse(sentence) if field}


def test_every_sentence_exists_in_every_language_with_the_same_values() -> None:
    sentences = [
        json.loads((CATALOGUES / language / "errors-models.json").read_text(encoding="utf-8")) for language in LANGUAGES
    ]
    for others in sentences[1:]:
        assert others.keys() == sentences[0].keys()
        for key, sentence in others.items():
            assert placeholders(sentence) == placeholders(sentences[0][key]), key
