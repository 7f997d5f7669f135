"""The runner's part for language models: from parameters to tracks."""

import gc
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import torch

from engine.audio.block import Audio
from engine.audio.decode import blocks, probe, read
from engine.audio.loudness import CEILING_DBTP
from engine.context import JobContext, TrackDraft
from engine.errors import AppError, Code, about, invalid
from engine.generate.append import appended
from engine.generate.autotune import auto_tune
from engine.generate.effective import drawn_seed
from engine.generate.effective import effective as composed
from engine.generate.heard import hear
from engine.generate.levels import as_stereo, level_of, levelled
from engine.generate.models import LANGUAGE_MODEL, OFFERED, OWN, need_mb, precision_for
from engine.generate.musicgen.diffusion import Diffusion
from engine.generate.musicgen.engine import GenerationRequest, MusicGen
from engine.generate.musicgen.melody import RATE_HZ as MELODY_RATE_HZ
from engine.generate.musicgen.melody import MelodyFinder
from engine.generate.musicgen.pattern import Codes
from engine.generate.musicgen.sampling import Draw
from engine.generate.musicgen.style import MERT, StyleListener, excerpt
from engine.generate.params import GenerateParams
from engine.library.record import AutoTune
from engine.models.catalogue import MODELS
from engine.models.device import empty_cache, free_mb
from engine.models.ensure import ensure, located, needed
from engine.models.store import ModelStore
from engine.upstream.mert import RATE_HZ as STYLE_RATE_HZ

MBD = "mbd-musicgen"

JOIN_S = 0.05
"""A continued clip runs into its continuation over so long: both are the same music there."""

TUNED = ("temperature", "cfg_coef", "duration", "top_k", "top_p")


def perform(params: GenerateParams, job: JobContext) -> None:
    """Generate the variations asked for and hand them in."""
    parameters, told = effective(params)
    files = {model: located(model, job.models_dir) for model in _models(params)}
    job.plan(
        **({} if all(files.values()) else {"DOWNLOADING": 60, "VERIFYING": 2}),
        LOADING=1, LISTENING=1, GENERATING=30,
        **({"DECODING": 150} if params.mbd else {}),
    )  # fmt: skip
    for model, found in files.items():
        files[model] = found or ensure(model, job)
    folder = job.models_dir / params.own_model if params.model == OWN else files[OFFERED[params.model].id][0].parent
    job.progress(0, 1, "LOADING")
    performed, engine = _first_that_fits(
        params, job, lambda engine: _perform(params, parameters, engine, job), folder
    )  # fmt: skip
    for index, sound in enumerate(performed["sounds"]):
        _hand_in(params, {**parameters, "auto_tune": told.model_dump()}, performed, sound, index, engine, job)


def effective(params: GenerateParams) -> tuple[dict[str, Any], AutoTune]:
    """The parameters as used: seed drawn, auto-tune applied, the rest as for the composer."""
    values = {name: float(getattr(params, name)) for name in TUNED}
    if params.auto_tune:
        defaults = {name: float(GenerateParams.model_fields[name].default) for name in TUNED}
        said = {wish.field for wish in hear(params.prompt) if wish.value == getattr(params, wish.field)}
        values, told = auto_tune(params.model, values, defaults, said)
    else:
        told = AutoTune(applied=False, disabled=True)
    seed = drawn_seed(params)
    return composed(params, seed) | {name: values[name] for name in ("temperature", "cfg_coef", "duration")}, told


def _models(params: GenerateParams) -> list[str]:
    """What the catalogue has to give for these parameters; a model of the user's own is complete as it is."""
    if params.model == OWN:
        return []
    model = OFFERED[params.model]
    reference = [model.reference] if params.audio_prompt and model.reference else []
    return [*needed(model.id), *([MBD] if params.mbd else []), *reference]


def _first_that_fits(
    params: GenerateParams,
    job: JobContext,
    use: Callable[[MusicGen], dict[str, Any]],
    folder: Path,
) -> tuple[dict[str, Any], MusicGen]:
    """Try as asked for, then step by step with less, where the user allows it. Raises OUT_OF_MEMORY with advice."""
    ladder = steps_down(params.precision, job.device)
    tried: list[str] = []

    def need(place: Placement) -> int:
        file = folder / LANGUAGE_MODEL
        own_m = file.stat().st_size / 2e6 if params.model == OWN and file.is_file() else None
        return need_mb(
            params.model, place.precision, place.device, batch=params.variations, own_m=own_m, offload=place.offload
        )

    for number, place in enumerate(ladder):
        last = number + 1 == len(ladder) or not params.fall_back
        engine = None
        try:
            _check_memory(need(place), place.device)
            if place.offload:
                _check_memory(need(replace(place, offload=False)), "cpu")
            engine = job.engine(
                f"musicgen:{folder.name}:{place}",
                lambda place=place: MusicGen(  # type: ignore[misc]
                    folder, place.precision, place.device, offload=place.offload
                ),
            )  # fmt: skip
            engine.load(job)  # one that ran out of memory before was emptied
            job.progress(1, 1, "LOADING")
            return {**use(engine), "fallbacks": tried}, engine
        except Exception as error:
            if not ran_out(error):
                raise
            traceback.clear_frames(error.__traceback__)  # they hold what did not fit
            if engine is not None:
                engine.unload()
            tried.append(str(place))
            if last:
                raise _out_of_memory(params.model, place.precision, need(place), tried) from error
        gc.collect()
        empty_cache()
    raise AssertionError("the ladder has at least one step")


