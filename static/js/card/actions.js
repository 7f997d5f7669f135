import { html, nothing } from "/static/vendor/lit/index.js";
import { address } from "../core/address.js";
import { t } from "../core/i18n.js";
import { bodyOf } from "../server/api.js";
import { deleteTrack } from "../ui/delete-track.js";
import { icon } from "../ui/icons.js";
import { sendTo } from "../ui/targets.js";

/** @import { TrackRecord } from "../core/types.js" */
/** @import { App } from "../store/app.js" */

/** @param {App} app @param {TrackRecord} record */
async function copySeed(app, record) {
  const seed = String(record.parameters.seed);
  try {
    await navigator.clipboard.writeText(seed);
    app.emit("notice", { level: "info", message: t("ui.seed.copied", { seed }) });
  } catch {
    app.emit("notice", { level: "warning", message: t("ui.seed.not_copied", { seed }) });
  }
}

/** @param {App} app @param {TrackRecord} record */
async function discard(app, record) {
  if (await deleteTrack(app, record)) document.getElementById("prompt")?.focus();
}

/** Links by which anybody may hear the track. @param {App} app @param {TrackRecord} record */
function sharing(app, record) {
  const open = () => import("../account/share.js").then(({ share }) => share(record), (error) => app.complain(bodyOf(error)));
  return html`<button class="button small" data-testid="share-link" aria-haspopup="dialog" @click=${open}>${t("ui.account.link")}</button>`;
}

/** What its owner makes of a track. @param {App} app @param {TrackRecord} record */
function marks(app, record) {
  const lockedHint = record.locked ? t("ui.locked.hint") : undefined;
  const mark = (
    /** @type {"favourite" | "locked" | "public"} */ name,
    /** @type {"star" | "lock" | "unlock" | "globe"} */ drawing,
    /** @type {string} */ label,
  ) => html`
    <button
      class="icon-button"
      data-testid=${name}
      aria-pressed=${record[name] ?? false}
      aria-label=${label}
      title=${label}
      @click=${() => app.edit(record, { [name]: !record[name] })}
    >
      ${icon(drawing)}
    </button>
  `;
  return html`
    <span class="card-marks">
      ${mark("favourite", "star", t("ui.favourite"))}
      ${app.user ? mark("public", "globe", t("ui.account.public")) : nothing}
      ${
        app.user && record.public
          ? html`<a class="button small" data-testid="share" href="${address("/")}#track=${record.id}" title=${t("ui.account.share.hint")}>
              ${t("ui.account.share")}
            </a>`
          : nothing
      }
      ${app.user ? sharing(app, record) : nothing}
      ${mark("locked", record.locked ? "lock" : "unlock", t("ui.locked"))}
      <button
        class="icon-button danger"
        data-testid="delete"
        aria-label=${t("ui.delete")}
        title=${lockedHint ?? t("ui.delete")}
        ?disabled=${record.locked}
        @click=${() => discard(app, record)}
      >
        ${icon("trash")}
      </button>
    </span>
  `;
}

/** What can be done with the card's track; of another's, what that one lets others do. @param {App} app @param {TrackRecord} record */
export function actions(app, record) {
  const seed = record.parameters.seed;
  const own = app.owns(record);
  const inputs = own || !record.sources?.length;
  return html`
    <div class="card-actions">
      ${
        inputs
          ? html`<button
              class="button small"
              data-testid="rerun"
              ?disabled=${!app.ready || !app.settings.find(record.command)}
              @click=${() => app.requests.rerun(record)}
            >
              ${icon("rerun")} ${t("ui.rerun")}
            </button>`
          : nothing
      }
      ${
        inputs && record.command === "generate"
          ? html`<button
              class="button small"
              data-testid="more-like-this"
              title=${t("ui.more.hint")}
              ?disabled=${!app.ready}
              @click=${() => app.requests.more(record)}
            >
              ${icon("dice")} ${t("ui.more_like_this")}
            </button>`
          : nothing
      }
      <button
        class="button small"
        data-testid="use-settings"
        ?disabled=${!app.settings.find(record.command)}
        @click=${() => app.useSettings(record)}
      >
        ${icon("sliders")} ${t("ui.use_settings")}
      </button>
      ${
        own
          ? html`
              <button
                class="button small"
                data-testid="send-to"
                @click=${() => sendTo(app, `track:${record.id}`, record.title)}
              >
                ${icon("sendto")} ${t("ui.send_to")}
              </button>
              <button
                class="button small"
                data-testid="find-similar"
                title=${t("ui.library.similar.hint")}
                @click=${() => app.emit("seek", { like: [record.id] })}
              >
                ${icon("alike")} ${t("ui.library.similar")}
              </button>
            `
          : nothing
      }
      ${
        typeof seed === "number"
          ? html`<button class="button small" data-testid="copy-seed" @click=${() => copySeed(app, record)}>
            ${icon("copy")} ${t("ui.seed.copy")}
          </button>`
          : nothing
      }
      ${own ? marks(app, record) : nothing}
    </div>
  `;
}
