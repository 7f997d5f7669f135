"""Every operation, asked for in thousands of ways by schemathesis: it answers what the document says, and never 500.

What is new in the document is asked for by itself. Nothing that is asked for is done: what waits, waits for ever.
"""

from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, seed, settings
from schemathesis import GenerationMode
from schemathesis.core.failures import FailureGroup, MalformedJson
from schemathesis.core.parameters import ParameterLocation
from schemathesis.specs.openapi.checks import positive_data_acceptance

from engine.accounts.caller import Role
from engine.accounts.credentials import Kind
from engine.database import jobs as jobs_table
from engine.errors import AppError, Code
from engine.jobs.task_runner import TaskRunner
from engine.web.auth.access import Scope
from engine.web.auth.proof import PREFIX
from engine.web.v1 import jobs, speech
from tests.accounts.two_people import STRANGER, TwoPeople, two_people
from tests.two_users import ANNOTATION, BORIS

BOUNDARY, DRAWN, MOST_OF_ONE = 250, 8, 10_000
FULL_DRAWN = 260
SETTINGS: dict[str, Any] = {"database": None, "deadline": None, "suppress_health_check": list(HealthCheck)}
LAST = ("delete_", "end_", "logout", "change_user")
"""What takes things away is asked for when all the rest was."""


def _not_here(*_: Any) -> Any:
    raise AppError(Code.UNSUPPORTED_AUDIO, "audio_unreadable", reason="test")


class Asking:
    """Sends each case, half of them with ids of what there is, and keeps what was wrong with the answers."""

    def __init__(self, people: TwoPeople) -> None:
        self.wrong: dict[tuple[str, str], str] = {}
        self.count, self.statuses = 0, Counter[int]()
        things = people.things
        [over, *_] = things["job_id"]
        with people.application.database.write() as tx:
            tx.execute(jobs_table.update().where(jobs_table.c.id == over).values(status="COMPLETED", finished_at=1.0))
        stranger = next(user.id for user in people.accounts.users.all() if user.email == STRANGER)
        more = {"annotation_id": [ANNOTATION], "stem": ["drums"], "number": [1], "user_id": [stranger]}
        self.things: dict[str, list[Any]] = {**things, **more}
        self.over = over
        people.accounts.users.change(BORIS, role=Role.ADMIN)
        _, token = people.accounts.credentials.add(
            BORIS, Kind.PROGRAM, name="all", scopes=sorted(Scope), lasts_s=None, prefix=PREFIX
        )
        self.headers = {"Authorization": f"Bearer {token}"}
        self._without = [positive_data_acceptance]  # a valid id may be nobody's

    def ask(self, case: Any) -> None:
        self.count += 1
        part = case.meta.components.get(ParameterLocation.PATH) if case.meta else None
        if self.count % 2 and part is not None and not part.mode.is_negative:
            name = case.operation.definition.raw["operationId"]
            for field in case.path_parameters:
                known = [self.over] if name == "job_events" else self.things.get(field)
                if known:
                    case.path_parameters[field] = known[self.count // 2 % len(known)]
        try:
            answer = case.call(headers=self.headers)
            self.statuses[answer.status_code] += 1
            case.validate_response(answer, excluded_checks=self._without)
        except FailureGroup as found:
            for one in found.exceptions:
                if answer.status_code == 206 and isinstance(one, MalformedJson):
                    continue  # a part of JSON
                key = (case.operation.label, type(one).__name__)
                self.wrong.setdefault(key, f"{one}\n{case.as_curl_command()}"[:2000])


@pytest.fixture(scope="module")
def asking(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[TwoPeople, Asking]]:
    with two_people(tmp_path_factory.mktemp("asked")) as people, pytest.MonkeyPatch.context() as patch:
        patch.setattr(TaskRunner, "run", _not_here)
        patch.setattr(jobs, "LONGEST_WAIT_S", 0)
        patch.setattr(speech, "PATIENCE_S", 0.0)
        yield people, Asking(people)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_every_operation_answers_as_the_document_says(asking: tuple[TwoPeople, Asking], full: bool) -> None:
    people, asked = asking
    api = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", people.app)
    operations = [found.ok() for found in api.get_all_operations()]
    operations.sort(key=lambda each: each.definition.raw["operationId"].startswith(LAST))
    assert len(operations) > 60
    for operation in operations:
        cases = api.iter_coverage_cases(
            operation,
            generation_modes=list(GenerationMode),
            generation_config=api.config.generation_for(operation=operation),
        )
        for case in islice(cases, MOST_OF_ONE if full else BOUNDARY):
            asked.ask(case)
        takes = len(operation.query) + len(operation.body) > 0  # every text is an id
        for mode in GenerationMode if takes else (GenerationMode.POSITIVE,):
            drawn = settings(max_examples=FULL_DRAWN if full else DRAWN, **SETTINGS)
            seed(1)(drawn(given(case=operation.as_strategy(generation_mode=mode))(lambda case: asked.ask(case))))()
    print(f"{asked.count} cases: {dict(asked.statuses)}")
    assert not asked.wrong, "\n\n".join(f"{key}: {said}" for key, said in asked.wrong.items())
    assert not any(status >= 500 and status != 503 for status in asked.statuses)
    assert asked.count >= (30_000 if full else 3_000)