@dataclass(frozen=True)
class Placement:
    """With which numbers, where, and whether layers wait in main memory."""

    precision: str
    device: str
    offload: bool = False

    def __str__(self) -> str:
        return f"{self.precision} on {self.device}" + (", layer by layer" if self.offload else "")


def steps_down(precision: str, device: str) -> list[Placement]:
    """What is tried one after the other: as asked for, layer by layer, smaller numbers, the processor for a GPU."""
    first = precision_for(precision, device)
    if device == "cpu":
        return [Placement(first, device)] + ([Placement("int8", device)] if first != "int8" else [])
    if first == "int8":
        return [Placement("int8", "cpu")]  # the kernels for 8 bits are made for processors
    numbers = [first, *(["fp16"] if first == "fp32" else [])]
    return [
        *(Placement(name, device, offload) for name in numbers for offload in (False, True)),
        Placement("int8", "cpu"),
    ]


def ran_out(error: BaseException) -> bool:
    """Whether this is how libraries say that memory ran out."""
    if isinstance(error, AppError):
        return error.code is Code.OUT_OF_MEMORY
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and ("not enough memory" in str(error) or "alloc" in str(error).lower())


def _check_memory(need: int, device: str) -> None:
    free = free_mb(device)
    if free + psutil.Process().memory_info().rss // 2**20 < need:
        raise MemoryError(f"{need} MiB needed, {free} free")


def _out_of_memory(model: str, precision: str, need: int, tried: list[str]) -> AppError:
    free = free_mb("cpu")
    fitting = [
        f"{model} ({mb} MiB)"
        for model in ("small", "medium", "large")
        if (mb := need_mb(model, "int8", "cpu")) < free
    ]  # fmt: skip
    return AppError(
        Code.OUT_OF_MEMORY,
        "musicgen_out_of_memory",
        detail={"tried": tried},
        model=model,
        need_mb=need,
        free_mb=free,
        precision=precision,
        fitting=", ".join(fitting) or "-",
    )


def _perform(params: GenerateParams, parameters: dict[str, Any], engine: MusicGen, job: JobContext) -> dict[str, Any]:
    job.progress(0, 1, "LISTENING")
    if params.audio_prompt and not (engine.takes_melody or engine.takes_style):
        raise invalid("melody_not_heard", model=params.model)
    style, facts = _style(params, parameters["seed"], engine, job)
    request = GenerationRequest(
        prompt="" if params.unconditional else params.prompt,
        duration_s=parameters["duration"],
        seed=parameters["seed"],
        draw=Draw(parameters["temperature"], parameters["top_k"] or 0, parameters["top_p"] or 0.0),
        guidance=parameters["cfg_coef"],
        two_step=params.two_step_cfg,
        batch=params.variations,
        stride_s=min(params.extend_stride_s, 2.0) if engine.segment_s <= 10 else params.extend_stride_s,
        melody=_melody(params, engine, job),
        style=style,
        prompt_codes=_prompt_codes(params, engine, job),
    )
    if style is not None:
        request = replace(request, style_codebooks=params.style_codebooks, style_beta=params.style_beta)
    job.progress(1, 1, "LISTENING")
    diffusion = _diffusion(params, engine, job) if params.mbd else None

    def preview(index: int, sound: Audio) -> None:
        if index == 0:  # of several variations
            job.preview(sound, engine.rate_hz)

    done = engine.perform(request, job, heard=preview)
    sounds = done.sounds
    if diffusion is not None:
        sounds = _diffused(diffusion, done.codes, engine, request.seed, job)
    return {"sounds": sounds, "given": done.given, "facts": facts}


def _diffusion(params: GenerateParams, engine: MusicGen, job: JobContext) -> Diffusion:
    """Loaded before anything is generated: what is missing is said at once."""
    diffusion = job.engine(
        f"musicgen:mbd:{job.device}",
        lambda: Diffusion(ModelStore(job.models_dir).files(MODELS[MBD])[0], job.device),
    )
    if diffusion.rate_hz != engine.rate_hz:
        raise invalid("mbd_not_for_model", model=params.model, rate_hz=engine.rate_hz)
    return diffusion


def _diffused(diffusion: Diffusion, codes: list[Codes], engine: MusicGen, seed: int, job: JobContext) -> list[Audio]:
    def tick(before: int) -> Callable[[int, int], None]:
        return lambda done, total: job.progress(before * total + done, len(codes) * total, "DECODING")

    return [diffusion.decode(part, engine.codec, seed + index, tick(index)) for index, part in enumerate(codes)]


