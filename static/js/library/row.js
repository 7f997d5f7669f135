import { ifDefined } from "/static/vendor/lit/directives/if-defined.js";
import { html, nothing } from "/static/vendor/lit/index.js";
import { camelot } from "../core/camelot.js";
import { clock, i18n, t } from "../core/i18n.js";
import { tagLabel, tempoText, termLabel } from "../core/terms.js";
import { icon } from "../ui/icons.js";
import { titleText } from "../ui/title-text.js";
import { modelLabel } from "../ui/words.js";

/** @import { Search, TrackRow } from "../core/types.js" */
/** @import { App } from "../store/app.js" */
/** @import { List } from "../store/playable.js" */
/** @import { IconName } from "../ui/icons.js" */
/**
 * What can be done with a row.
 *
 * @typedef {object} RowActs
 * @property {() => void} focused
 * @property {() => void} open
 * @property {() => void} drag
 * @property {() => void} similar
 * @property {(way: "like" | "unlike") => void} lean
 * @property {() => void} discard
 */

/** Labels of a row that fit beside each other. */
const MOST_LABELS = 4;
/** A share that is all, but for rounding. */
const ALL = 0.995;

/** Tempo and key, artist, model, length, date. @param {App} app @param {TrackRow} row */
function rowFacts(app, row) {
  const known = [
    row.bpm ? html`<span data-testid="row-bpm">${tempoText(row.bpm)}</span>` : nothing,
    row.key ? html`<span data-testid="row-key" title=${camelot(row.key)}>${termLabel("key", row.key)}</span>` : nothing,
    row.artist ? html`<bdi>${row.artist}</bdi>` : nothing,
  ].filter((part) => part !== nothing);
  return html`<span class="row-facts">${known.map((part) => html`${part} · `)}${clock(row.duration_s)} · ${modelLabel(app, row.model)}</span>
    <span class="when"> · ${i18n.date(row.created_at)}</span>`;
}

/** How much of why a track was found a label is. @param {string} label @param {number} share 0..1 */
function reason(label, share) {
  const fill = { label: tagLabel(label), percent: i18n.percent(share) };
  return t(share < ALL ? "ui.library.why" : "ui.library.why.all", fill);
}

/** Why a search found it, the strongest first. @param {TrackRow} row */
function reasons({ why = [], likeness }) {
  const strongest = why.toSorted((one, other) => other.share - one.share).slice(0, MOST_LABELS);
  const alike = typeof likeness !== "number" ? "" : i18n.percent(Math.max(0, likeness));
  return html`
    <span class="why">
      ${alike ? html`<span class="why-chip likeness" data-testid="likeness" title=${t("ui.library.likeness", { percent: alike })}>${alike}</span>` : nothing}
      ${strongest.map(
        ({ label, share }) => html`
          <span class="why-chip" data-testid="why" title=${reason(label, share)}>${tagLabel(label)}</span>
        `,
      )}
    </span>
  `;
}

/**
 * A row of the list.
 *
 * @param {App} app
 * @param {TrackRow} row
 * @param {{ place: number, total: number, current: boolean, ranked: boolean }} where `ranked`: it says why it was found
 * @param {Search} search
 * @param {List} found
 * @param {RowActs} acts
 */
export function trackRow(app, row, { place, total, current, ranked }, search, found, acts) {
  const within = current ? 0 : -1;
  const open = app.card.id === row.id;
  const tool = (
    /** @type {string} */ id,
    /** @type {IconName} */ drawing,
    /** @type {string} */ label,
    /** @type {() => void} */ act,
    { pressed = /** @type {boolean | undefined} */ (undefined), off = false, danger = false } = {},
  ) => html`
    <button
      class="icon-button tiny ${danger ? "danger" : ""}"
      data-testid=${id}
      tabindex=${within}
      ?disabled=${off}
      aria-pressed=${ifDefined(pressed)}
      aria-label=${label}
      title=${label}
      @click=${act}
    >
      ${icon(drawing)}
    </button>
  `;
  const { title: name } = row;
  const thumb = (/** @type {"like" | "unlike"} */ way, /** @type {"more" | "less"} */ word) =>
    tool(`library-${word}`, word, t(`ui.library.${word}.of`, { name }), () => acts.lean(way));
  return html`
    <li
      class="library-row"
      data-testid="library-row"
      aria-posinset=${place + 1}
      aria-setsize=${total}
      data-current=${open}
      draggable="true"
      @dragstart=${(/** @type {DragEvent} */ event) => {
        event.dataTransfer?.setData("application/x-track", `track:${row.id}`);
        acts.drag();
      }}
    >
      <span class="covered">
        <track-cover .row=${row}></track-cover>
        <play-button .app=${app} .row=${row} .tab=${within} .list=${found}></play-button>
      </span>
      <button
        class="library-open"
        data-testid="library-track"
        data-track-id=${row.id}
        tabindex=${within}
        aria-current=${ifDefined(open ? "true" : undefined)}
        @focus=${acts.focused}
        @click=${acts.open}
      >
        <span class="track-name" dir="auto">${titleText(name)}</span>
        <span class="hint">${row.locked ? html`<span title=${t("ui.locked")}>${icon("lock")}</span>` : nothing} ${rowFacts(app, row)}</span>
        ${ranked ? reasons(row) : nothing}
      </button>
      <track-wave .app=${app} .row=${row} .list=${found}></track-wave>
      <span class="library-tools">
        ${
          search.like?.length
            ? html`${thumb("like", "more")} ${thumb("unlike", "less")}`
            : tool("library-similar", "alike", t("ui.library.similar.of", { name }), acts.similar)
        }
        ${tool("library-favourite", "star", t("ui.favourite.of", { name }), () => void app.edit(row, { favourite: !row.favourite }), {
          pressed: row.favourite,
        })}
        ${tool("library-delete", "trash", t("ui.delete.of", { name }), acts.discard, { off: row.locked, danger: true })}
      </span>
    </li>
  `;
}
