"""The device lease: one after the other unless there are slots and measured memory for both."""

from engine.jobs.lease import HEADROOM_MB, DeviceLease


def test_the_first_is_let_in_whatever_it_needs() -> None:
    assert DeviceLease(free_mb=lambda: 0).acquire("a", "musicgen", 10_000) is None


def test_with_one_slot_the_second_waits_for_the_family_that_holds_it() -> None:
    lease = DeviceLease(free_mb=lambda: 10**6)
    lease.acquire("a", "musicgen", 1)
    assert lease.acquire("b", "demucs", 1) == "musicgen"
    lease.release("a")
    assert lease.acquire("b", "demucs", 1) is None and lease.device_keys == ["demucs"]


def test_with_two_slots_measured_memory_decides() -> None:
    free = 3000 + HEADROOM_MB
    lease = DeviceLease(free_mb=lambda: free)
    lease.acquire("a", "musicgen", 2000, slots=2)
    assert lease.acquire("b", "demucs", 1001, slots=2) == "musicgen"
    assert lease.acquire("b", "demucs", 1000, slots=2) is None


def test_both_must_suffer_company() -> None:
    lease = DeviceLease(free_mb=lambda: 10**6)
    lease.acquire("a", "musicgen", 1, slots=1)
    assert lease.acquire("b", "demucs", 1, slots=2) == "musicgen"
    lease.release("a")
    assert lease.acquire("b", "demucs", 1, slots=2) is None
    assert lease.acquire("c", "musicgen", 1, slots=1) == "demucs"


def test_releasing_what_is_not_held_does_nothing() -> None:
    lease = DeviceLease()
    lease.release("nobody")
    assert lease.device_keys == []


def test_asking_again_for_what_one_holds_is_granted() -> None:
    lease = DeviceLease(free_mb=lambda: 0)
    assert lease.acquire("a", "musicgen", 1) is None and lease.acquire("a", "musicgen", 1) is None
