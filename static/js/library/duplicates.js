import { repeat } from "/static/vendor/lit/directives/repeat.js";
import { html, nothing } from "/static/vendor/lit/index.js";
import { clock, i18n, t } from "../core/i18n.js";
import * as api from "../server/api.js";
import { listOf, playableTrack } from "../store/playable.js";
import { AppElement } from "../ui/app-element.js";
import { deleteTrack } from "../ui/delete-track.js";
import { icon } from "../ui/icons.js";
import { titleText } from "../ui/title-text.js";
import { modelLabel } from "../ui/words.js";

/** @import { TrackRow } from "../core/types.js" */
/** @import { App } from "../store/app.js" */

/** Recordings that the library has more than once: to be heard, opened, deleted. */
class LibraryDuplicates extends AppElement {
  static properties = { ...AppElement.properties, leave: { attribute: false }, groups: { state: true }, total: { state: true }, unknown: { state: true } };

  constructor() {
    super();
    /** The list is left for something else. */
    this.leave = () => {};
    /** @type {readonly (readonly TrackRow[])[] | null} null until they are known */
    this.groups = null;
    /** Groups that there are: more than are told, where they are very many. */
    this.total = 0;
    /** Tracks that cannot be compared yet. */
    this.unknown = 0;
    /** Answers to older questions are not listened to. */
    this.turn = 0;
    this.list = listOf("duplicates", () => (this.groups ?? []).flat().map(playableTrack));
  }

  attend() {
    super.attend();
    const { app } = this;
    if (!app) return;
    void this.load(app);
    this.own(
      app.connection.on("track_removed", ({ ids }) => this.drop(new Set(ids))),
      app.connection.on("tagging", ({ state }) => void (state === "running" || this.load(app))),
    );
  }

  /** @param {App} app */
  async load(app) {
    const turn = ++this.turn;
    try {
      const { groups, total, unknown } = await api.duplicates();
      if (turn === this.turn) Object.assign(this, { groups, total, unknown });
    } catch (error) {
      if (turn !== this.turn) return;
      this.groups = [];
      app.complain(api.bodyOf(error));
    }
  }

  /** What is left alone is no duplicate. @param {ReadonlySet<string>} gone ids */
  drop(gone) {
    const before = this.groups;
    if (!before) return;
    this.groups = before.map((rows) => rows.filter(({ id }) => !gone.has(id))).filter((rows) => rows.length > 1);
    this.total -= before.length - this.groups.length;
  }

  /** @param {App} app @param {TrackRow} row */
  async discard(app, row) {
    if (!(await deleteTrack(app, row))) return;
    if (app.tracks.gone.has(row.id)) this.drop(new Set([row.id]));
    await this.updateComplete;
    /** @type {HTMLElement | null} */ (this.querySelector(".library-open"))?.focus();
  }

  /** @param {App} app @param {TrackRow} row */
  line(app, row) {
    const { title: name, similarity } = row;
    return html`
      <li class="library-copy" data-testid="duplicate">
        <span class="covered">
          <track-cover .row=${row}></track-cover>
          <play-button .app=${app} .row=${row} .list=${this.list}></play-button>
        </span>
        <button
          class="library-open"
          data-testid="duplicate-open"
          data-track-id=${row.id}
          @click=${() => {
            this.leave();
            void app.open(row.id);
          }}
        >
          <span class="track-name" dir="auto">${titleText(name)}</span>
          <span class="hint" data-testid="duplicate-file"><bdi>${row.name}.${row.format}</bdi></span>
          <span class="hint">${i18n.date(row.created_at)} · ${clock(row.duration_s)} · ${modelLabel(app, row.model)}</span>
        </button>
        ${similarity === undefined ? nothing : html`<span class="hint" title=${t("ui.library.similarity")}>${i18n.percent(similarity)}</span>`}
        <track-wave .app=${app} .row=${row} .list=${this.list}></track-wave>
        <button
          class="icon-button tiny danger"
          data-testid="duplicate-delete"
          ?disabled=${row.locked}
          title=${t("ui.delete.of", { name })}
          aria-label=${t("ui.delete.of", { name })}
          @click=${() => void this.discard(app, row)}
        >
          ${icon("trash")}
        </button>
      </li>
    `;
  }

  render() {
    const { app, groups, unknown } = this;
    if (!app) return nothing;
    if (!groups) return html`<p class="empty" role="status">${t("ui.loading")}</p>`;
    return html`
      <div class="library-view">
        <p class="hint" role="status">
          ${groups.length ? t("ui.library.duplicates.hint", { count: i18n.number(this.total) }) : t("ui.library.duplicates.none")}
          ${unknown ? t("ui.library.duplicates.unknown", { count: i18n.number(unknown) }) : nothing}
        </p>
        <ul class="library-groups" aria-label=${t("ui.library.duplicates")}>
          ${repeat(
            groups,
            (rows) => rows[0]?.id ?? "",
            (rows) => html`
              <li class="library-group" data-testid="duplicates">
                <ul aria-label=${t("ui.library.duplicates.group", { count: i18n.number(rows.length) })}>
                  ${repeat(rows, ({ id }) => id, (row) => this.line(app, row))}
                </ul>
              </li>
            `,
          )}
        </ul>
      </div>
    `;
  }
}
customElements.define("library-duplicates", LibraryDuplicates);
