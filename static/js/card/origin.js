import { html, nothing } from "/static/vendor/lit/index.js";
import { i18n, t } from "../core/i18n.js";
import { isObject } from "../core/json.js";
import { termLabel } from "../core/terms.js";
import { soundLink } from "../ui/about.js";

/** @import { TrackRecord, Values } from "../core/types.js" */
/** @import { App } from "../store/app.js" */

const names = (/** @type {unknown} */ list) =>
  (Array.isArray(list) ? list : []).map((name) => termLabel("without", String(name))).join(", ");

const seconds = (/** @type {unknown} */ value) => i18n.number(Number(value), { maximumFractionDigits: 1 });

/** One change as a sentence's part: "slower: 78 → 68 bpm". @param {Values} change */
export function changeWords(change) {
  const { kind, from, to, value, how, duration_s: length } = change;
  const figures = { from: i18n.number(Number(from)), to: i18n.number(Number(to)) };
  const lasts = isObject(length) ? ` (${t("ui.edit.lasts", { from: seconds(length.from), to: seconds(length.to) })})` : "";
  switch (kind) {
    case "tempo":
      return t(Number(to) < Number(from) ? "ui.edit.slower" : "ui.edit.faster", figures) + lasts;
    case "key":
    case "mode":
    case "transpose":
      return t("ui.edit.key", { from: termLabel("key", String(from)), to: termLabel("key", String(to)) });
    case "metre":
      return t("ui.edit.metre", { from: String(from), to: String(to) }) + lasts;
    case "without":
    case "add":
      return t(`ui.edit.${kind}`, { names: names(change.names) });
    case "swap":
      return t("ui.edit.swap", { names: names(change.names), to: termLabel("instrument", String(to)) });
    case "section": {
      const name = termLabel("section", String(Array.isArray(change.names) ? change.names[0] : ""));
      return t(`ui.edit.section.${how}`, { name }) + lasts;
    }
    case "length":
      return from === undefined
        ? t("ui.edit.cut", { to: seconds(to) })
        : t("ui.edit.length", { from: seconds(from), to: seconds(to) });
    case "energy":
      return t(Number(value) > 0 ? "ui.edit.more" : "ui.edit.less");
    case "level":
      return t(Number(value) > 0 ? "ui.edit.louder" : "ui.edit.quieter", { names: names(change.names) });
    default:
      return t(`ui.edit.ending.${to}`);
  }
}

/** Where a changed piece comes from, what became different, and what could not. @param {App} app @param {TrackRecord} record */
export function originLines(app, record) {
  const { origin } = record.details ?? {};
  if (!isObject(origin)) return nothing;
  const list = (/** @type {unknown} */ value) => /** @type {Values[]} */ (Array.isArray(value) ? value.filter(isObject) : []);
  const changes = list(origin.changes).map(changeWords).join("; ");
  const unsaid = Array.isArray(origin.not_heard) ? origin.not_heard.map(String) : [];
  const refused = list(origin.refused).map(({ reason, name }) =>
    t(`ui.edit.not.${reason}`, { name: termLabel(String(reason).endsWith("section") ? "section" : "without", String(name)) }),
  );
  return html`
    <p class="track-note" data-testid="origin" dir="auto">
      ${t(origin.relation === "like" ? "ui.origin.like" : "ui.origin.edit")}
      ${soundLink(String(origin.title), () => void app.open(String(origin.track_id)))}${
        changes ? `: ${changes}` : nothing
      }
    </p>
    ${refused.map((line) => html`<p class="track-note missed" data-testid="origin-refused">${line}</p>`)}
    ${
      unsaid.length
        ? html`<p class="track-note missed" data-testid="not-understood" dir="auto">${t("ui.not_heard", { words: unsaid.join(", ") })}</p>`
        : nothing
    }
  `;
}
