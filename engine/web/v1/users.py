"""Users, invitations and the audit log, for administrators. Only where there are accounts."""

from engine.accounts.audit import Action
from engine.accounts.credentials import DAY_S
from engine.accounts.users import User
from engine.errors import Code
from engine.web.addresses import full_address
from engine.web.audit import note
from engine.web.auth.access import OWN, admin_only
from engine.web.auth.proof import accounts
from engine.web.me import caller
from engine.web.v1.account_models import (
    AuditPage,
    AuditQuery,
    AuditRow,
    KnownUser,
    KnownUsers,
    MadeInvitation,
    NewInvitation,
    OpenInvitation,
    OpenInvitations,
    UserChange,
)
from engine.web.v1.cursors import cursor, place_of
from engine.web.v1.ground import Ground
from engine.web.v1.login import TAG
from engine.web.v1.operations import Answer, Surface

_INVITATIONS = f"{OWN.removeprefix('/api/v1')}/invitations"


def add(surface: Surface, _ground: Ground) -> None:
    @surface.on("GET", _INVITATIONS, TAG, {200: Answer(OpenInvitations)})
    @admin_only
    def list_invitations() -> OpenInvitations:
        """Invitations that were not used yet."""
        found = accounts().invitations.open()
        return OpenInvitations(items=[OpenInvitation.model_validate(vars(one)) for one in found])

    @surface.on("POST", _INVITATIONS, TAG, {201: Answer(MadeInvitation)}, body=NewInvitation)
    @admin_only
    def create_invitation(body: NewInvitation) -> MadeInvitation:
        """Invite somebody: whoever has the link may make one account."""
        made, secret = accounts().invitations.add(
            caller().user, email=body.email, role=body.role, plan=body.plan, lasts_s=body.days * DAY_S
        )
        note(Action.USER_INVITED, made.id, email=made.email, role=made.role, plan=made.plan)
        return MadeInvitation(link=f"{full_address('/')}#invitation={secret}", **vars(made))

    @surface.on(
        "DELETE", f"{_INVITATIONS}/<invitation_id>", TAG, {204: Answer(said="It is good no longer.")},
        errors=(Code.NOT_FOUND,),
    )  # fmt: skip
    @admin_only
    def delete_invitation(invitation_id: str) -> None:
        """Take an invitation back."""
        accounts().invitations.revoke(invitation_id)
        note(Action.INVITATION_REVOKED, invitation_id)

    @surface.on("GET", "/users", TAG, {200: Answer(KnownUsers)})
    @admin_only
    def list_users() -> KnownUsers:
        """All users."""
        return KnownUsers(items=[_known(user) for user in accounts().users.all()])

    @surface.on("PATCH", "/users/<user_id>", TAG, {200: Answer(KnownUser)}, body=UserChange, errors=(Code.NOT_FOUND,))
    @admin_only
    def change_user(user_id: str, body: UserChange) -> KnownUser:
        """Change a user's role or plan, let them in no longer, or again.

        Who is disabled is logged out everywhere; what is theirs stays.
        """
        known = accounts()
        user = known.users.change(user_id, role=body.role, plan=body.plan)
        if body.role is not None or body.plan is not None:
            note(Action.USER_CHANGED, user_id, role=user.role, plan=user.plan)
        if body.disabled is True:
            known.disable(user_id)
            note(Action.USER_DISABLED, user_id)
        elif body.disabled is False:
            known.users.enable(user_id)
            note(Action.USER_ENABLED, user_id)
        return _known(known.users.get(user_id))

    @surface.on("GET", "/audit", TAG, {200: Answer(AuditPage)}, query=AuditQuery)
    @admin_only
    def get_audit(query: AuditQuery) -> AuditPage:
        """Who did what, the newest first."""
        before = place_of(query.cursor, float, str) if query.cursor else None
        found = accounts().audit.page(user=query.user, before=before, limit=query.limit)
        more = cursor(found[-1].created_at, found[-1].id) if len(found) == query.limit else None
        return AuditPage(items=[AuditRow.model_validate(vars(one)) for one in found], next_cursor=more)


def _known(user: User) -> KnownUser:
    return KnownUser(**{name: getattr(user, name) for name in KnownUser.model_fields})
