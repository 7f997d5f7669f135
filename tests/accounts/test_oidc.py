"""Logging in by an OpenID provider: a small one in this process, which can also lie."""

import base64
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlparse

import pytest
from flask import Flask, jsonify, request
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from werkzeug.serving import make_server

from engine.accounts import passwords
from engine.app import Application
from engine.web.auth.proof import COOKIE
from engine.web.server import create_web
from tests.accounts.conftest import CHEAP, PASSWORD, People
from tests.conftest import make_settings

CLIENT, SECRET = "this-server", "a secret of two"
START, BACK = "/api/session/oidc", "/api/session/oidc/callback"
KEY = RSAKey.generate_key(2048, {"kid": "one"})
OTHER = RSAKey.generate_key(2048, {"kid": "one"})


@dataclass
class Provider:
    """What it says next, and who asked for what. `lies` are claims that it changes, `told` those that are had from its
    endpoint alone.
    """

    claims: dict[str, Any] = field(default_factory=dict)
    lies: dict[str, Any] = field(default_factory=dict)
    told: dict[str, Any] = field(default_factory=dict)
    key: Any = field(default_factory=lambda: KEY)
    algorithm: str = "RS256"
    issuer: str = ""
    says_issuer: str | None = None
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def app(self) -> Flask:
        app = Flask("provider")

        @app.get("/.well-known/openid-configuration")
        def metadata() -> Any:
            paths = {
                "authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys",
                "userinfo_endpoint": "userinfo",
            }  # fmt: skip
            return jsonify(
                issuer=self.says_issuer or self.issuer,
                id_token_signing_alg_values_supported=["RS256", "HS256", "none"],
                **{name: f"{self.issuer}/{path}" for name, path in paths.items()},
            )

        @app.get("/keys")
        def keys() -> Any:
            return jsonify(keys=[KEY.as_dict(private=False)])

        @app.get("/userinfo")
        def userinfo() -> Any:
            return jsonify(self.told) if request.headers.get("Authorization") == "Bearer x" else ("", 401)

        @app.post("/token")
        def token() -> Any:
            asked = self.codes.pop(request.form["code"], None)
            proof = base64.urlsafe_b64encode(hashlib.sha256(request.form["code_verifier"].encode()).digest())
            basic = request.authorization
            if (
                asked is None or asked["code_challenge"] != proof.decode().rstrip("=")
                or asked["redirect_uri"] != request.form["redirect_uri"]
                or basic is None or (basic.username, basic.password) != (CLIENT, SECRET)
            ):  # fmt: skip
                return jsonify(error="invalid_grant"), 400
            said = {"iss": self.issuer, "aud": CLIENT, "iat": int(time.time()), "exp": int(time.time()) + 60,
                    "nonce": asked["nonce"], **self.claims, **self.lies}  # fmt: skip
            header = {"alg": self.algorithm, "kid": "one"}
            made = jwt.encode(header, said, self.key, algorithms=[self.algorithm])
            return jsonify(access_token="x", token_type="Bearer", id_token=made)

        return app

    def authorize(self, location: str) -> str:
        """What the user's browser comes back with after it was sent to `location`."""
        asked = {name: values[0] for name, values in parse_qs(urlparse(location).query).items()}
        assert asked["response_type"] == "code" and asked["code_challenge_method"] == "S256" and asked["nonce"]
        assert asked["client_id"] == CLIENT and asked["redirect_uri"] == f"http://localhost{BACK}"
        self.codes["good"] = asked
        return f"{BACK}?code=good&state={asked['state']}"


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    provider = Provider()
    server = make_server("127.0.0.1", 0, provider.app(), threaded=True)
    provider.issuer = f"http://127.0.0.1:{server.port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield provider
    server.shutdown()
    thread.join()


