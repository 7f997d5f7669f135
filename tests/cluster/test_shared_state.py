"""Servers of one cluster are one to whoever asks: what one of them keeps or signs, the others know and take."""

import io
import json
import os
import threading
from collections.abc import Iterator, Sequence

import numpy as np
import pytest
import soundfile
from flask.testing import FlaskClient

from engine.accounts.keys import Keys
from engine.app import Application
from engine.events import TaggingChanged, TrackAdded
from engine.jobs import tagging
from engine.jobs.job import Request
from engine.library.record import Annotation
from engine.owner import LOCAL
from engine.tag.facts import TAGGER_VERSION
from engine.web.server import create_web
from engine.web.webhooks.secret import Secrets
from tests.cluster.conftest import Brokers, standing
from tests.cluster.stand import Stand
from tests.stores import Store
from tests.waiting import until
from tests.wants import wants

pytestmark = pytest.mark.skipif("TEST_POSTGRESQL_URL" not in os.environ, reason=wants("PostgreSQL"))

BEN = "b" * 32


@pytest.fixture(scope="module")
def stand(brokers: Brokers, nanio: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    folder = tmp_path_factory.mktemp("cluster")
    with standing(folder, brokers.get("RabbitMQ"), nanio, servers=2, nodes=1) as found:
        yield found


@pytest.fixture
def both(stand: Stand) -> tuple[Application, Application]:
    one, other = (server.application for server in stand.servers)
    return one, other


@pytest.fixture
def clients(both: tuple[Application, Application]) -> tuple[FlaskClient, FlaskClient]:
    one, other = (create_web(application)[0].test_client() for application in both)
    return one, other


def test_edits_of_one_track_by_two_servers_are_all_kept(stand: Stand, both: tuple[Application, Application]) -> None:
    """Each reads the record, changes it and writes it: they take turns."""
    server = stand.servers[0]
    track_id = server.record(server.done(server.debug(seed=7), timeout_s=120)).id
    wanted = {f"fact {number}" for number in range(24)}

    def annotate(application: Application, names: Sequence[str]) -> None:
        for name in names:
            application.library.of(LOCAL).annotate(track_id, Annotation.now("tag", {name: True}))

    shares = [sorted(wanted)[start::4] for start in range(4)]
    threads = [threading.Thread(target=annotate, args=(both[at % 2], share)) for at, share in enumerate(shares)]
    threads.append(threading.Thread(target=both[0].library.rename, args=(track_id, "Renamed meanwhile")))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    record = both[1].library.record(track_id)
    assert wanted <= set(record.facts) and record.title == "Renamed meanwhile"
    assert both[1].library.row(track_id)["title"] == "Renamed meanwhile"


def test_what_another_process_enters_is_counted_and_found(stand: Stand, both: tuple[Application, Application]) -> None:
    """The node enters a track, one server changes it: neither is done by the one that is asked."""
    one, other = both
    before = other.library.tracks.revision()
    track_id = stand.servers[0].done(stand.servers[0].debug(seed=8), timeout_s=120).track_ids[0]
    until(lambda: all(now > known for now, known in zip(other.library.tracks.revision(), before, strict=True)))
    tag = {"category": "genre", "name": "of_another_server", "source": "test"}
    assert "genre/of_another_server" not in other.library.tag_counts()
    one.library.annotate(track_id, Annotation.now("tag", {"tags": [tag]}))
    one.events.publish(TrackAdded(one.library.row(track_id), LOCAL))
    until(lambda: other.library.tag_counts().get("genre/of_another_server") == 1)


def test_keys_and_secrets_are_those_of_all(both: tuple[Application, Application]) -> None:
    one, other = both
    mine, theirs = Keys(one.state), Keys(other.state)
    name, key = mine.newest()
    assert theirs.newest() == (name, key) and mine.addresses.get() == theirs.addresses.get()
    fresh, _ = theirs.replace()
    assert fresh != name and mine.find(fresh), "a token that another server signs in this moment is good here"
    until(lambda: mine.newest()[0] == fresh)
    assert mine.find(name) == key, "the one before it is good still"
    until(lambda: theirs.find(theirs.replace()[0]) and mine.find(name) is None)
    before = mine.addresses.get()
    mine.addresses.forget()
    until(lambda: theirs.addresses.get() == mine.addresses.get() != before)
    for user in (LOCAL, BEN):
        secret = Secrets(one.state).of(user)
        assert Secrets(other.state).of(user) == secret
        again = Secrets(other.state).replace(user)
        assert Secrets(one.state).good(user) == [again, secret]


def test_what_a_user_keeps_and_asked_for_last_is_the_same_everywhere(
    both: tuple[Application, Application], clients: tuple[FlaskClient, FlaskClient]
) -> None:
    one, other = both
    calm = one.of(BEN).playlists.add({"title": "calm", "search": {"q": "calm"}})
    loud = other.of(BEN).playlists.add({"title": "loud", "search": {}})
    assert one.of(BEN).playlists.all() == other.of(BEN).playlists.all() == [calm, loud]
    assert other.of(LOCAL).playlists.all() == []
    one.scheduler.submit(Request("debug", {"seed": 4711}))
    assert clients[1].get("/api/state").get_json()["last_run"]["params"]["seed"] == 4711
    for application in both:
        kept = {path.name for path in application.settings.state_dir.rglob("*") if path.is_file()}
        assert not kept & {"accounts.keys", "signing.key", "webhook.secret", "playlists.json", "last_run.json"}, kept


def test_an_upload_goes_on_with_another_server(clients: tuple[FlaskClient, FlaskClient]) -> None:
    """Its parts come by addresses that either signed, and lie in the bucket before the upload is complete."""
    file = io.BytesIO()
    noise = np.random.default_rng(1).uniform(-0.5, 0.5, 3_500_000)
    soundfile.write(file, noise, 48_000, format="WAV", subtype="PCM_16")
    data, cut = file.getvalue(), 5 * 2**20  # the least that a bucket takes for a part
    begun = clients[0].post("/api/v1/uploads/sign", json={"content_type": "audio/wav", "ext": "wav"}).get_json()
    parts = clients[1].post(f"/api/v1/uploads/{begun['key']}/parts", json={"numbers": [1, 2]}).get_json()["parts"]
    for client, part, piece in zip(clients, parts, (data[:cut], data[cut:]), strict=True):
        sent = client.open(part["put_url"], method=part["method"], data=piece, headers=part["headers"])
        assert sent.status_code == 200, sent.text
    arrived = clients[0].get(f"/api/v1/uploads/{begun['key']}/parts").get_json()["parts"]
    assert [part["size"] for part in arrived] == [cut, len(data) - cut]
    done = clients[1].post(f"/api/v1/uploads/{begun['key']}/complete", json={})
    assert (done.status_code, done.get_json()["kind"]) == (201, "sound")
    assert clients[0].get(done.get_json()["audio_url"]).data == data


def test_a_library_is_tagged_once_whichever_servers_look_after_it(
    stand: Stand, both: tuple[Application, Application], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A job stands for `/tag`. Each track is asked for once, and every server says how far it is, and pauses it."""
    one, other = both
    server = stand.servers[0]
    server.done(*(server.debug(seed=5000 + number, tracks=1) for number in range(6)), timeout_s=120)
    total = one.library.of(LOCAL).count()
    asked: list[str] = []

    def request(track_id: str, *, with_stems: bool) -> Request:
        asked.append(track_id)
        heard = {"tagger": TAGGER_VERSION, "tracks": 0, "steps": 1, "seed": 1}
        return Request("debug", {"source": f"track:{track_id}", **heard}, background=True)

    monkeypatch.setattr(tagging, "asked", request)
    assert one.tagging.of(LOCAL).act("start").state == "running"
    assert other.tagging.of(LOCAL).now().state in ("running", "idle")
    done = TaggingChanged("idle", total, total, 0, LOCAL)
    until(lambda: one.tagging.of(LOCAL).now() == other.tagging.of(LOCAL).now() == done, 120)
    assert sorted(asked) == sorted(set(asked)) and len(asked) == total >= 6
    state = other.state.read(LOCAL, tagging.TAGGING)
    assert state is not None and json.loads(state) == {"state": "idle", "failed": []}


def test_whichever_server_is_asked_to_pause_all_of_them_do(
    stand: Stand, both: tuple[Application, Application], monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = both

    def request(track_id: str, *, with_stems: bool) -> Request:
        slow = {"tagger": TAGGER_VERSION + 1, "tracks": 0, "steps": 1000, "step_s": 0.05, "seed": 2}
        return Request("debug", {"source": f"track:{track_id}", **slow}, background=True)

    monkeypatch.setattr(tagging, "asked", request)
    monkeypatch.setattr(tagging, "TAGGER_VERSION", TAGGER_VERSION + 1)
    assert one.tagging.of(LOCAL).act("start").state == "running"
    until(lambda: any(job.status == "RUNNING" for job in other.queue.background()), 60)
    assert other.tagging.of(LOCAL).act("pause").state == "paused" == one.tagging.of(LOCAL).now().state
    until(lambda: {job.status for job in one.queue.background()} == {"RUNNING"})
    assert one.tagging.of(LOCAL).act("stop").state == "idle" == other.tagging.of(LOCAL).now().state
    until(lambda: not other.queue.background(), 60)
