import { html, nothing } from "/static/vendor/lit/index.js";
import { clock, i18n, t } from "../../core/i18n.js";
import { icon } from "../../ui/icons.js";
import { colour, named, nameOf, sceneWords } from "./labels.js";
import { isDoubtful } from "./project.js";

/** @import { Line, Project } from "./project.js" */
/** @import { Row } from "./rows.js" */

/** Shorter pauses are those of punctuation. */
const BEAT_MS = 500;

/** What is not as usual with a line. @param {Line} line */
function marks(line) {
  const said = [
    line.emotion === "neutral" ? "" : t(`ui.drama.emotion.${line.emotion}`),
    line.effect && line.effect !== "none" ? t(`ui.drama.effect.${line.effect}`) : "",
    line.voice ? t("ui.drama.own_voice") : "",
    line.pause_ms === null || line.pause_ms < BEAT_MS ? "" : t("ui.drama.pause.mark", { seconds: i18n.number(line.pause_ms / 1000) }),
  ].filter(Boolean);
  return said.map((word) => html`<span class="line-mark">${word}</span>`);
}

/** Why it is not sure who speaks. @param {Line} line */
export function doubt({ speaker, confidence, rule }) {
  if (!speaker) return t("ui.drama.unclaimed");
  return t("ui.drama.doubtful", { percent: i18n.percent(confidence), rule: named("rule", rule || "none") });
}

/**
 * One row of the script: the heading of a chapter, what is known of a scene, or a line.
 *
 * @param {Project} project
 * @param {Row} row
 * @param {{ at: string, sounding: string, busy: string, anew: ReadonlySet<string> }} now ids of the lines that are chosen, heard, being spoken, to be spoken anew
 */
export function scriptRow(project, row, { at, sounding, busy, anew }) {
  if (row.kind === "chapter") return html`<div class="script-chapter" data-row=${row.id} dir="auto">${row.title}</div>`;
  if (row.kind === "scene") {
    const { title, line } = row.scene;
    return html`<div class="script-scene" data-row=${row.id} data-scene=${line} data-testid="scene">
      ${title && title !== row.chapter ? html`<span dir="auto">${title}</span>` : nothing} ${sceneWords(row.scene)}
    </div>`;
  }
  const { line, number } = row;
  const doubtful = isDoubtful(line);
  return html`
    <div
      class="script-line"
      id="line-${line.id}"
      role="option"
      aria-selected=${line.id === at}
      aria-posinset=${number + 1}
      aria-setsize=${project.lines.length}
      data-row=${line.id}
      data-testid="line"
      data-kind=${line.kind}
      data-colour=${colour(project, line.speaker)}
      ?data-doubtful=${doubtful}
      ?data-sounding=${line.id === sounding}
      aria-busy=${line.id === busy}
    >
      <span class="line-head">
        <span class="line-who" dir="auto">${nameOf(project, line.speaker)}</span>
        ${
          doubtful
            ? html`<span class="line-doubt" title=${doubt(line)}>${icon("warning")}<span class="unseen">${doubt(line)}</span></span>`
            : nothing
        }
        ${marks(line)}
        ${anew.has(line.id) && line.start_s !== null ? html`<span class="line-mark line-anew">${t("ui.drama.changed")}</span>` : nothing}
        <span class="line-time">${line.start_s === null ? t("ui.drama.unheard") : clock(line.start_s)}</span>
      </span>
      <span class="line-text" dir="auto">${line.text}</span>
    </div>
  `;
}
