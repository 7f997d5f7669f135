"""Files that torch wrote before 1.6: five pickles, then the bare numbers of each tensor. Nothing in them is run.

Where such a file holds the class of a network, torch pickled the source code beside it, through a persistent id
`("module", class, file, source)`. torch's own unpickler for strangers refuses any such id but a tensor's. Without the
opcode that looks the id up, the tuple itself is what is read, and the class in it is allowed or refused as any other.
"""

import pickletools
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

PICKLES_BEFORE = 3
"""A magic number, the format's version and the machine that wrote it stand before the object itself."""
MAX_OPCODES = 20_000_000
MARK = "module"


@contextmanager
def readable(path: Path) -> Iterator[Path]:
    """The file, or for as long as the context lasts a copy in which classes stand as tuples: see `named_class`."""
    with path.open("rb") as file:
        lookups = _lookups(file)
        if not lookups:
            yield path
            return
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / path.name
            file.seek(0)
            with copy.open("wb") as out:
                for place in lookups:
                    _copy(file, out, place - file.tell())
                    file.read(1)
                shutil.copyfileobj(file, out)
            yield copy


def named_class(value: Any) -> Any:
    """The class that a file holds, in whichever way."""
    return value[1] if isinstance(value, tuple) and len(value) == 4 and value[0] == MARK else value


def _lookups(file: IO[bytes]) -> list[int]:
    """Where the opcode stands that looks up a class. Raises ValueError for what is no such file."""
    for _ in range(PICKLES_BEFORE):
        for _ in pickletools.genops(file):
            pass
    places: list[int] = []
    memo: dict[int, Any] = {}
    first: Any = None  # what follows the latest mark
    last: Any = None
    after_mark = False
    for number, (opcode, argument, place) in enumerate(pickletools.genops(file)):
        if number > MAX_OPCODES:
            raise ValueError("what stands beside its tensors is too large")
        match opcode.name:
            case "MARK":
                after_mark = True
                continue
            case "BINPUT" | "LONG_BINPUT":
                memo[int(argument or 0)] = last
                continue
            case "BINGET" | "LONG_BINGET":
                last = memo.get(int(argument or 0))
            case "BINPERSID":
                if first == MARK:
                    places.append(int(place or 0))
                first = last = None
            case _:
                last = argument if isinstance(argument, str) and len(argument) < 20 else None
        if after_mark:
            first, after_mark = last, False
    return places


def _copy(source: IO[bytes], target: IO[bytes], count: int) -> None:
    while count > 0 and (block := source.read(min(count, 1 << 20))):
        target.write(block)
        count -= len(block)
