"""Words as a vector: XLM-R's tokens through the text tower."""

from pathlib import Path

import numpy as np
import sentencepiece
import torch
from numpy.typing import NDArray

from engine.errors import invalid
from engine.tag.clamp3.tower import Tower
from engine.upstream.tensors import reason_of

BEGIN, SEPARATOR, UNKNOWN = 0, 2, 3
SHIFT = 1
"""XLM-R's vocabulary has <pad> before the pieces; its <unk> comes after the marks, where sentencepiece has it first."""


class ClampTokenizer:
    """XLM-R's, from its `sentencepiece.bpe.model`. Raises INVALID_INPUT `checkpoint_unreadable`."""

    def __init__(self, path: Path) -> None:
        self._pieces = sentencepiece.SentencePieceProcessor()
        try:
            self._pieces.LoadFromSerializedProto(path.read_bytes())
        except Exception as error:  # what a damaged file sets off is not documented
            raise invalid("checkpoint_unreadable", file=path.name, reason=reason_of(error)) from error

    @property
    def size(self) -> int:
        """How many ids there are: one each for <pad> and <mask> beside the pieces."""
        return int(self._pieces.get_piece_size()) + 2

    def ids(self, text: str) -> list[int]:
        """<s>, then each line that is not empty and was not there before with </s> after it; <s> </s> without any."""
        found = [BEGIN]
        for line in dict.fromkeys(filter(None, text.split("\n"))):
            pieces = self._pieces.encode(line)
            found += [piece + SHIFT if piece else UNKNOWN for piece in pieces]
            found.append(SEPARATOR)
        return found if len(found) > 1 else [BEGIN, SEPARATOR]


def text_vector(text: str, tokenizer: ClampTokenizer, tower: Tower) -> NDArray[np.float32]:
    """float32 [width], not normalised."""
    ids = torch.tensor(tokenizer.ids(text), device=tower.projection.weight.device)
    found: NDArray[np.float32] = tower(ids).cpu().numpy()
    return found
