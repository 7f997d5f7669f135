import { live } from "/static/vendor/lit/directives/live.js";
import { html, nothing } from "/static/vendor/lit/index.js";
import { camelot, KEYS_AROUND } from "../core/camelot.js";
import { i18n, t } from "../core/i18n.js";
import { tagLabel, termLabel } from "../core/terms.js";
import { icon } from "../ui/icons.js";
import { modelLabel, soundTitle } from "../ui/words.js";
import { parts, tagIn, withTag } from "./search.js";

/** @import { LibrarySummary, Search } from "../core/types.js" */
/** @import { App } from "../store/app.js" */
/** @import { Part } from "./search.js" */
/** @typedef {(search: Search) => void} Find */

const CATEGORIES = ["genre", "mood", "instruments", "voice"];
/** BPM that can be asked for. */
const SLOWEST = 0;
const FASTEST = 1000;

/** @param {string} key */
const keyText = (key) => `${termLabel("key", key)} · ${camelot(key)}`;

/**
 * A choice with its word above; the first one is none.
 *
 * @param {string} id
 * @param {string} label
 * @param {readonly { value: string, label: string }[]} options
 * @param {string} chosen
 * @param {(value: string) => void} choose
 */
function select(id, label, options, chosen, choose) {
  const all = [{ value: "", label: t("ui.library.any") }, ...options];
  return html`
    <label class="library-filter">
      <span class="hint">${label}</span>
      <select
        class="select"
        data-testid="library-${id}"
        .value=${live(chosen)}
        @change=${(/** @type {Event} */ event) => choose(/** @type {HTMLSelectElement} */ (event.target).value)}
      >
        ${all.map(({ value, label: said }) => html`<option value=${value} ?selected=${value === chosen}>${said}</option>`)}
      </select>
    </label>
  `;
}

/** @param {Search} search @param {"low_bpm" | "high_bpm"} name @param {(change: Search) => void} ask */
const tempo = (search, name, ask) => html`
  <label class="library-filter">
    <span class="hint">${t(`ui.library.${name}`)}</span>
    <input
      class="number"
      type="number"
      min=${SLOWEST}
      max=${FASTEST}
      step="any"
      data-testid="library-${name}"
      .value=${String(search[name] ?? "")}
      @change=${(/** @type {Event} */ event) => {
        const input = /** @type {HTMLInputElement} */ (event.target);
        if (input.reportValidity()) ask({ [name]: input.valueAsNumber || undefined });
      }}
    />
  </label>
`;

/** @param {string} id @param {string} label @param {boolean} checked @param {(checked: boolean) => void} choose @param {boolean} off */
const check = (id, label, checked, choose, off = false) => html`
  <label class="library-check">
    <input
      type="checkbox"
      data-testid="library-${id}"
      ?disabled=${off}
      .checked=${live(checked)}
      @change=${(/** @type {Event} */ event) => choose(/** @type {HTMLInputElement} */ (event.target).checked)}
    />
    ${label}
  </label>
`;

/**
 * What some track has, with how many have it; what is asked for stands there too.
 *
 * @param {Record<string, number>} counts
 * @param {string} chosen
 * @param {(value: string) => string} label
 */
const counted = (counts, chosen, label) =>
  Object.entries(!chosen || chosen in counts ? counts : { ...counts, [chosen]: 0 }).map(([value, count]) => ({
    value,
    label: `${label(value)} (${i18n.number(count)})`,
  }));

/** @param {Record<string, number>} tags @param {string} category */
const within = (tags, category) => Object.fromEntries(Object.entries(tags).filter(([tag]) => tag.startsWith(`${category}/`)));

/**
 * What the tracks must have, folded.
 *
 * @param {App} app
 * @param {Search} search
 * @param {LibrarySummary | null} summary
 * @param {Find} find
 * @param {(change: Search) => void} ask
 * @param {() => void} unfolded
 */
