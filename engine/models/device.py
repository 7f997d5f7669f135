"""Where a model runs."""


def chosen(device: str) -> str:
    """`auto` becomes cuda, mps or cpu, the first that is there; anything else is taken at its word."""
    if device != "auto":
        return device
    import torch

    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def computes_in_16_bits(device: str) -> bool:
    """Whether 16-bit numbers are faster there: on GPUs, and on processors with bfloat16 instructions."""
    import torch

    if device != "cpu":
        return True
    return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())
