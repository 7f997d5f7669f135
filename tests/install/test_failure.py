"""Each failure ends with one sentence that says what to do."""

import pytest

from install.failure import advice


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("OSError: [Errno 28] No space left on device", "disk is full"),
        ("npm error code ENOSPC", "disk is full"),
        ("NewConnectionError: Failed to establish a new connection: Temporary failure in name resolution", "network"),
        ("npm error code EAI_AGAIN", "network"),
        ("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed", "certificate"),
        ("PermissionError: [Errno 13] Permission denied: 'x'", "who owns it"),
        ("ERROR: No matching distribution found for numpy==9.9", "numpy==9.9"),
        ("The user requested mido==1.3.3\n    The user requested (constraint) mido==1.3.3\n", "mido==1.3.3"),
        ("error: Microsoft Visual C++ 14.0 or greater is required.", "C compiler"),
        ("WARNING: Retrying: Read timed out.\nERROR: Failed building wheel for pyebur128", "C compiler"),
        ("something nobody foresaw", "settings/install.log"),
        ("", "settings/install.log"),
    ],
)
def test_the_cause_is_seen_and_the_next_step_named(output: str, expected: str) -> None:
    sentence = advice("Python packages", output, "settings/install.log")
    assert expected in sentence
    assert "again" in sentence
    assert sentence.endswith(".")
    assert "\n" not in sentence
