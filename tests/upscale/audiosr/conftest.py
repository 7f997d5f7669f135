import pytest


@pytest.fixture(autouse=True)
def _tiny(one_thread: None) -> None:
    """Every network here is."""
