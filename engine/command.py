"""What a command is: the contract between a command folder, built in or a plug-in, and everything above it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from engine.errors import invalid
from engine.parameters import Params, limits
from engine.speech.phrases import Phrase
from engine.speech.rest import beside
from engine.speech.wish import Wish

if TYPE_CHECKING:
    from engine.library.record import Record

P = TypeVar("P", bound=Params)
T = TypeVar("T")


class Lane(StrEnum):
    """LIGHT: no torch, starts at once. MODEL: waits for the device lease."""

    LIGHT = "light"
    MODEL = "model"


@dataclass(frozen=True)
class TaskSet(Generic[T]):
    """Light tasks: short work that the server gives to a light worker, because it never decodes audio itself.

    `contract` is a Protocol whose methods are their signatures, so that the server can call them without what they
    import; functions of the same names in `modules` (dotted paths, imported by a worker only) do the work.
    """

    name: str
    contract: type[Any]
    modules: tuple[str, ...]

    def signature(self, task: str) -> Callable[..., Any]:
        """The method of the contract. Raises AttributeError for what is no task of this set."""
        method = None if task.startswith("_") else vars(self.contract).get(task)
        if not callable(method):
            raise AttributeError(f"{self.name} has no light task {task[:40]!r}")
        return cast(Callable[..., Any], method)


@dataclass(frozen=True)
class Command(Generic[P]):
    """What a user can ask for, with parameters of type P.

    `runner` is the dotted path `module:function` of `run(params, job) -> None`, imported by a worker only. `lane` and
    `device_key` may depend on the parameters: one command can offer light and heavy models. `memory_mb` is what the
    engine needs on a device (cpu, mps, cuda or cuda:N), as far as known before it was measured, MiB; what is in the
    models folder may decide it.
    `segment_maker`: the dotted path of `make(params, job, work, write) -> facts`, for a runner that calls
    `JobContext.segments`: it makes one and passes each block to `write`, with bits that nobody can tell from one piece.
    `max_concurrency`: how many jobs of its lane may run beside each other while this one does, by the memory that its
    device has free now, GiB.
    `title`: the sentence, `title.KEY` of the catalogues, that makes a result's title (see `engine.library.titles`);
    empty is the usual one: what the first sound is called and the command's name, or the user's words without a sound.
    `about`: values for the sentence that says on the page what a job is about, `about.NAME`, besides its inputs;
    `variant` chooses `about.NAME.VARIANT`, `count` the plural.
    `follow_ups`: jobs `{command, params}` that the parameters ask for on the result. `check` is given the models folder
    and raises AppError for what can be known to fail without a model: it runs at the request, in the server, so it
    stays light. `tasks`: its light tasks. `catalogues`: a folder with `LANGUAGE/*.json` like `static/i18n`, for a
    plug-in's own sentences: `command.NAME.summary`, `param.NAME.FIELD.title` and `.hint`, `error.KEY`, `stage.STAGE`,
    `title.KEY`, `about.NAME`.
    What the page says of it, in other languages under `command.NAME.invitation` and so on. `invitation`: the sentence
    of its tile on the empty page, by default the summary. `placeholder`: what the empty prompt shows while it is
    chosen. `button`: what the send button says, with `{FIELD}` for the title of the sound that a field holds.
    `examples`: language -> parameters of results worth hearing first, one click each.
    `resolve`: the parameters as they will run, where a track among the inputs says more of them; it is given what tells
    the record of a track by its key, None for an upload, and raises INVALID_INPUT.
    `report`: files that tell people and programs of a result, by name, the one for programs, JSON, first; it is given
    the record and a language. The command line writes them, and walks a whole folder for a command that has them.
    `phrases`: sentences that ask for this command although another one is chosen. `hear`: what the free text says of
    other parameters; they are set so where nothing else sets them.
    """

    name: str
    summary: str
    params: type[P]
    runner: str
    lane: Callable[[P], Lane]
    device_key: Callable[[P], str]
    segment_maker: str = ""
    memory_mb: Callable[[P, str, Path], int] = lambda params, device, models_dir: 0
    max_concurrency: Callable[[P, float], int] = lambda params, free_gb: 1
    title: Callable[[P], str] = lambda params: ""
    about: Callable[[P], dict[str, Any]] = lambda params: {}
    follow_ups: Callable[[P], list[dict[str, Any]]] = lambda params: []
    check: Callable[[P, Path], None] = lambda params, models_dir: None
    resolve: "Callable[[P, Callable[[str], Record | None]], P]" = lambda params, record_of: params
    catalogues: Path | None = None
    tasks: TaskSet[Any] | None = None
    invitation: str = ""
    placeholder: str = ""
    button: str = ""
    examples: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    report: "Callable[[Record, str], Mapping[str, str]] | None" = None
    phrases: Sequence[Phrase] = ()
    hear: Callable[[str], Sequence[Wish]] = lambda text: ()

    def wishes(self, params: Mapping[str, Any]) -> list[Wish]:
        """What the free text among `params` says of parameters that stand open there."""
        text = params.get(self.params.text_field or "")
        return [wish for wish in self.hear(text) if wish.field not in params] if isinstance(text, str) else []

    def heard(self, params: P) -> dict[str, str]:
        """The parameters that are as the free text says, with the words that say so."""
        text = getattr(params, self.params.text_field or "", None)
        wishes = self.hear(text) if isinstance(text, str) else ()
        return {wish.field: wish.words for wish in wishes if getattr(params, wish.field) == wish.value}

    def described(self, params: P) -> str:
        """The free text without its words on length, number and format: what a result is called by."""
        text = getattr(params, self.params.text_field or "", None)
        return beside(text, (wish for wish in self.hear(text) if not wish.names_it)) if isinstance(text, str) else ""

    def with_wishes(self, params: dict[str, Any]) -> dict[str, Any]:
        """`params` and what their text says. Raises INVALID_INPUT where that is beyond the limits."""
        wishes = self.wishes(params)
        for wish in wishes:
            low, high = limits(self.params, wish.field)
            if isinstance(wish.value, int | float) and not low <= wish.value <= high:
                said: dict[str, Any] = {
                    name: f"{number:g}" for name, number in (("value", wish.value), ("low", low), ("high", high))
                }
                raise invalid("heard_beyond", words=wish.words, field=wish.field, **said)
        return {**params, **{wish.field: wish.value for wish in wishes}}
