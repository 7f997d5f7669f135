import { html, nothing } from "/static/vendor/lit/index.js";
import { i18n, t } from "../core/i18n.js";
import { isObject } from "../core/json.js";
import { termLabel } from "../core/terms.js";

/** @import { TrackRecord } from "../core/types.js" */

/** What the composer understood of the prompt, in one line, and what not. @param {TrackRecord} record */
export function intentLines(record) {
  const { heard: intent, not_heard: missed } = record.details ?? {};
  if (!isObject(intent)) return nothing;
  const list = (/** @type {unknown} */ value) => (Array.isArray(value) ? value.map(String) : []);
  const bpm = Number(intent.tempo_bpm ?? 0);
  const pace = Number(intent.pace_bpm ?? 0);
  const wanted = [
    ...list(intent.genres).map((name) => termLabel("genre", name)),
    ...list(intent.moods).map((name) => termLabel("mood", name)),
    ...(bpm ? [`${i18n.number(bpm)} ${t("unit.bpm")}`] : pace ? [`≈ ${i18n.number(pace)} ${t("unit.bpm")}`] : []),
    ...(intent.key ? [termLabel("key", String(intent.key))] : intent.mode ? [termLabel("mode", String(intent.mode))] : []),
    ...(intent.scale ? [termLabel("mode", String(intent.scale))] : []),
    ...(intent.metre ? [String(intent.metre)] : []),
    ...list(intent.instruments).map((name) => termLabel("instrument", name)),
    ...(intent.alone ? [t("ui.heard.alone")] : []),
    ...list(intent.form).map((name) => termLabel("section", name)),
    ...(intent.parts ? [t("ui.heard.parts", { count: i18n.number(Number(intent.parts)) })] : []),
    ...(intent.loop ? [t("ui.heard.loop")] : []),
  ];
  const without = list(intent.without).map((name) => t("ui.heard.without", { name: termLabel("without", name) }));
  const missing = list(missed).map((name) => termLabel("instrument", name));
  const words = [wanted.join(", "), without.join(", ")].filter(Boolean).join("; ");
  return html`
    ${words ? html`<p class="track-note" data-testid="intent">${t("ui.heard", { words })}</p>` : nothing}
    ${
      missing.length
        ? html`<p class="track-note missed" data-testid="not-understood" dir="auto">${t("ui.not_heard", { words: missing.join(", ") })}</p>`
        : nothing
    }
  `;
}

/** What a clip gave the piece, in one line. @param {TrackRecord} record */
export function takenOver(record) {
  const { taken_over: taken } = record.details ?? {};
  if (!isObject(taken)) return nothing;
  const bpm = Number(taken.tempo_bpm ?? 0);
  const words = [
    ...(bpm ? [`${i18n.number(bpm)} ${t("unit.bpm")}`] : []),
    ...(taken.key ? [termLabel("key", String(taken.key))] : []),
    ...(taken.melody_notes ? [t("ui.taken_over.melody")] : []),
  ].join(", ");
  return html`<p class="track-note" data-testid="taken-over">${t("ui.taken_over", { words })}</p>`;
}

/** What the prompt said of length, number, format or loop, and was done so. @param {TrackRecord} record */
export function saidLine(record) {
  const words = Object.values(record.heard ?? {}).join(" · ");
  return words ? html`<p class="track-note" data-testid="said">${t("ui.said", { words })}</p>` : nothing;
}
