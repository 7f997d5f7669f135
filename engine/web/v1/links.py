"""Links by which anybody may hear a track for a while. Only where there are accounts."""

from pydantic import Field

from engine.accounts.audit import Action
from engine.accounts.links import LONGEST_S, SHORTEST_S, SharedLink
from engine.errors import Code
from engine.web.addresses import full_address
from engine.web.audit import note
from engine.web.auth.proof import accounts
from engine.web.auth.shared import place
from engine.web.me import caller, me
from engine.web.v1.ground import Ground
from engine.web.v1.models import AnswerModel, RequestModel
from engine.web.v1.operations import Answer, Surface
from engine.web.v1.tracks import NOT_THERE, TAG


class NewLink(RequestModel):
    """A link to be made."""

    expires_in: int = Field(
        7 * 86400, ge=SHORTEST_S, le=LONGEST_S, description="How long it is to be good, seconds; a week by default."
    )


class LinkView(AnswerModel):
    """A link that is good now."""

    id: str = Field(description="Its id.")
    track_id: str = Field(description="The track that it shows.")
    title: str = Field(description="What people call that track.")
    created_at: float = Field(description="When it was made, Unix seconds.")
    expires_at: float = Field(description="Until when it is good, Unix seconds.")


class MadeLink(LinkView):
    """A link that was made."""

    url: str = Field(description="The link, told this once: whoever has it may hear the track.")


class LinkList(AnswerModel):
    items: list[LinkView] = Field(description="The newest first.")


def add(surface: Surface, _ground: Ground) -> None:
    @surface.on("POST", "/tracks/<track_id>/links", TAG, {201: Answer(MadeLink, "It is good now.")}, body=NewLink,
                errors=NOT_THERE)  # fmt: skip
    def create_link(track_id: str, body: NewLink) -> MadeLink:
        """Make a link by which anybody may hear a track of yours for a while, without a login.

        It shows title, artist, length and tempo, the cover and the spectrogram, and gives the sound and its stems to be
        saved; nothing else of yours.
        """
        me.library.row(track_id)
        made, secret = accounts().links.add(caller().user, track_id, lasts_s=body.expires_in)
        note(Action.LINK_MADE, made.id, track=track_id, expires_at=made.expires_at)
        return MadeLink(**_told(made).model_dump(), url=full_address(place(secret)))

    @surface.on("GET", "/tracks/<track_id>/links", TAG, {200: Answer(LinkList, "Links.")}, errors=NOT_THERE)
    def list_links_of_track(track_id: str) -> LinkList:
        """The links to a track that are good now."""
        me.library.row(track_id)
        return _listed(accounts().links.of(caller().user, track_id))

    @surface.on("GET", "/links", TAG, {200: Answer(LinkList, "Links.")})
    def list_links() -> LinkList:
        """All links of yours that are good now."""
        return _listed(accounts().links.of(caller().user))

    @surface.on("DELETE", "/links/<link_id>", TAG, {204: Answer(said="It has ended.")}, errors=(Code.NOT_FOUND,))
    def revoke_link(link_id: str) -> None:
        """End a link before its time."""
        accounts().links.revoke(caller().user, link_id)
        note(Action.LINK_REVOKED, link_id)


def _told(link: SharedLink) -> LinkView:
    return LinkView(**vars(link), title=me.library.row(link.track_id)["title"])


def _listed(found: list[SharedLink]) -> LinkList:
    return LinkList(items=list(map(_told, found)))
