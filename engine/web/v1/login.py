"""Logging in, by programs, and one's own account. Only where there are accounts."""

from engine.accounts.audit import Action
from engine.accounts.caller import Role
from engine.accounts.credentials import Kind
from engine.errors import AppError, Code
from engine.web.audit import note
from engine.web.auth.access import OWN
from engine.web.auth.login import log_in, program
from engine.web.auth.proof import accounts, bearer, claims, signed
from engine.web.me import caller
from engine.web.v1.account_models import Account, Amounts, Login, Me, PasswordChange, Registration, Tokens
from engine.web.v1.ground import Ground
from engine.web.v1.operations import Answer, Surface

TAG = "accounts"
_BELOW = OWN.removeprefix("/api/v1")


def add(surface: Surface, _ground: Ground) -> None:
    @surface.on("POST", f"{_BELOW}/login", TAG, {200: Answer(Tokens)}, body=Login, anonymous=True)
    def login(body: Login) -> Tokens:
        """Log in, for an access and a refresh token."""
        user = log_in(body.email, body.password)
        made, secret = accounts().credentials.add(user.id, Kind.LOGIN, name=program())
        note(Action.LOGIN, made.id, user=user.id)
        return Tokens(**signed(user.id, made.id, secret))

    @surface.on("POST", f"{_BELOW}/refresh", TAG, {200: Answer(Tokens)}, anonymous=True)
    def refresh() -> Tokens:
        """The next two tokens.

        The refresh token stands in the Authorization header. Each is good once: where one comes a second time, somebody
        else may have it, and the login with all its tokens is over.
        """
        said, credentials = claims(bearer() or "", "refresh"), accounts().credentials
        found = credentials.by_id(Kind.LOGIN, said["sid"])
        if found is None or found.user != said["sub"]:
            raise AppError(Code.UNAUTHORIZED, "token_bad")
        fresh = credentials.renewed(said["sid"], said["jti"])
        if fresh is None:
            note(Action.REFRESH_REUSED, said["sid"], user=found.user)
            raise AppError(Code.UNAUTHORIZED, "refresh_reused")
        return Tokens(**signed(found.user, said["sid"], fresh))

    @surface.on("POST", f"{_BELOW}/logout", TAG, {204: Answer(said="Logged out.")})
    def logout() -> None:
        """End the login or the session that asks, with all its tokens."""
        who = caller()
        accounts().credentials.revoke(who.user, str(who.token))
        note(Action.LOGOUT, str(who.token))

    @surface.on(
        "POST", f"{_BELOW}/register", TAG, {201: Answer(Account)}, body=Registration, anonymous=True,
        errors=(Code.NOT_FOUND,),
    )  # fmt: skip
    def register(body: Registration) -> Account:
        """Make an account, as one was invited to."""
        user = accounts().invitations.accept(body.invitation, body.email, body.password)
        note(Action.USER_ADDED, user.id, user=user.id, email=user.email)
        return Account(**{name: getattr(user, name) for name in Account.model_fields})

    @surface.on("GET", f"{_BELOW}/me", TAG, {200: Answer(Me)})
    def get_me() -> Me:
        """Who asks, what they use, and what they may use."""
        return _me()

    @surface.on("PATCH", f"{_BELOW}/me", TAG, {200: Answer(Me)}, body=PasswordChange)
    def change_password(body: PasswordChange) -> Me:
        """Change one's password. Wherever else one is logged in, one no longer is."""
        who, known = caller(), accounts()
        if not known.users.has_password(who.user, body.password):
            raise AppError(Code.FORBIDDEN, "password_wrong")
        known.users.set_password(who.user, body.new_password)
        known.credentials.revoke_all(who.user, but=who.token)
        note(Action.PASSWORD_CHANGED, who.user)
        return _me()


def _me() -> Me:
    who, known = caller(), accounts()
    user, allowed = known.users.get(who.user), known.quotas.allowed(who)
    return Me(
        id=user.id,
        email=user.email,
        role=Role(user.role),
        plan=user.plan,
        used=Amounts(**vars(known.quotas.used(user.id))),
        allowed=Amounts(**allowed.model_dump()),
        scopes=None if who.scopes is None else sorted(who.scopes),
    )