@pytest.fixture(scope="module")
def visited(tmp_path_factory: pytest.TempPathFactory, provider: Provider) -> Iterator[People]:
    """A server whose users may come by the provider, if their addresses are of example.org."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "COST", CHEAP)
        folder: Path = tmp_path_factory.mktemp("oidc")
        settings = make_settings(
            folder, accounts=True, async_mode="threading", oidc_issuer=provider.issuer, oidc_client_id=CLIENT,
            oidc_client_secret=SECRET, oidc_domains="example.org, example.net",
        )  # fmt: skip
        application = Application.open(settings)
        try:
            yield People(application, *create_web(application))
        finally:
            application.close()


@pytest.fixture(autouse=True)
def honest(provider: Provider, visited: People, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ann, truly; and an administrator who is there before anybody else."""
    provider.claims = {"sub": "ann-1", "email": "ann@example.org", "email_verified": True}
    provider.told = {}
    provider.lies, provider.key, provider.algorithm, provider.says_issuer = {}, KEY, "RS256", None
    for name in visited.app.extensions["limiter"]:
        name.reset()
    if not visited.accounts.users.all():
        visited.accounts.users.add("boss@example.org", PASSWORD)


def come(visited: People, provider: Provider) -> tuple[FlaskClient, Any]:
    """A browser that went to the provider and came back, and the answer that it got."""
    client = visited.client()
    sent = client.get(START)
    assert sent.status_code == 302 and sent.headers["Location"].startswith(f"{provider.issuer}/authorize?")
    navigating = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Referer": f"{provider.issuer}/"}
    return client, client.get(provider.authorize(sent.headers["Location"]), headers=navigating)


def refused(answer: Any) -> str:
    """Why, as the page is told."""
    where, _, why = answer.headers["Location"].partition("#login-error=")
    assert (answer.status_code, where) == (303, "/")
    assert not any(cookie.startswith(f"{COOKIE}=") for cookie in answer.headers.getlist("Set-Cookie"))
    return str(why)


def test_who_is_not_invited_does_not_come_in_and_who_is_does(visited: People, provider: Provider) -> None:
    client, answer = come(visited, provider)
    assert refused(answer) == "error.oidc_uninvited" and client.get("/api/state").status_code == 401
    visited.accounts.invitations.add("local", email="Ann@example.org", plan="large")
    client, answer = come(visited, provider)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    said = client.get("/api/session").json
    assert said["oidc"] is True and (said["user"]["email"], said["user"]["plan"]) == ("ann@example.org", "large")
    assert visited.accounts.invitations.open() == []
    provider.claims["email"] = "ann.new@example.org"
    client, answer = come(visited, provider)
    assert client.get("/api/session").json["user"]["email"] == "ann@example.org", "the provider's id counts"
    assert visited.client().post(
        "/api/session", json={"email": "ann@example.org", "password": PASSWORD}
    ).status_code == 401, "there is no password"  # fmt: skip


def test_the_address_may_be_told_beside_the_token_but_of_nobody_else(visited: People, provider: Provider) -> None:
    """As node-oidc-provider, Zitadel and others do where nothing is set."""
    provider.claims, provider.told = {"sub": "eve-1"}, {"email": "eve@example.org", "email_verified": True}
    visited.accounts.invitations.add("local", email="eve@example.org")
    for subject in ({}, {"sub": "ann-1"}):
        provider.told |= subject
        assert refused(come(visited, provider)[1]) == "error.oidc_failed"
    provider.told |= {"sub": "eve-1", "email_verified": False}
    assert refused(come(visited, provider)[1]) == "error.oidc_email"
    provider.told["email_verified"] = True
    client, _ = come(visited, provider)
    assert client.get("/api/session").json["user"]["email"] == "eve@example.org"