export function filters(app, search, summary, find, ask, unfolded) {
  const { commands = {}, models = {}, tags = {} } = summary ?? {};
  const { command = "", model = "" } = search;
  const ofCategory = (/** @type {string} */ category) =>
    counted(within(tags, category), tagIn(search, category), tagLabel).sort((one, other) =>
      one.label.localeCompare(other.label, i18n.language),
    );
  const set = parts(search).length;
  return html`
    <details class="section library-fold" data-testid="library-filters" @toggle=${(/** @type {Event} */ event) => {
      if (/** @type {HTMLDetailsElement} */ (event.target).open) unfolded();
    }}>
      <summary>${t("ui.library.filters")} ${set ? html`<span class="count">${i18n.number(set)}</span>` : nothing}</summary>
      <div class="library-filters">
        ${tempo(search, "low_bpm", ask)} ${tempo(search, "high_bpm", ask)}
        ${select(
          "key",
          t("ui.library.key"),
          KEYS_AROUND.map((value) => ({ value, label: keyText(value) })),
          search.key?.[0] ?? "",
          (key) => ask({ key: key ? [key] : [] }),
        )}
        ${check(
          "compatible",
          t("ui.library.compatible"),
          Boolean(search.compatible),
          (compatible) => ask({ compatible }),
          !search.key?.length,
        )}
        ${CATEGORIES.map((category) =>
          select(category, t(`ui.tag.category.${category}`), ofCategory(category), tagIn(search, category), (tag) =>
            find(withTag(search, category, tag)),
          ),
        )}
        ${select("command", t("ui.library.command"), counted(commands, command, (name) => `/${name}`), command, (command) => ask({ command }))}
        ${select("model", t("ui.library.model"), counted(models, model, (id) => modelLabel(app, id)), model, (model) => ask({ model }))}
        ${check("only-favourites", t("ui.library.favourites"), Boolean(search.favourite), (favourite) => ask({ favourite }))}
      </div>
    </details>
  `;
}

/** What a part of a search says. @param {App} app @param {Search} search @param {Part} part */
function partText(app, { low_bpm: low, high_bpm: high, compatible }, { name, value }) {
  if (name === "tag") return tagLabel(value);
  if (name === "key") return compatible ? t("ui.library.part.compatible", { key: keyText(value) }) : keyText(value);
  if (name === "like" || name === "unlike") return soundTitle(app, `track:${value}`);
  if (name === "favourite") return t("ui.library.favourites");
  if (name === "command") return `/${value}`;
  if (name === "model") return modelLabel(app, value);
  if (name !== "tempo") return value;
  const ends = { low: i18n.number(low ?? 0), high: i18n.number(high ?? 0) };
  if (low && high) return t("ui.library.part.tempo", ends);
  return t(low ? "ui.library.part.from" : "ui.library.part.to", ends);
}

const DRAWINGS = /** @type {const} */ ({ like: "more", unlike: "less" });

/**
 * What is asked for, each part with a button that takes it away.
 *
 * @param {App} app
 * @param {Search} search
 * @param {(part: Part) => void} drop
 */
export function activeParts(app, search, drop) {
  const active = parts(search);
  if (!active.length) return nothing;
  return html`
    <ul class="library-parts" aria-label=${t("ui.library.active")}>
      ${active.map((part) => {
        const text = partText(app, search, part);
        const drawing = part.name === "like" || part.name === "unlike" ? DRAWINGS[part.name] : null;
        const title = drawing ? t(`ui.library.${drawing}.of`, { name: text }) : text;
        return html`
          <li class="prompt-chip" data-testid="library-part" data-part=${part.name} title=${title}>
            <span class="chip-act">
              ${drawing ? html`${icon(drawing)}<span class="unseen">${t(`ui.library.${drawing}`)}</span>` : nothing}
              <span class="chip-words" dir="auto">${text}</span>
            </span>
            <button class="icon-button tiny" aria-label=${t("ui.library.without", { part: title })} @click=${() => drop(part)}>
              ${icon("close")}
            </button>
          </li>
        `;
      })}
    </ul>
  `;
}
