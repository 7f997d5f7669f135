"""TangoFlux: the published files are read, its formulas are those of the paper's code, and long sounds have no seam."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusers import FlowMatchEulerDiscreteScheduler
from safetensors.torch import load_file, save_file

from engine.audio.loudness import loudest_lufs
from engine.drama.sounds.render import EFFECT_LUFS
from engine.drama.sounds.tangoflux.architecture import DurationToken
from engine.drama.sounds.tangoflux.ask import ask, in_english
from engine.drama.sounds.tangoflux.checkpoint import oobleck_shape, read, token_ids
from engine.drama.sounds.tangoflux.engine import TangoFluxEngine
from engine.drama.sounds.tangoflux.sampling import noise_levels, sample, start
from engine.errors import AppError, Canceled, Code
from engine.models.ensure import needed
from tests.drama.sounds.tangoflux_checkpoints import CHANNELS, FRAMES, WIDTH, write_tangoflux
from tests.fake_job import FakeJob

HOP = 128


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return write_tangoflux(tmp_path_factory.mktemp("models"))


@pytest.fixture
def engine(files: list[Path], tmp_path: Path) -> TangoFluxEngine:
    made = TangoFluxEngine(files, "fp32")
    made.load(FakeJob(tmp_path))
    return made


@pytest.mark.parametrize("steps", [1, 7, 50])
def test_noise_levels_and_steps_are_those_of_the_scheduler_it_was_trained_with(steps: int) -> None:
    scheduler = FlowMatchEulerDiscreteScheduler(num_train_timesteps=1000)
    scheduler.set_timesteps(sigmas=np.linspace(1.0, 1 / steps, steps))
    assert noise_levels(steps) == pytest.approx(scheduler.sigmas.tolist(), abs=1e-6)
    assert [1000 * level for level in noise_levels(steps)[:-1]] == pytest.approx(scheduler.timesteps.tolist(), abs=1e-3)
    latents = theirs = start(6, 3, 5)

    def velocity(x: torch.Tensor, level: float) -> torch.Tensor:
        return torch.sin(3 * x) * (0.5 + level)

    for time in scheduler.timesteps:
        theirs = scheduler.step(velocity(theirs, float(time) / 1000), time, theirs).prev_sample
    ours = sample(latents, velocity, steps, 1.0, lambda step, of: None)
    assert torch.allclose(ours, theirs, atol=1e-5)


def test_guidance_exaggerates_what_the_text_adds() -> None:
    asked: list[tuple[int, ...]] = []

    def velocity(x: torch.Tensor, level: float) -> torch.Tensor:
        asked.append(tuple(x.shape))
        return torch.cat([torch.full_like(x[:1], 1.0), torch.full_like(x[1:], 3.0)])

    made = sample(torch.zeros(1, 4, 2), velocity, 10, 4.5, lambda step, of: None)
    assert asked == [(2, 4, 2)] * 10
    assert made.numpy() == pytest.approx(-(1 + 4.5 * (3 - 1)), abs=1e-4)


def test_noise_follows_from_the_seed_as_upstream_draws_it() -> None:
    torch.manual_seed(11)
    assert torch.equal(start(645, 64, 11), torch.randn(1, 645, 64))
    assert not torch.equal(start(9, 4, 11), start(9, 4, 12))


def test_a_duration_is_told_by_itself_its_sines_and_its_cosines() -> None:
    torch.manual_seed(1)
    token = DurationToken(WIDTH, 30)
    torch.nn.init.normal_(token.time_positional_embedding[0].weights)
    linear, weights = token.time_positional_embedding[1], token.time_positional_embedding[0].weights
    for seconds, share in ((0.0, 0.0), (12.0, 0.4), (30.0, 1.0), (99.0, 1.0), (-1.0, 0.0)):
        angles = share * weights * 2 * math.pi
        features = torch.cat([torch.tensor([share]), angles.sin(), angles.cos()])
        assert torch.allclose(token(torch.tensor([seconds]))[0, 0], linear(features), atol=1e-5)


def test_the_text_is_its_words_with_padding_the_length_and_a_mean_without_padding(files: list[Path]) -> None:
    parts = read(*files)
    ids, mask = token_ids(parts.tokenizer, "rain falls", 512, 6)
    assert mask.tolist() == [[1, 1, 1, 0, 0, 0]] and ids[0, 2] == 1 and ids[0, 3:].tolist() == [0, 0, 0]
    with torch.no_grad():
        told, pooled = parts.flow.told(ids, mask, 10.0)
        words = parts.flow.text_encoder(input_ids=ids, attention_mask=mask)[0]
        assert torch.equal(told[:, :6], words)
        assert torch.allclose(told[:, 6:], parts.flow.duration_emebdder(torch.tensor([10.0])))
        assert torch.allclose(pooled, parts.flow.fc(words[:, :3].mean(dim=1)), atol=1e-5)
    long_ids, _ = token_ids(parts.tokenizer, "rain " * 100, 64)
    assert long_ids.shape == (1, 64) and long_ids[0, -1] == 1


def test_the_whole_way_is_upstreams(files: list[Path], engine: TangoFluxEngine) -> None:
    """Written anew after `inference_flow` and `generate`: the same noise, texts, levels, guidance, decoder and cut."""
    parts = read(*files)
    flow, seconds, steps, guidance, seed = parts.flow, 0.05, 4, 3.0, 21
    scheduler = FlowMatchEulerDiscreteScheduler(num_train_timesteps=1000)
    scheduler.set_timesteps(sigmas=np.linspace(1.0, 1 / steps, steps))
    ids = torch.tensor([[1, 0, 0, 0], [5, 6, 11, 1]])
    mask = torch.tensor([[1, 0, 0, 0], [1, 1, 1, 1]])
    with torch.no_grad():
        words = flow.text_encoder(input_ids=ids, attention_mask=mask)[0]
        hidden = torch.where(mask[..., None] == 1, words, torch.tensor(float("nan")))
        pooled = flow.fc(torch.nanmean(hidden, dim=1))
        told = torch.cat([words, flow.duration_emebdder(torch.tensor([seconds])).repeat(2, 1, 1)], dim=1)
        torch.manual_seed(seed)
        latents = torch.randn(1, FRAMES, CHANNELS)
        for time in scheduler.timesteps:
            both = flow.transformer(
                hidden_states=torch.cat([latents] * 2),
                timestep=torch.tensor([time / 1000]),
                guidance=None,
                pooled_projections=pooled,
                encoder_hidden_states=told,
                txt_ids=torch.zeros(told.shape[1], 3),
                img_ids=torch.arange(FRAMES)[:, None].repeat(1, 3),
                return_dict=False,
            )[0]
            plain, text = both.chunk(2)
            latents = scheduler.step(plain + guidance * (text - plain), time, latents).prev_sample
        wave = parts.decoder.decode(latents.transpose(2, 1)).sample[0][:, : int(seconds * 44_100)]
    made = engine.make("rain wind falls", seconds, seed, steps=steps, guidance=guidance)
    assert made.shape == wave.shape
    assert np.abs(made - wave.numpy()).max() < 1e-4 * float(wave.abs().max())


def test_the_limit_is_that_of_645_frames(files: list[Path]) -> None:
    parts = read(*files)
    assert (parts.rate_hz, parts.hop) == (44_100, HOP)
    assert parts.longest_s == pytest.approx(FRAMES * HOP / 44_100)
    assert pytest.approx(29.954, abs=1e-3) == 645 * 2048 / 44_100


def test_what_is_longer_is_tiled_and_exact(engine: TangoFluxEngine) -> None:
    whole = FRAMES * HOP / 44_100
    shares: list[float] = []
    made = engine.make("dog barks", 3.3 * whole, 5, steps=2, tick=shares.append)
    assert made.shape == (2, round(3.3 * whole * 44_100))
    assert shares == sorted(shares) and shares[-1] == 1.0 and len(shares) > 10
    first = engine.make("dog barks", whole, 5, steps=2)
    assert np.array_equal(made[:, : FRAMES * HOP // 2], first[:, : FRAMES * HOP // 2])
    window = HOP * 2
    level = [float(np.sqrt(np.mean(made[:, at : at + window] ** 2))) for at in range(0, made.shape[1] - window, window)]
    assert min(level) > 0.2 * np.median(level)


def test_it_stops_where_it_is_told_to(engine: TangoFluxEngine) -> None:
    steps: list[float] = []

    def tick(share: float) -> None:
        steps.append(share)
        if len(steps) == 3:
            raise Canceled

    with pytest.raises(Canceled):
        engine.make("sea", 0.05, 1, steps=100, tick=tick)
    assert len(steps) == 3


def test_a_checkpoint_is_asked_for_by_name_where_it_is_not_had(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert needed("tangoflux") == ("tangoflux", "flan-t5-words")
    with pytest.raises(AppError) as caught:
        ask("rain", 1.0, 1, FakeJob(tmp_path))
    assert caught.value.code is Code.MODEL_MISSING and caught.value.values["id"] == "tangoflux"


def test_asked_in_a_job_it_answers_in_its_own_rate(tmp_path: Path) -> None:
    job = FakeJob(tmp_path)
    write_tangoflux(job.models_dir)
    sound, rate_hz = ask("雷声和雨", 0.05, 3, job)
    assert rate_hz == 44_100 and sound.shape == (2, 2205)
    assert list(job.engines) == ["tangoflux"] and job.shares[-1][1] == 1
    assert loudest_lufs(sound, rate_hz) == pytest.approx(EFFECT_LUFS, abs=0.2)


def test_words_of_other_languages_are_said_in_english() -> None:
    assert in_english("A dog barks, 3 times!") == "A dog barks, 3 times!"
    assert (
        in_english("гроза и вой волка")
        == "a wolf howls in the distance, violent storm with heavy rain, wind and distant thunder"
    )
    with pytest.raises(AppError) as caught:
        in_english("ъъъ")
    assert caught.value.code is Code.INVALID_INPUT


def spoilt_config(files: list[Path], folder: Path, **values: object) -> list[Path]:
    config = folder / "config.json"
    config.write_text(json.dumps(json.loads(files[0].read_text()) | values))
    return [config, *files[1:]]


@pytest.mark.parametrize(
    "values", [{"num_layers": 0}, {"attention_head_dim": 64}, {"audio_seq_len": 10**9}, {"num_layers": "six"}]
)
def test_a_config_that_cannot_be_is_refused(files: list[Path], tmp_path: Path, values: dict[str, object]) -> None:
    with pytest.raises(AppError) as caught:
        read(*spoilt_config(files, tmp_path, **values))
    assert caught.value.code is Code.INVALID_INPUT and caught.value.key == "config_refused"


@pytest.mark.parametrize("spoil", ["cut", "lacking", "shape", "other", "vae", "layers"])
def test_damaged_files_are_refused(files: list[Path], tmp_path: Path, spoil: str) -> None:
    config, weights, vae, text, words = files
    state = load_file(weights)
    path = tmp_path / "tangoflux.safetensors"
    if spoil == "cut":
        path.write_bytes(weights.read_bytes()[:-1000])
    elif spoil == "layers":
        config, path = spoilt_config(files, tmp_path, num_layers=2)[0], weights
    elif spoil == "vae":
        vae, path = weights, weights
    else:
        if spoil == "lacking":
            del state["fc.0.weight"]
        if spoil == "shape":
            state["fc.0.bias"] = torch.zeros(3)
        if spoil == "other":
            state["spare.weight"] = torch.zeros(3)
        save_file(state, path)
    with pytest.raises(AppError) as caught:
        read(config, path, vae, text, words)
    assert caught.value.code is Code.INVALID_INPUT and caught.value.key == "checkpoint_damaged"


def test_the_decoders_measures_are_read_off_its_weights(files: list[Path]) -> None:
    assert oobleck_shape(load_file(files[2])) == {
        "encoder_hidden_size": 8, "downsampling_ratios": [8, 16], "channel_multiples": [1, 2], "decoder_channels": 8,
        "decoder_input_channels": CHANNELS, "audio_channels": 2,
    }  # fmt: skip
