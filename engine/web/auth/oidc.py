"""Logging in by an OpenID provider: authorization code with PKCE, state and nonce (OpenID Connect Core 1.0, 3.1)."""

import hashlib
import hmac
import logging
from typing import Any

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.flask_client import OAuth
from flask import Blueprint, Flask, Response, redirect, request
from flask.sessions import SecureCookieSessionInterface
from joserfc.errors import JoseError
from requests import RequestException

from engine.accounts.accounts import Accounts
from engine.accounts.audit import Action
from engine.accounts.users import User
from engine.errors import AppError, Code
from engine.metrics import LOGINS
from engine.settings import Settings
from engine.web.addresses import address, full_address
from engine.web.audit import note
from engine.web.auth.access import OIDC
from engine.web.auth.proof import COOKIE, accounts
from engine.web.auth.session import entered

SIGNED_BY = frozenset(("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"))
"""With a provider's public key, and nothing else: no shared secret, and never `none`."""
ANSWER_S = 10.0

log = logging.getLogger(__name__)


class _ByRequest(SecureCookieSessionInterface):
    """Flask's own session, which holds what a login waits for, and nothing else."""

    def get_cookie_secure(self, _app: Flask) -> bool:
        return request.is_secure


def attach(app: Flask, settings: Settings, known: Accounts) -> None:
    """Offer it. The provider is not asked for anything before somebody wants to log in."""
    app.secret_key = hmac.digest(known.keys.newest()[1], b"oidc", hashlib.sha256)
    app.session_interface = _ByRequest()
    app.config.update(SESSION_COOKIE_NAME=f"{COOKIE}-oidc", SESSION_COOKIE_SAMESITE="Lax", SESSION_COOKIE_PATH="/")
    issuer = str(settings.oidc_issuer)
    provider = OAuth(app).register(
        "provider",
        client_id=settings.oidc_client_id,
        client_secret=settings.oidc_client_secret or None,
        server_metadata_url=f"{issuer.rstrip('/')}/.well-known/openid-configuration",
        client_kwargs={
            "scope": "openid email",
            "code_challenge_method": "S256",
            "default_timeout": ANSWER_S,
            "token_endpoint_auth_method": "client_secret_basic" if settings.oidc_client_secret else "none",
        },
    )
    app.register_blueprint(_blueprint(settings, provider, issuer))


def _blueprint(settings: Settings, provider: Any, issuer: str) -> Blueprint:
    oidc = Blueprint("oidc", __name__)

    @oidc.get(OIDC)
    def leave_for_provider() -> Response:
        """To the provider's page."""
        try:
            _trusted(provider, issuer)
            going: Response = provider.authorize_redirect(full_address(f"{OIDC}/callback"))
            return going
        except (AuthlibBaseError, JoseError, RequestException, RuntimeError, ValueError, AppError) as error:
            return _refused(_failure(error))

    @oidc.get(f"{OIDC}/callback")
    def come_back() -> Response:
        """From the provider's page: logged in, or back at the page with the key of the reason in `#login-error=`."""
        try:
            _trusted(provider, issuer)
            token = provider.authorize_access_token()
            user = _user(settings, issuer, _claims(provider, token))
        except (AuthlibBaseError, JoseError, RequestException, RuntimeError, ValueError, KeyError, AppError) as error:
            LOGINS.add(outcome="failed")
            return _refused(_failure(error))
        LOGINS.add(outcome="ok")
        response = entered(user.id)
        response.status_code, response.headers["Location"] = 303, address("/")
        return response

    return oidc


def _trusted(provider: Any, issuer: str) -> None:
    """Raises ValueError where another one answers, or one that signs by what anybody could."""
    metadata = provider.load_server_metadata()
    if metadata.get("issuer") != issuer:
        raise ValueError("another issuer")
    offered = metadata.get("id_token_signing_alg_values_supported", ["RS256"])
    metadata["id_token_signing_alg_values_supported"] = sorted(SIGNED_BY.intersection(offered))


def _claims(provider: Any, token: dict[str, Any]) -> dict[str, Any]:
    """What the ID token says, and the email of its subject where the provider tells that at its own endpoint alone, as
    it should (Core 1.0, 5.4). Raises ValueError when another subject is spoken of there (5.3.2).
    """
    claims = dict(token["userinfo"])
    if "email" in claims or not provider.load_server_metadata().get("userinfo_endpoint"):
        return claims
    told = provider.userinfo(token=token)
    if told.get("sub") != claims["sub"]:
        raise ValueError("another subject")
    return {**told, **claims}


def _user(settings: Settings, issuer: str, claims: dict[str, Any]) -> User:
    """Whose claims these are. Raises FORBIDDEN for who may not come."""
    known, subject = accounts(), f"{issuer} {claims['sub']}"
    email = str(claims.get("email") or "")
    if claims.get("email_verified") is not True or not _is_welcome(settings.oidc_domains, email):
        raise AppError(Code.FORBIDDEN, "oidc_email")
    user = known.users.by_subject(subject)
    if user is None:
        user = _linked(email, subject) or _added(settings, email, subject)
    if user.disabled_at is not None:
        raise AppError(Code.FORBIDDEN, "oidc_uninvited")
    known.users.seen(user)
    return user


def _linked(email: str, subject: str) -> User | None:
    """Who has this email already. Their password is forgotten: whoever set it need not be whose email it is."""
    known = accounts()
    try:
        user = known.users.find(email)
    except AppError:
        return None
    if user.subject is not None:
        raise AppError(Code.FORBIDDEN, "oidc_email")
    known.users.link(user.id, subject)
    known.credentials.revoke_all(user.id, programs=True)
    note(Action.USER_CHANGED, user.id, user=user.id, subject=subject)
    return known.users.get(user.id)


def _added(settings: Settings, email: str, subject: str) -> User:
    """The first account is not made so: it is an administrator's."""
    known = accounts()
    try:
        user = known.invitations.accept_for(email, subject)
    except AppError as error:
        if error.key != "invitation_bad":
            raise
        if not settings.oidc_sign_up or not known.users.all():
            raise AppError(Code.FORBIDDEN, "oidc_uninvited") from None
        user = known.users.add(email, None, subject=subject)
    note(Action.USER_ADDED, user.id, user=user.id, email=user.email)
    return user


def _is_welcome(domains: str, email: str) -> bool:
    allowed = {domain.strip().lower() for domain in domains.split(",") if domain.strip()}
    return not allowed or email.rpartition("@")[2].lower() in allowed


def _failure(error: Exception) -> AppError:
    if isinstance(error, AppError):
        return error
    log.info("a login by the provider failed", exc_info=error)
    return AppError(Code.UNAUTHORIZED, "oidc_failed")


def _refused(error: AppError) -> Response:
    note(Action.LOGIN_FAILED, "oidc", reason=error.key, **error.values)
    return redirect(f"{address('/')}#login-error=error.{error.key}", 303)  # type: ignore[return-value]
