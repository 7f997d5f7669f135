"""Hostile and merely wrong checkpoints: for each family a good one, and what is done to it."""

import copy
import io
import json
import shutil
import zipfile
from collections import OrderedDict
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import torch
import yaml
from safetensors.torch import save_file

from tests.generate import checkpoints as generate
from tests.split.roformer import tiny as roformer
from tests.upscale.audiolbm import tiny as audiolbm
from tests.upscale.audiosr import tiny as audiosr

MARKER = "stranger_marker_7f3a"
"""Stands in the environment while a stranger's file is read, and must not be seen in what is said of it."""

DIGITS = "9" * 20_000
HUGE = 10**6
ENVIRONMENT = "${oc.env:STRANGER}"

ALIASES = "a0: &a0 [1]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12))
MERGES = "a0: &a0 {x: 1}\n" + "".join(f"a{n}: &a{n}\n  <<: [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 8))
"""Small enough that a reader which follows them ends: 9^7 entries."""

Change = tuple[str, Any] | tuple[str, Any, str]
"""A dotted path into a configuration, what is put there (GONE takes the entry out), and what is to be named where it is
not that field: a tensor, where a value that could be is not that of the weights."""
GONE = object()
DUMPER = getattr(yaml, "CDumper", yaml.Dumper)
"""Lists of half a million numbers take the other one seconds."""
RAW = "RAW_TEXT"
"""Stands where raw text is put once the configuration is written."""


def changed(config: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    whole = copy.deepcopy(config)
    here: Any = whole
    *steps, last = path.split(".")
    for step in steps:
        here = here[int(step) if isinstance(here, list) else step]
    if value is GONE:
        del here[last]
    else:
        here[int(last) if isinstance(here, list) else last] = value
    return whole


def as_yaml(config: dict[str, Any], path: str, value: Any) -> str:
    """The configuration with one value changed; `("raw", text)` is put in as it is."""
    if isinstance(value, tuple):
        return yaml.dump(changed(config, path, RAW), Dumper=DUMPER).replace(RAW, value[1])
    return yaml.dump(changed(config, path, value), Dumper=DUMPER)


def raw(text: str) -> tuple[str, str]:
    return "raw", text


EVERYWHERE = {
    "digits": raw(DIGITS), "environment": ENVIRONMENT, "python tag": raw("!!python/object/apply:os.system ['true']"),
    "unknown tag": raw("!stranger 7"), "itself": raw("&m [*m]"), "list": [1, 2], "text": "many", "nothing": None,
    "nan": float("nan"), "infinite": float("inf"), "zero": 0, "below zero": -1, "missing": GONE, "huge": HUGE,
    "in a circle": "${in.a.circle}",
}  # fmt: skip
"""What is tried in one number of each family's configuration."""
PLAIN = [value for value in EVERYWHERE.values() if not isinstance(value, tuple) and value is not GONE]

LANGUAGE_MODEL: list[Change] = [
    *(("transformer_lm.dim", value) for value in EVERYWHERE.values()), ("transformer_lm.num_heads", 0),
    ("transformer_lm.num_heads", 7), ("transformer_lm.num_layers", HUGE),
    ("transformer_lm.num_layers", 200, "transformer.layers.3"), ("transformer_lm.num_layers", 0),
    ("transformer_lm.card", 2**40), ("transformer_lm.card", 65, "emb.0.weight"), ("transformer_lm.n_q", 0),
    ("transformer_lm.n_q", 5), ("transformer_lm.hidden_scale", float("inf")), ("transformer_lm.activation", "swishy"),
    ("transformer_lm.activation", ["gelu"]), ("transformer_lm", 7), ("transformer_lm", GONE),
    ("codebooks_pattern.modeling", "spiral"), ("codebooks_pattern.delay.delays", [0] * 40_000),
    ("codebooks_pattern.delay.delays", [0] * 500_000, "KiB"), ("codebooks_pattern.delay.delays", [0, 1]),
    ("codebooks_pattern.delay.delays", [0, 1, 2, HUGE]), ("fuser", []), ("fuser.cross", "description"),
    ("conditioners", 5), ("conditioners.description.model", "clap"), ("conditioners.description.model", "__class__"),
    ("conditioners.description.t5", GONE), ("conditioners.description.t5.name", "../../etc"),
    ("conditioners.description.t5.normalize_text", True), ("sample_rate", 0), ("sample_rate", 16_000),
    ("channels", 3), ("dataset.segment_duration", float("nan")), ("dataset.segment_duration", HUGE),
    ("dataset", GONE), ("classifier_free_guidance.inference_coef", "strict"), ("interleave_stereo_codebooks", "yes"),
]  # fmt: skip

CODEC: list[Change] = [
    *(("seanet.n_filters", value) for value in EVERYWHERE.values() if value is not GONE),
    ("seanet.n_filters", 512, "conv.bias: [4], not [512]"), ("seanet.ratios", [0, 5, 4, 4]), ("seanet.ratios", []),
    ("seanet.ratios", [1] * 100_000), ("seanet.ratios", 640), ("seanet.activation", "Linear"),
    ("seanet.activation", "Bilinear"), ("seanet.activation_params", {"in_features": 10**9}), ("seanet.lstm", HUGE),
    ("seanet.lstm", 15), ("seanet.n_residual_layers", 10**5), ("seanet.compress", 0), ("seanet.compress", 1000),
    ("seanet.norm", "none", "conv.weight"), ("seanet.norm", "magic"), ("seanet.kernel_size", 0),
    ("seanet.pad_mode", "sideways"), ("seanet.extra", 1), ("seanet.encoder", {"dimension": 99}),
    ("seanet.decoder", 5), ("seanet", GONE), ("rvq.bins", 2**40), ("rvq.n_q", HUGE), ("rvq.bins", 0),
    ("encodec.sample_rate", 1), ("encodec.quantizer", "none"), ("encodec", []), ("compression_model", "dac"),
]  # fmt: skip

MELODY: list[Change] = [
    ("conditioners.self_wav.chroma_stem.radix2_exp", 60), ("conditioners.self_wav.chroma_stem.n_chroma", HUGE),
    ("conditioners.self_wav.chroma_stem.n_chroma", 24, "output_proj.weight"),
    ("conditioners.self_wav.chroma_stem.winhop", 1), ("conditioners.self_wav.chroma_stem.winhop", 0),
    ("conditioners.self_wav.chroma_stem.nfft", 64), ("conditioners.self_wav.chroma_stem.sample_rate", 0),
    ("conditioners.self_wav.chroma_stem", GONE),
]  # fmt: skip

STYLE: list[Change] = [
    ("conditioners.self_wav.style.bins", 10**9), ("conditioners.self_wav.style.n_q_out", HUGE),
    ("conditioners.self_wav.style.n_q_out", 7, "layers.6"), ("conditioners.self_wav.style.ds_factor", 0),
    ("conditioners.self_wav.style.transformer_scale", "huge"), ("conditioners.self_wav.style.transformer_scale", []),
    ("conditioners.self_wav.style.batch_norm", False),
]  # fmt: skip

ROFORMER: list[Change] = [
    *(("model.dim", value) for value in EVERYWHERE.values()), ("model.depth", HUGE),
    ("model.depth", 64, "layers.2.0"), ("model.num_stems", 64, "instruments"), ("model.heads", 0),
    ("model.mask_estimator_depth", 8, "mask_estimators.0"), ("model.dim_head", 15), ("model.freqs_per_bands", 5),
    ("model.freqs_per_bands", [1] * 40_000), ("model.stft_hop_length", 0), ("model.activation", "swishy"),
    ("model", 7, "w.yaml"), ("audio.chunk_size", raw(DIGITS)), ("training.target_instrument", ENVIRONMENT),
]  # fmt: skip

MBD: list[Change] = [
    *(("diffusion_unet.hidden", value) for value in PLAIN), ("diffusion_unet.depth", HUGE),
    ("diffusion_unet.depth", 10, "encoders.4"), ("diffusion_unet.kernel", 0), ("diffusion_unet.stride", 0),
    ("diffusion_unet.growth", 1e30), ("diffusion_unet.norm_groups", 0), ("diffusion_unet.norm_groups", 3),
    ("diffusion_unet.res_blocks", HUGE), ("diffusion_unet.activation", "swishy"), ("diffusion_unet", GONE),
    ("schedule.num_steps", 10), ("schedule.num_steps", 10**9), ("schedule.beta_exp", 0),
    ("schedule.repartition", "odd"), ("processor.n_bands", HUGE), ("processor.use", "perhaps"),
    ("processor.power_std", "${oc.env:STRANGER}"),
]  # fmt: skip

MERT: list[Change] = [
    ("num_hidden_layers", HUGE), ("num_hidden_layers", 120, "encoder.layers.2"), ("hidden_size", 0),
    ("hidden_size", 48, "[32, 16], not [48, 16]"), ("hidden_size", "DIGITS"), ("num_attention_heads", 0),
    ("num_attention_heads", 5), ("conv_dim", [16], "conv_stride"), ("conv_dim", 16), ("conv_kernel", [0] * 7),
    ("conv_stride", [10**9] * 7), ("hidden_act", "swishy"), ("layer_norm_eps", float("nan")),
    ("num_conv_pos_embeddings", 10**9), ("num_conv_pos_embedding_groups", 0), ("intermediate_size", None),
    ("conv_bias", []),
]  # fmt: skip

T5: list[Change] = [
    ("num_layers", HUGE), ("num_layers", 100), ("d_model", 0), ("d_model", 512), ("d_kv", 10**9),
    ("vocab_size", 2**40), ("num_heads", 0), ("d_ff", "DIGITS"), ("d_model", GONE), ("model_type", "llama"),
    ("d_ff", float("inf")),
]  # fmt: skip

AUDIOLBM: list[Change] = [
    ("dit.layers", HUGE), ("dit.layers", 200, "blocks."), ("dit.layers", "DIGITS"), ("dit.heads", 0),
    ("dit.hidden", 10**9), ("vae.strides", [2] * 100_000), ("vae.strides", [0, 4, 8, 8]),
    ("vae.multipliers", [10**9] * 4), ("vae.channels", 0), ("latent_scale", float("inf")), ("crop_s", float("nan")),
    ("g2_max", 0), ("dit", GONE), ("rate_hz", 7), ("format", []),
]  # fmt: skip

ARGUMENTS: list[Change] = [
    ("depth", HUGE), ("depth", 0), ("depth", 9, "encoder.4"), ("channels", 10**9),
    ("channels", 512, "[8, 4, 8, 1], not [512, 4, 8, 1]"), ("growth", float("nan")), ("growth", 0),
    ("kernel_size", 0), ("stride", 0), ("nfft", 0), ("nfft", 2**40), ("t_layers", HUGE), ("t_layers", 60, "layers.2"),
    ("t_heads", 0), ("t_heads", 7), ("t_emb", "odd"), ("bottom_channels", 10**9), ("dconv_comp", 0),
    ("dconv_depth", HUGE), ("norm_groups", 0), ("segment", 0), ("segment", 1e-9), ("segment", "long"),
    ("segment", float("inf")), ("samplerate", 0), ("sources", []), ("sources", "drums"), ("sources", ["../../x"] * 4),
    ("sources", ["a"] * 4), ("sources", ["a"], "[8, 16, 8, 1], not [8, 4, 8, 1]"), ("audio_channels", 0),
    ("audio_channels", HUGE), ("t_mask_type", []), ("multi_freqs", [0.1] * 10**5), ("context", HUGE),
    ("rescale", None),
]  # fmt: skip
"""Of HTDemucs, in a .th package and in a .safetensors."""


def tensor_tricks() -> dict[str, Callable[[Path], None]]:
    """Files of torch that claim what they have not: for any family, written to the path."""

    return {
        "expanded": lambda path: torch.save({"a": torch.zeros(1).expand(10**12)}, path),
        "without numbers": lambda path: torch.save({"a": torch.zeros(9, device="meta")}, path),
        "sparse": lambda path: torch.save({"a": torch.eye(3).to_sparse()}, path),
        "compressed": lambda path: path.write_bytes(_compressed()) and None,
        "a list": lambda path: torch.save([torch.zeros(1)], path),
        "a number": lambda path: torch.save(7, path),
        "bytes": lambda path: torch.save({"a": bytearray(9)}, path),
        "deep": lambda path: torch.save(_deep(400), path),
        "empty": lambda path: path.write_bytes(b"") and None,
        "an empty archive": lambda path: path.write_bytes(b"PK\x05\x06" + bytes(18)) and None,
        "a cut pickle": lambda path: path.write_bytes(b"\x80\x02}q\x00") and None,
    }


@cache
def _compressed() -> bytes:
    """256 MiB that compress well."""
    held, small = io.BytesIO(), io.BytesIO()
    torch.save({"a": torch.zeros(1 << 26)}, held)
    with zipfile.ZipFile(held) as whole, zipfile.ZipFile(small, "w", zipfile.ZIP_DEFLATED) as packed:
        for entry in whole.infolist():
            packed.writestr(entry.filename, whole.read(entry))
    return small.getvalue()


def _deep(levels: int) -> Any:
    value: Any = torch.zeros(1)
    for _ in range(levels):
        value = [value]
    return {"a": value}


def header_tricks() -> dict[str, bytes]:
    """Heads of a safetensors file."""

    def file(header: str, data: bytes = b"") -> bytes:
        return len(header).to_bytes(8, "little") + header.encode() + data

    def entry(shape: Any, offsets: Any, dtype: str = "F32", name: str = "a") -> str:
        return f'"{name}":' + json.dumps({"dtype": dtype, "shape": shape, "data_offsets": offsets})

    return {
        "endless header": (2**60).to_bytes(8, "little") + b"{}",
        "no header": b"\x05",
        "no json": file("nonsense"),
        "deep json": file("[" * 50_000),
        "huge shape": file("{" + entry([2**40, 2**20], [0, 4]) + "}", bytes(4)),
        "negative shape": file("{" + entry([-1], [0, 4]) + "}", bytes(4)),
        "offsets beyond": file("{" + entry([1], [0, 2**40]) + "}", bytes(4)),
        "offsets over each other": file("{" + entry([1], [0, 4]) + "," + entry([1], [0, 4], name="b") + "}", bytes(4)),
        "unknown type": file("{" + entry([1], [0, 4], "X9") + "}", bytes(4)),
        "the same name": file("{" + entry([1], [0, 4]) + "," + entry([1], [4, 8]) + "}", bytes(8)),
    }  # fmt: skip


class Workshop:
    """Writes the good checkpoint of each family and its changes, a folder each; `cases`: (family, folder, field)."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.cases: list[tuple[str, Path, str]] = []

    def _folder(self, family: str, name: str) -> Path:
        folder = self.place / family / name
        folder.mkdir(parents=True)
        return folder

    def _add(self, family: str, field: str, *_: str) -> Path:
        """A folder for one more case; `field` is to be named."""
        folder = self._folder(family, f"{len(self.cases):03}")
        self.cases.append((family, folder, field))
        return folder

    def _good(self, family: str) -> Path:
        return self._folder(family, "good")

    # families

    def musicgen(self) -> None:
        self._good("musicgen")
        for kind, changes in (("text", LANGUAGE_MODEL), ("melody", MELODY), ("style", STYLE)):
            whole = self.place / f"musicgen-{kind}"
            generate.write_checkpoint(whole, kind)
            package = torch.load(whole / "state_dict.bin", weights_only=True)
            config = generate.language_model_config(kind)
            if kind == "text":
                self._musicgen_files(self.place / "musicgen" / "good", whole)
                codec = torch.load(whole / "compression_state_dict.bin", weights_only=True)
                for path, value, *said in CODEC:
                    folder = self._musicgen_files(self._add("musicgen", *said, path), whole)
                    self._save({**codec, "xp.cfg": as_yaml(generate.codec_config(), path, value)},
                               folder / "compression_state_dict.bin")  # fmt: skip
                for text in (
                    ALIASES,
                    MERGES,
                    "[" * 20_000,
                    "lm_model: [",
                    "7",
                    "",
                    "a: 1\n---\nb: 2",
                    "\x00",
                    "🎵: *x",
                ):
                    folder = self._musicgen_files(self._add("musicgen", ""), whole)
                    self._save({**package, "xp.cfg": text}, folder / "state_dict.bin")
                for wrong in (
                    {"xp.cfg": 7}, {"best_state": [1]}, {"best_state": {}},
                    {"best_state": dict.fromkeys(package["best_state"], "x")},
                    {"best_state": {name: tensor.long() for name, tensor in package["best_state"].items()}},
                ):  # fmt: skip
                    folder = self._musicgen_files(self._add("musicgen", ""), whole)
                    self._save({**package, **wrong}, folder / "state_dict.bin")
                for path, value, *said in T5:
                    folder = self._add("musicgen", *said, path)
                    self._musicgen_files(folder, whole)
                    encoder = folder / "models" / "t5-base"
                    encoder.unlink()
                    shutil.copytree(self.place / "t5-base", encoder)
                    told = json.loads((encoder / "config.json").read_text(encoding="utf-8"))
                    self._json(changed(told, path, value), encoder / "config.json")
                for trick in tensor_tricks().values():
                    file = self._musicgen_files(self._add("musicgen", ""), whole) / "state_dict.bin"
                    file.unlink()
                    trick(file)
            for path, value, *said in changes:
                folder = self._musicgen_files(self._add("musicgen", *said, path), whole)
                self._save({**package, "xp.cfg": as_yaml(config, path, value)}, folder / "state_dict.bin")

    def _musicgen_files(self, folder: Path, whole: Path) -> Path:
        """The folder of the model, its files linked; what is written there replaces a link, not what it leads to."""
        mine = folder / "models" / "mine"
        mine.mkdir(parents=True)
        encoder = self.place / "t5-base"
        if not encoder.exists():
            generate.write_text_encoder(encoder)
        (folder / "models" / "t5-base").symlink_to(encoder)
        for name in ("state_dict.bin", "compression_state_dict.bin"):
            (mine / name).hardlink_to(whole / name)
        return mine

    def _save(self, package: Any, path: Path) -> None:
        path.unlink(missing_ok=True)
        torch.save(package, path)

    def _json(self, config: Any, path: Path) -> None:
        path.unlink(missing_ok=True)
        path.write_text(json.dumps(config).replace('"DIGITS"', DIGITS), encoding="utf-8")

    def mbd(self) -> None:
        from omegaconf import OmegaConf

        generate.write_diffusion(self._good("mbd"))
        package = torch.load(self.place / "mbd" / "good" / "mbd_musicgen_32khz.th", weights_only=False)
        config = OmegaConf.to_container(package[1]["cfg"])
        name = "mbd_musicgen_32khz.th"
        for path, value, *said in MBD:
            wrong = OmegaConf.create(changed(config, path, value))
            self._save({**package, 1: {**package[1], "cfg": wrong}}, self._add("mbd", *said, path) / name)
        for wrong in (
            {"n_bands": 10**9}, {"n_bands": 0}, {"n_bands": "four"}, {"sample_rate": 0}, {"sample_rate": None},
            {0: {}}, {0: 5}, {0: {**package[0], "cfg": 7}}, {0: {**package[0], "model_state": {}}},
            {0: {**package[0], "model_state": 3}}, {2: {**package[2], "processor_state": {}}},
            {0: {**package[0], "cfg": _bomb()}},
        ):  # fmt: skip
            self._save({**package, **wrong}, self._add("mbd", "") / name)
        for trick in tensor_tricks().values():
            trick(self._add("mbd", "") / name)

    def mert(self) -> None:
        good = generate.write_mert(self._good("mert"))
        told = json.loads((good / "config.json").read_text(encoding="utf-8"))
        for path, value, *said in MERT:
            folder = self._add("mert", *said, path)
            self._json(changed(told, path, value), folder / "config.json")
            (folder / "pytorch_model.bin").hardlink_to(good / "pytorch_model.bin")
        for content in (b"", b"[" * 50_000, b"{", b"[]", b"7", b"\xff\xfe", b" " * (2 << 20)):
            folder = self._add("mert", "")
            (folder / "config.json").write_bytes(content)
            (folder / "pytorch_model.bin").hardlink_to(good / "pytorch_model.bin")
        for trick in tensor_tricks().values():
            folder = self._add("mert", "")
            self._json(told, folder / "config.json")
            trick(folder / "pytorch_model.bin")

    def roformer(self) -> None:
        good = self._good("roformer")
        document, state = roformer.document(roformer.TINY), roformer.random_peer(roformer.TINY).state_dict()
        torch.save(state, good / "w.ckpt")
        roformer.write_yaml(good / "w.yaml", document)
        for path, value, *said in ROFORMER:
            folder = self._add("roformer", *said, path.rpartition(".")[2])
            (folder / "w.ckpt").hardlink_to(good / "w.ckpt")
            (folder / "w.yaml").write_text(as_yaml(document, path, value), encoding="utf-8")
        for text in (ALIASES, MERGES, "[" * 20_000, "model: [", "7", "", "# " + "x" * (2 << 20)):
            folder = self._add("roformer", "")
            (folder / "w.ckpt").hardlink_to(good / "w.ckpt")
            (folder / "w.yaml").write_text(text, encoding="utf-8")
        for trick in tensor_tricks().values():
            folder = self._add("roformer", "")
            (folder / "w.yaml").hardlink_to(good / "w.yaml")
            trick(folder / "w.ckpt")
        for head in header_tricks().values():
            folder = self._add("roformer", "")
            (folder / "w.yaml").hardlink_to(good / "w.yaml")
            (folder / "w.safetensors").write_bytes(head)

    def demucs(self) -> None:
        from demucs.htdemucs import HTDemucs

        sources = ["drums", "bass", "other", "vocals"]
        shape: dict[str, Any] = {"channels": 8, "bottom_channels": 32, "t_layers": 2, "dconv_mode": 3, "segment": 1.5}
        network = HTDemucs(sources, **shape)
        state = {name: tensor.clone() for name, tensor in network.state_dict().items()}

        def th(folder: Path, **wrong: Any) -> None:
            place = folder / "models" / "htdemucs"
            place.mkdir(parents=True)
            whole = {"klass": HTDemucs, "args": (sources,), "kwargs": shape, "state": state}
            torch.save({**whole, **wrong}, place / "955717e8.th")

        def hub(folder: Path, **wrong: str) -> None:
            place = folder / "models" / "htdemucs"
            place.mkdir(parents=True)
            whole = {"klass": "demucs.htdemucs.HTDemucs", "args": json.dumps([sources]), "kwargs": json.dumps(shape)}
            save_file(state, place / "955717e8.safetensors", metadata={**whole, **wrong})

        hub(self._good("demucs"))
        for name, value, *said in ARGUMENTS:
            given = ([value], shape) if name == "sources" else ([sources], {**shape, name: value})
            th(self._add("demucs", *said, name), args=tuple(given[0]), kwargs=given[1])
            hub(self._add("demucs", *said, name), args=json.dumps(given[0]), kwargs=json.dumps(given[1]))
        for wrong in (
            {"klass": OrderedDict}, {"klass": None}, {"args": 7}, {"args": "drums"}, {"kwargs": []}, {"state": {}},
            {"state": 7}, {"state": {"__quantized": True}}, {"args": ()}, {"args": ([Fraction(1, 3)],)},
        ):  # fmt: skip
            th(self._add("demucs", ""), **wrong)
        zero = '{"segment": {"_type": "fraction", "numerator": 1, "denominator": 0}}'
        for told in (
            {"klass": "os.system", "args": '["true"]'}, {"klass": "HTDemucs"}, {"klass": ""}, {"args": "["},
            {"args": "[" * 50_000}, {"kwargs": zero}, {"kwargs": '{"depth": ' + DIGITS + "}"},
            {"kwargs": '{"depth": NaN}'},
            {"structure": "[]"}, {"structure": '{"_class": "os.system"}'}, {"structure": '{"_tensor": "nothing"}'},
            {"structure": '{"_dict": 7}'},
        ):  # fmt: skip
            hub(self._add("demucs", ""), **told)
        for content in header_tricks().values():
            place = self._add("demucs", "") / "models" / "htdemucs"
            place.mkdir(parents=True)
            (place / "955717e8.safetensors").write_bytes(content)
        for trick in tensor_tricks().values():
            place = self._add("demucs", "") / "models" / "htdemucs"
            place.mkdir(parents=True)
            trick(place / "955717e8.th")

    def audiosr(self) -> None:
        good, state = self._good("audiosr"), audiosr.state()
        torch.save({"state_dict": state}, good / "w.bin")
        for name, tensor in (
            ("scale_factor", torch.tensor(float("nan"))), ("scale_factor", torch.zeros(0)),
            ("scale_factor", torch.zeros(2)), ("model.diffusion_model.input_blocks.0.0.weight", torch.zeros(4096, 1)),
            ("first_stage_model.encoder.conv_in.weight", torch.zeros(64, 1, 3, 3)),
            ("first_stage_model.vocoder.conv_pre.weight", torch.zeros(())),
        ):  # fmt: skip
            torch.save({"state_dict": {**state, name: tensor}}, self._add("audiosr", name) / "w.bin")
        for trick in tensor_tricks().values():
            trick(self._add("audiosr", "") / "w.bin")
        for head in header_tricks().values():
            (self._add("audiosr", "") / "w.safetensors").write_bytes(head)

    def audiolbm(self) -> None:
        good = self._good("audiolbm")
        audiolbm.write_tiny(good, 48_000)
        for path, value, *said in AUDIOLBM:
            folder = self._linked(good, self._add("audiolbm", *said, path))
            self._json(changed(audiolbm.tiny_config(48_000), path, value), folder / "config.json")
        for content in (b"", b"[" * 50_000, b"[]", b"\xff\xfe", b" " * (2 << 20)):
            folder = self._linked(good, self._add("audiolbm", ""))
            (folder / "config.json").unlink()
            (folder / "config.json").write_bytes(content)
        for head in header_tricks().values():
            folder = self._linked(good, self._add("audiolbm", ""))
            (folder / "dit.safetensors").unlink()
            (folder / "dit.safetensors").write_bytes(head)

    def _linked(self, good: Path, folder: Path) -> Path:
        place = folder / "audiolbm-48k"
        place.mkdir()
        for path in (good / "audiolbm-48k").iterdir():
            (place / path.name).hardlink_to(path)
        return place


def _bomb() -> Any:
    """OmegaConf nodes that hold each other nine times over, eleven levels deep: 31 thousand million entries."""
    from omegaconf import OmegaConf

    node = OmegaConf.create({"a": 1})
    for _ in range(11):
        outer = OmegaConf.create({})
        outer.__dict__["_content"] = {str(place): node for place in range(9)}
        node = outer
    return node


FAMILIES = ("musicgen", "mbd", "mert", "roformer", "demucs", "audiosr", "audiolbm")