def _melody(params: GenerateParams, engine: MusicGen, job: JobContext) -> Audio | None:
    if params.audio_prompt is None or not engine.takes_melody:
        return None
    clip, _ = read(job.open(params.audio_prompt), rate_hz=MELODY_RATE_HZ, channels=2, duration_s=600)
    finder = job.engine("musicgen:melody", lambda: MelodyFinder(ModelStore(job.models_dir).files(MODELS["htdemucs"])))
    from engine.audio.resample import resample

    return resample(finder.melody(clip, MELODY_RATE_HZ, job), MELODY_RATE_HZ, engine.rate_hz)


def _style(params: GenerateParams, seed: int, engine: MusicGen, job: JobContext) -> tuple[Audio | None, dict[str, Any]]:
    """MERT's features of a piece of the reference, and for the record where the piece begins."""
    if params.audio_prompt is None or not engine.takes_style:
        return None, {}
    clip, _ = read(job.open(params.audio_prompt), rate_hz=STYLE_RATE_HZ, channels=1, duration_s=600)
    piece, start_s = excerpt(clip, params.style_s, seed)
    listener = job.engine(
        "musicgen:style", lambda: StyleListener(ModelStore(job.models_dir).files(MODELS[MERT])[0].parent)
    )
    return listener.features(piece), {"style_start_s": round(start_s, 3)}


def _prompt_codes(params: GenerateParams, engine: MusicGen, job: JobContext) -> Codes | None:
    """The end of the clip that is to be continued, as codes."""
    if params.continuation_source is None or params.continuation_mode != "continue":
        return None
    path = job.open(params.continuation_source)
    heard_s = min(params.prompt_s, engine.segment_s - 1)
    length_s = probe(path).duration_s
    clip, _ = read(path, rate_hz=engine.rate_hz, channels=engine.codec.channels, start_s=max(0.0, length_s - heard_s))
    whole = clip.shape[1] // engine.codec.hop * engine.codec.hop
    if not whole:
        with about(path):
            raise invalid("clip_too_short_to_continue", least_s=engine.codec.hop / engine.rate_hz)
    return engine.codec.encode(clip[:, clip.shape[1] - whole :])


def _hand_in(
    params: GenerateParams,
    parameters: dict[str, Any],
    performed: dict[str, Any],
    sound: Audio,
    index: int,
    engine: MusicGen,
    job: JobContext,
) -> None:
    rate, given = engine.rate_hz, performed["given"] * engine.codec.hop
    lead, new = sound[:, :given], sound[:, given : given + round(parameters["duration"] * rate)]
    status = {"status": "applied", "impl": "audiocraft_mbd"} if params.mbd else {"status": "off"}
    facts: dict[str, Any] = {
        "channels_original": sound.shape[0],
        "variation": index + 1,
        **performed["facts"],
        "multi_band_diffusion": {"requested": params.mbd, **status},
    }
    clip = job.open(params.continuation_source) if params.continuation_source else None
    more: dict[str, Any] = {}
    written: Audio | Iterator[Audio]
    if clip and given:
        written, more = continued(clip, lead, new, rate)
    else:
        new, gain_db = levelled(new, rate, level_of(params))
        facts["loudness_gain_db"] = round(gain_db, 2)
        written = new = as_stereo(new) if len(new) == 1 and params.to_stereo else new
        if clip:
            written, more = appended(clip, new, rate, crossfade_s=params.crossfade_s)
    promised = not clip and params.loudness == "loudness"
    job.new_track(
        TrackDraft(
            audio=written,
            rate_hz=rate,
            output=params,
            model=params.own_model if params.model == OWN else params.model,
            prompt=params.prompt,
            variation=(index + 1, params.variations) if params.variations > 1 else None,
            parameters={**parameters, **facts, **more},
            details={**engine.facts, "fallbacks": performed["fallbacks"]},
            ceiling_dbtp=CEILING_DBTP if promised else None,
        )
    )


def continued(clip: Path, lead: Audio, new: Audio, rate_hz: int) -> tuple[Iterator[Audio], dict[str, Any]]:
    """The clip and what the model made of it further, as blocks; and the record's parameters of it.

    `lead` is the clip's end as the codec hears it: over JOIN_S the clip runs into it, and `new` follows seamlessly.
    The level is the model's own: it goes on at that of the clip.
    """
    channels = new.shape[0]
    samples = sum(block.shape[1] for block in blocks(clip, rate_hz=rate_hz, channels=channels))
    shared = min(round(JOIN_S * rate_hz), lead.shape[1], samples)

    def sound() -> Iterator[Audio]:
        left = samples - shared
        tail = np.zeros((channels, 0), np.float32)
        for block in blocks(clip, rate_hz=rate_hz, channels=channels):
            if left > 0:
                yield block[:, :left]
            tail = np.concatenate([tail, block[:, max(0, left) :]], axis=1)
            left -= block.shape[1]
        turn = (np.arange(shared, dtype=np.float32) + 0.5) / max(1, shared)
        yield tail * (1 - turn) + lead[:, lead.shape[1] - shared :] * turn
        yield new

    return sound(), {"append_mode": False, "continuation_original_seconds": round(samples / rate_hz, 3)}
