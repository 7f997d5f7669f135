"""`/split`: a mix is taken apart into stems."""

from pathlib import Path

from engine.command import Command, Lane
from engine.speech.phrases import read_phrases
from engine.split.models import MODEL_FAMILIES, need_mb
from engine.split.params import SplitParams
from engine.split.roformer.locate import check

COMMAND = Command(
    name="split",
    summary="Split a track into stems: vocals, drums, bass and more.",
    invitation="Drop a song: take out the voice.",
    placeholder="Which stems? Leave it empty for all of them",
    button="Split {source}",
    params=SplitParams,
    runner="engine.split.run:run",
    lane=lambda params: Lane.MODEL,
    device_key=lambda params: MODEL_FAMILIES[params.model].name,
    memory_mb=lambda params, device, models_dir: need_mb(params.model, params.precision, device),
    title=lambda params: "title.stems",
    check=check,
    phrases=read_phrases(Path(__file__).with_name("phrases.toml")),
)
"""What `/split` can be asked for."""
