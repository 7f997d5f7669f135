import { i18n } from "../core/i18n.js";
import * as api from "../server/api.js";

/** @import { JobRow, Values } from "../core/types.js" */
/** @import { App } from "./app.js" */

/** The command whose result is looked at through its stems. */
const SPLIT = "split";

/** @param {Values} params @param {string} id @returns {boolean} a track is among a job's inputs */
export const readsTrack = (params, id) => Object.values(params).flat().includes(`track:${id}`);

/**
 * What becomes of finished jobs. Their first track opens by itself where nothing is disturbed by it; a card that is
 * worked on or heard stays, unless the job was asked for from it, and the new track announces itself.
 */
export class Arrivals {
  /** Requests of this page: their tracks open by themselves. @type {Set<string | null>} */
  #own = new Set();
  /** Requests that were made from a card -> its track. @type {Map<string | null, string>} */
  #from = new Map();

  /** @param {App} app */
  constructor(app) {
    this.app = app;
  }

  /** @param {string | null} requestId @param {string} [card] the track on whose card it was asked for */
  expect(requestId, card) {
    this.#own.add(requestId);
    if (card) this.#from.set(requestId, card);
  }

  /** @param {JobRow} row a job that is done */
  async come(row) {
    const { card } = this.app;
    const [made] = row.track_ids;
    const fromCard = card.id !== "" && (this.#from.get(row.request_id) === card.id || readsTrack(row.params, card.id));
    const stems = fromCard && row.command === SPLIT;
    const followed = stems && row.parent_id !== null; // a split that was asked for along with the card's track
    const expected = this.#own.delete(row.request_id);
    this.#from.delete(row.request_id);
    if (!made || !(expected || followed)) return;
    if (!fromCard && this.busy) return this.#announce(made);
    if (!stems) return card.open(made);
    await this.app.open(made);
    card.show("stems");
  }

  /** The card is worked on or heard. */
  get busy() {
    const { card, playback } = this.app;
    if (!card.id) return false;
    const heard = playback.sounds(`track:${card.id}`) || this.app.playersSound;
    return heard || card.touched || (playback.current?.key === `track:${card.id}` && playback.region !== null);
  }

  /** @param {string} id */
  async #announce(id) {
    const known = this.app.tracks.row(id) ?? (await api.track(id).catch(() => null));
    if (!known) return;
    const action = { label: i18n.t("ui.done.show"), act: () => void this.app.open(id) };
    this.app.emit("notice", { level: "info", message: i18n.t("ui.done", { title: known.title }), action });
  }
}