def test_who_has_an_account_is_known_by_the_address_and_its_password_is_forgotten(
    visited: People, provider: Provider
) -> None:
    user = visited.accounts.users.add("bea@example.net", PASSWORD)
    before = visited.page("bea@example.net")
    provider.claims |= {"sub": "bea-1", "email": "Bea@example.net"}
    client, _ = come(visited, provider)
    assert client.get("/api/session").json["user"]["id"] == user.id
    assert before.get("/api/state").status_code == 401 and not visited.accounts.users.get(user.id).has_password
    provider.claims["sub"] = "bea-2"
    assert refused(come(visited, provider)[1]) == "error.oidc_email", "another one of the same address"
    visited.accounts.disable(user.id)
    provider.claims["sub"] = "bea-1"
    assert refused(come(visited, provider)[1]) == "error.oidc_uninvited"


@pytest.mark.parametrize(
    "lies",
    [
        {"email_verified": False},
        {"email_verified": "true"},
        {"email": "ann@evil.example"},
        {"email": ""},
        {"email": None},
    ],
)
def test_an_address_that_is_not_proved_or_not_welcome_is_refused(
    visited: People, provider: Provider, lies: dict[str, Any]
) -> None:
    provider.claims |= {"sub": "lier-1", **lies}
    assert refused(come(visited, provider)[1]) == "error.oidc_email"


@pytest.mark.parametrize(
    "lies",
    [{"nonce": "another"}, {"aud": "another"}, {"iss": "https://evil.example"}, {"exp": 1}, {"sub": None}],
)
def test_a_token_for_something_else_is_refused(visited: People, provider: Provider, lies: dict[str, Any]) -> None:
    provider.lies = lies
    assert refused(come(visited, provider)[1]) == "error.oidc_failed"


def test_a_token_that_the_provider_has_not_signed_is_refused(visited: People, provider: Provider) -> None:
    provider.key = OTHER
    assert refused(come(visited, provider)[1]) == "error.oidc_failed"
    public = json.dumps(KEY.as_dict(private=False)).encode()
    for key in (OctKey.import_key(SECRET.encode()), OctKey.import_key(public)):
        provider.key, provider.algorithm = key, "HS256"
        assert refused(come(visited, provider)[1]) == "error.oidc_failed"


def test_the_way_back_is_for_the_browser_that_left(visited: People, provider: Provider) -> None:
    sent = visited.client().get(START).headers["Location"]
    back = provider.authorize(sent)
    for path in (back, f"{BACK}?code=good", f"{BACK}?code=good&state=x", BACK, f"{BACK}?error=access_denied&state=x"):
        assert refused(visited.client().get(path)) == "error.oidc_failed"
    client, answer = come(visited, provider)
    state = answer.request.args["state"]
    assert refused(client.get(f"{BACK}?code=good&state={state}")) == "error.oidc_failed", "once"


def test_a_provider_that_calls_itself_another_is_not_asked(provider: Provider, tmp_path: Path) -> None:
    provider.says_issuer = "https://evil.example"
    settings = make_settings(
        tmp_path, accounts=True, async_mode="threading", oidc_issuer=provider.issuer, oidc_client_id=CLIENT
    )
    application = Application.open(settings)
    try:
        client = create_web(application)[0].test_client()
        assert refused(client.get(START)) == "error.oidc_failed"
        provider.says_issuer = None
    finally:
        application.close()


def test_the_first_account_is_nobodys_who_comes_by(provider: Provider, tmp_path: Path) -> None:
    settings = make_settings(
        tmp_path, accounts=True, async_mode="threading", oidc_issuer=provider.issuer, oidc_client_id=CLIENT,
        oidc_client_secret=SECRET, oidc_sign_up=True,
    )  # fmt: skip
    application = Application.open(settings)
    try:
        people = People(application, *create_web(application))
        assert refused(come(people, provider)[1]) == "error.oidc_uninvited" and people.accounts.users.all() == []
        people.accounts.users.add("boss@example.org", PASSWORD)
        client, _ = come(people, provider)
        assert client.get("/api/session").json["user"]["role"] == "user"
    finally:
        application.close()
