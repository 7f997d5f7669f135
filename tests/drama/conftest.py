"""What the tests of /drama share."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.tag.real_weights import real_weights

Weights = Callable[[str], list[Path]]


@pytest.fixture(scope="session")
def speech_weights() -> Weights:
    """The files of a model of the catalogue, in its order, on disk; fetched once for all runs on a computer."""
    return real_weights
