import { html, nothing } from "/static/vendor/lit/index.js";
import { clock, i18n, t } from "../core/i18n.js";
import { termLabel } from "../core/terms.js";
import { complete, fieldsOf, OUTPUT, shown } from "../server/schema.js";
import { layoutName } from "../sound/layouts.js";
import { aboutLine } from "../store/about.js";
import { icon } from "../ui/icons.js";
import { modelLabel, soundTitle } from "../ui/words.js";
import { facts } from "./facts.js";

/** @import { About, TrackRecord, Values } from "../core/types.js" */
/** @import { Field } from "../server/schema.js" */
/** @import { App } from "../store/app.js" */

/** Layouts that are not worth a word in a card's first line. */
const USUAL = ["mono", "stereo"];

/** What is played, as the score has it: key, tempo, metre; nothing where there is no score. @param {TrackRecord} record */
function music({ details = {} }) {
  const { key, tempo_bpm, metre } = details;
  return [
    typeof key === "string" ? termLabel("key", key) : "",
    typeof tempo_bpm === "number" ? `${i18n.number(tempo_bpm, { maximumFractionDigits: 1 })} ${t("unit.bpm")}` : "",
    typeof metre === "string" ? metre : "",
  ];
}

/** The first line of a card: model, music, length, format, levels, date. @param {App} app @param {TrackRecord} record */
export function summary(app, record) {
  const { loudness_lufs: lufs, true_peak_dbtp: peak } = record.levels;
  const layout = String(record.parameters.layout ?? "stereo");
  const size = { maximumFractionDigits: 1, minimumFractionDigits: 1 };
  const parts = [
    modelLabel(app, record.model),
    ...music(record),
    clock(record.duration_s),
    String(record.parameters.format ?? "").toUpperCase(),
    USUAL.includes(layout) ? "" : layoutName(layout),
    lufs === null ? "" : `${i18n.number(lufs, size)} LUFS`,
    peak === null ? "" : `${i18n.number(peak, size)} dBTP`,
    i18n.date(record.created_at),
  ];
  return parts.filter(Boolean).map((part) => html`<li>${part}</li>`);
}

/** The score that lies beside the track. @param {TrackRecord} record */
export function midiLink(record) {
  if (!record.midi_url) return nothing;
  return html`
    <ul class="beside" aria-label=${t("ui.beside")}>
      <li>
        <a class="button small quiet" href="${record.midi_url}?download=1" download>
          ${icon("download")} MIDI
        </a>
      </li>
    </ul>
  `;
}

/** What a follow-up was about whose job is forgotten. @param {TrackRecord} record @param {string} type @returns {About} */
function aboutFollowUp({ id, title }, type) {
  const inputs = [{ field: "source", key: `track:${id}`, title, track_id: id }];
  return { command: type === "stem_split" ? "split" : type, text: "", inputs, values: {} };
}

/** Jobs that followed this track, and how far they are. @param {App} app @param {TrackRecord} record */
export function followUps(app, record) {
  const tasks = /** @type {{ tasks?: Values[] } | undefined} */ (record.postprocess)?.tasks ?? [];
  if (!tasks.length) return nothing;
  return html`
    <ul class="follow-ups" aria-label=${t("ui.follow_ups")}>
      ${tasks.map(
        ({ type, status, tracks, job_id }) => html`
          <li>
            <span>${aboutLine(app, app.jobs.get(String(job_id))?.about ?? aboutFollowUp(record, String(type)))}</span> · <span>${t(`ui.task.${status}`)}</span>
            ${(Array.isArray(tracks) ? tracks : []).map(
              (id) => html`<button class="button small quiet" @click=${() => app.open(String(id))}>${t("ui.open")}</button>`,
            )}
          </li>
        `,
      )}
    </ul>
  `;
}

/** Everything else that is known of a track, in sections. @param {App} app @param {TrackRecord} record */
export function sections(app, record) {
  const command = app.settings.find(record.command);
  /** @type {Map<string, Field>} */
  const fields = new Map((command ? fieldsOf(command) : []).map((field) => [field.name, field]));
  const words = { command: record.command, fields, sound: (/** @type {string} */ key) => soundTitle(app, key) };
  const { layout, ...made } = record.parameters;
  if (layout) made.channels = layoutName(String(layout));
  const all = [...fields.values()];
  const meant = new Set(shown(all, { ...complete(all, {}), ...made }).map(({ name }) => name));
  const asked = [...fields.keys()].filter((name) => name in made && (meant.has(name) || OUTPUT.has(name)));
  const became = Object.keys(made).filter((name) => !fields.has(name) && name !== command?.text_field);
  const parameters = Object.fromEntries([...asked, ...became].map((name) => [name, made[name]]));
  const { details: { match: _match, harmony: _harmony, ...details } = {}, engine = {}, timings = {}, levels, sources = [] } = record;
  const more = { sources, engine, timings, levels, id: record.id, file: record.file };
  const section = (/** @type {string} */ title, /** @type {Record<string, unknown>} */ values, open = false) =>
    Object.keys(values).length
      ? html`<details class="section" ?open=${open}>
          <summary>${title}</summary>
          ${facts(values, words)}
        </details>`
      : nothing;
  return html`
    ${section(t("ui.parameters"), parameters, true)} ${section(t("ui.details"), details)}
    ${section(t("ui.more"), more)}
  `;
}
