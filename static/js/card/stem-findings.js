import { html, nothing } from "/static/vendor/lit/index.js";
import { i18n, t } from "../core/i18n.js";
import { isObject } from "../core/json.js";
import { tagLabel, termLabel } from "../core/terms.js";

/** @typedef {{ tags: { name: string, category: string, score: number }[], active_share: number, level_db: number | null, singing: number | null }} StemFact */

/** @param {number} share */
const percent = (share) => i18n.number(share, { style: "percent" });

/** @param {[string, StemFact]} stem */
function row([name, { tags, active_share: active, level_db: level, singing }]) {
  const said = [
    ...(singing ? [t("ui.tag.stem.singing", { percent: percent(singing) })] : []),
    ...tags.map((tag) => `${tagLabel(`${tag.category}/${tag.name}`)} ${percent(tag.score)}`),
  ];
  return html`<tr data-testid="stem-finding">
    <th scope="row">${termLabel("stem", name)}</th>
    <td class="figure">
      ${level === null ? t("ui.tag.stem.silent") : t("ui.tag.stem.level", { level: i18n.number(level, { maximumFractionDigits: 1 }) })}
    </td>
    <td class="figure">${percent(active)}</td>
    <td>${i18n.list(said) || "–"}</td>
  </tr>`;
}

/** What each stem says by itself, folded away; nothing where none was listened to. @param {unknown} stems */
export function stemFindings(stems) {
  const found = isObject(stems) ? Object.entries(/** @type {Record<string, StemFact>} */ (stems)) : [];
  if (!found.length) return nothing;
  return html`
    <details class="section" data-testid="stem-findings">
      <summary>${t("ui.tag.stems")}</summary>
      <table class="stem-findings">
        <thead>
          <tr>
            <th scope="col">${t("ui.tag.stem")}</th>
            <th scope="col" class="figure">${t("ui.tag.stem.against")}</th>
            <th scope="col" class="figure">${t("ui.tag.stem.active")}</th>
            <th scope="col">${t("ui.tag.stem.said")}</th>
          </tr>
        </thead>
        <tbody>
          ${found.map(row)}
        </tbody>
      </table>
    </details>
  `;
}
