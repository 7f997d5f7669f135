"""What the tests of /tag share."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.tag.real_weights import real_weights

Weights = Callable[[str], list[Path]]


@pytest.fixture(scope="session")
def weights() -> Weights:
    """The files of a model of the catalogue, in its order."""
    return real_weights
