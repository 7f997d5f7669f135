"""Two servers of a cluster, two users: an upload that was begun on one is gone on with and completed on the other."""

import io
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
import requests
import soundfile
from flask.testing import FlaskClient

from engine.accounts import passwords
from engine.accounts.quotas import GIGABYTE
from engine.web.server import create_web
from tests.accounts.conftest import CHEAP, PASSWORD
from tests.cluster.conftest import Brokers
from tests.cluster.stand import Stand
from tests.stores import Store
from tests.waiting import until
from tests.wants import wants

pytestmark = pytest.mark.skipif("TEST_POSTGRESQL_URL" not in os.environ, reason=wants("PostgreSQL"))

PART = 5 * 2**20
STANDARD_GIGABYTES = 20
ANNA, BORIS = "anna@example.org", "boris@example.org"
Pages = dict[tuple[int, str], FlaskClient]


class SharedStand(Stand):
    """With accounts, and a bucket that browsers reach."""

    def values(self) -> dict[str, object]:
        return super().values() | {"accounts": True, "storage_redirect": True}


@pytest.fixture(scope="module")
def stand(brokers: Brokers, ministack: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    found = SharedStand(
        tmp_path_factory.mktemp("uploads"), brokers.get("Redis"), ministack, os.environ["TEST_POSTGRESQL_URL"]
    )
    try:
        found.server()
        found.server()
        yield found
    finally:
        found.close()


@pytest.fixture(scope="module")
def pages(stand: Stand) -> Iterator[Pages]:
    """Each user's browser at each server."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "COST", CHEAP)
        apps = [create_web(server.application)[0] for server in stand.servers]
        accounts = stand.servers[0].application.accounts
        assert accounts
        for email in (ANNA, BORIS):
            accounts.users.add(email, PASSWORD)
        found = {(number, email): apps[number].test_client() for number, email in product((0, 1), (ANNA, BORIS))}
        for (_, email), page in found.items():
            answer = page.post("/api/session", json={"email": email, "password": PASSWORD})
            page.environ_base["HTTP_X_CSRF_TOKEN"] = answer.get_json()["csrf"]
        yield found


@pytest.fixture(scope="module")
def sound() -> bytes:
    """Longer than one part."""
    file = io.BytesIO()
    soundfile.write(file, np.random.default_rng(4).uniform(-0.5, 0.5, (1_500_000, 2)), 48_000, format="WAV")
    return file.getvalue()


def begun(page: FlaskClient, sound: bytes, name: str = "Noise.wav") -> str:
    """The path of a new upload."""
    asked = {"content_type": "audio/wav", "ext": "wav", "size": len(sound), "name": name}
    answer = page.post("/api/v1/uploads/sign", json=asked)
    assert answer.status_code == 201, answer.text
    return f"/api/v1/uploads/{answer.get_json()['key']}"


def address(page: FlaskClient, path: str, number: int, *, direct: bool = True) -> str:
    asked = page.post(f"{path}/parts", json={"numbers": [number], "direct": direct})
    return str(asked.get_json()["parts"][0]["put_url"])


def left(stand: Stand) -> set[str]:
    return {name for name in stand.objects() if name.startswith("incoming/")}


def test_each_server_is_ready_once_its_services_answer(pages: Pages) -> None:
    for page in (pages[0, ANNA], pages[1, ANNA]):
        until(lambda page=page: page.get("/api/v1/ready").status_code == 200)
        ready = page.get("/api/v1/ready").get_json()
        assert [ready[name] for name in ("database", "broker", "storage")] == [True] * 3


def test_what_was_begun_on_one_server_is_completed_on_the_other(stand: Stand, pages: Pages, sound: bytes) -> None:
    one, other = pages[0, ANNA], pages[1, ANNA]
    path = begun(one, sound)
    assert requests.put(address(one, path, 1), data=sound[:PART]).status_code == 200
    assert [part["number"] for part in other.get(f"{path}/parts").get_json()["parts"]] == [1]
    assert other.put(address(other, path, 2, direct=False), data=sound[PART:]).status_code == 200
    answers = [page.post(f"{path}/complete", json={}) for page in (other, one, other)]
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.get_json()["key"] for answer in answers}) == 1
    heard = other.get(answers[0].get_json()["audio_url"])
    assert heard.status_code == 302 and requests.get(heard.location).content == sound
    assert not left(stand)
    for server in stand.servers:
        assert not list(Path(server.settings.incoming_dir).glob("*")), "nothing lies with a server"
    assert one.delete(path).status_code == 204


def test_both_servers_may_complete_it_at_once(stand: Stand, pages: Pages, sound: bytes) -> None:
    path = begun(pages[0, ANNA], sound)
    for number, data in ((2, sound[PART:]), (1, sound[:PART])):
        requests.put(address(pages[number - 1, ANNA], path, number), data=data)
    with ThreadPoolExecutor(2) as pool:
        asked = [pool.submit(pages[number, ANNA].post, f"{path}/complete", json={}) for number in (0, 1)]
        answers = [each.result() for each in asked]
    assert [answer.status_code for answer in answers] == [201, 201], [answer.text for answer in answers]
    facts = [answer.get_json() for answer in answers]
    assert facts[0]["key"] == facts[1]["key"]
    assert not left(stand)
    assert pages[1, ANNA].delete(path).status_code == 204


def test_one_file_of_two_users_is_two_uploads(stand: Stand, pages: Pages, sound: bytes) -> None:
    anna, boris = pages[0, ANNA], pages[1, BORIS]
    paths = {anna: begun(anna, sound), boris: begun(boris, sound)}
    for page, path in paths.items():
        for number, data in ((1, sound[:PART]), (2, sound[PART:])):
            assert requests.put(address(page, path, number), data=data).status_code == 200
    facts = {page: page.post(f"{path}/complete", json={}).get_json() for page, path in paths.items()}
    assert facts[anna]["key"] != facts[boris]["key"]
    for page in (anna, boris):
        assert [each["key"] for each in page.get("/api/v1/uploads").get_json()["items"]] == [facts[page]["key"]]
    assert anna.delete(paths[anna]).status_code == 204
    heard = boris.get(facts[boris]["audio_url"])
    assert requests.get(heard.location).content == sound, "of what is Boris's nothing went"
    assert boris.delete(paths[boris]).status_code == 204


def test_what_goes_past_the_server_counts_for_the_quota(stand: Stand, pages: Pages) -> None:
    accounts = stand.servers[1].application.accounts
    assert accounts
    asked = {"content_type": "audio/wav", "ext": "wav", "size": 2**20}
    with mock.patch.object(accounts.quotas, "_kept_bytes", return_value=STANDARD_GIGABYTES * GIGABYTE - 1000):
        answer = pages[1, BORIS].post("/api/v1/uploads/sign", json=asked)
    assert (answer.status_code, answer.get_json()["code"]) == (429, "RATE_LIMITED")
    assert not left(stand)


@pytest.mark.parametrize("server", [0, 1])
def test_the_upload_of_another_is_not_there(stand: Stand, pages: Pages, sound: bytes, server: int) -> None:
    anna, boris = pages[0, ANNA], pages[server, BORIS]
    path = begun(anna, sound)
    requests.put(address(anna, path, 1), data=sound[:PART])
    for answer in (
        boris.post(f"{path}/complete", json={}), boris.get(f"{path}/parts"), boris.delete(path),
        boris.post(f"{path}/parts", json={"numbers": [1]}), boris.get(path),
    ):  # fmt: skip
        assert (answer.status_code, answer.get_json()["code"]) == (404, "NOT_FOUND")
    assert [part["size"] for part in anna.get(f"{path}/parts").get_json()["parts"]] == [PART]
    assert anna.delete(path).status_code == 204 and not left(stand)
