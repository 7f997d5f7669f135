"""Lists of channels in AAC: what cannot be known stays unknown, and no bytes are too strange."""

import io

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.audio.aac_layout import places_of_aac
from engine.audio.layouts import PLACES


def config_of(layout: str) -> bytes:
    """The AudioSpecificConfig that FFmpeg's encoder writes."""
    with av.open(io.BytesIO(), "w", format="ipod") as container:
        stream = container.add_stream("aac", rate=48000, layout=layout)
        container.start_encoding()
        return bytes(stream.codec_context.extradata)


@pytest.mark.parametrize(
    "layout", ["6.1", "6.1(back)", "6.1(front)", "7.0", "7.0(front)", "7.1(wide)", "stereo", "5.1"]
)
def test_a_list_that_means_two_layouts_or_none_means_nothing(layout: str) -> None:
    assert places_of_aac(config_of(layout), b"") is None


def test_a_list_by_another_encoder_is_left_to_the_decoder() -> None:
    config = config_of("5.1(side)")
    assert places_of_aac(config, b"") == ("FL", "FR", "FC", "LFE", "SL", "SR")
    assert places_of_aac(config.replace(b"Lavc", b"Nero"), b"") is None


@given(config=st.binary(max_size=40), packet=st.binary(max_size=40), cut=st.integers(0, 24))
def test_any_bytes_are_read(config: bytes, packet: bytes, cut: int) -> None:
    for found in (places_of_aac(config, packet), places_of_aac(b"", b"\xff\xf1" + packet)):
        assert set(found or ()) <= set(PLACES)
    assert places_of_aac(config_of("3.1")[:cut], b"") in (None, ("FL", "FR", "FC", "LFE"))
