"""The base of every engine: weights are read once, given back once, and not used before or after."""

from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from engine.context import JobContext

Loaded = TypeVar("Loaded")


class ModelEngine(Generic[Loaded]):
    """`engine.context.Engine`, around what a subclass's `_read` returns: `_loaded` gives it between load and dispose.

    `_loaded` raises RuntimeError before `load` and after `dispose`, `load` after `dispose`.
    """

    device_key: str
    _weights: Loaded | None = None
    _disposed = False

    def load(self, job: "JobContext") -> None:
        """Read the weights, unless they are there. Raises what `_read` raises: MODEL_MISSING, INVALID_INPUT."""
        if self._disposed:
            raise RuntimeError("this engine was disposed of")
        if self._weights is None:
            self._weights = self._read(job)

    def unload(self) -> None:
        """Give the memory back; `load` reads everything anew."""
        self._weights = None

    def dispose(self) -> None:
        """Give the memory back for good."""
        self._disposed = True
        self.unload()

    @property
    def _loaded(self) -> Loaded:
        if self._weights is None:
            raise RuntimeError("this engine was disposed of" if self._disposed else "this engine is not loaded")
        return self._weights

    def _read(self, job: "JobContext") -> Loaded:
        raise NotImplementedError
