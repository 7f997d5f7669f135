"""`/upscale`: lost treble comes back, everything else stays untouched."""

from pathlib import Path

from engine.command import Command, Lane
from engine.speech.phrases import read_phrases
from engine.upscale.memory import tier
from engine.upscale.params import BUILT_IN, RESAMPLE, UpscaleParams, model_family, need_mb


def _title(params: UpscaleParams) -> str:
    if params.preview_at_s is not None:
        return "title.preview"
    return "title.resampled" if params.model == RESAMPLE else "title.restored"


def _memory_mb(params: UpscaleParams, device: str, models_dir: Path) -> int:
    return 0 if params.model in BUILT_IN else need_mb(params.model, params.precision, device)


COMMAND = Command(
    name="upscale",
    summary="Restore lost high frequencies, up to 192 kHz.",
    invitation="Drop a dull recording: bring its treble back.",
    placeholder="Choose the sound to restore, or drop it anywhere",
    button="Restore {source}",
    params=UpscaleParams,
    runner="engine.upscale.run:run",
    segment_maker="engine.upscale.segments:make",
    lane=lambda params: Lane.LIGHT if params.model in BUILT_IN else Lane.MODEL,
    device_key=lambda params: model_family(params.model),
    memory_mb=_memory_mb,
    title=_title,
    about=lambda params: {} if params.preview_at_s is None else {"variant": "preview"},
    max_concurrency=lambda params, free_gb: tier(free_gb).jobs,
    phrases=read_phrases(Path(__file__).with_name("phrases.toml")),
)
"""What `/upscale` can be asked for."""
