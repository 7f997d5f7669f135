import { ifDefined } from "/static/vendor/lit/directives/if-defined.js";
import { html, nothing } from "/static/vendor/lit/index.js";
import { clock, i18n, t } from "../core/i18n.js";
import { isOpen } from "../store/messages.js";
import { aboutLine, typedValues } from "../store/about.js";
import { aboutTemplate } from "../ui/about.js";
import { PageElement } from "../ui/element.js";
import { icon } from "../ui/icons.js";
import { titleText } from "../ui/title-text.js";
import "../ui/track-cover.js";
import "../sound/live-sound.js";
import "./batch-progress.js";

/** @import { JobRow, TrackRow } from "../core/types.js" */
/** @import { App } from "../store/app.js" */
/** @import { Message } from "../store/messages.js" */

/**
 * What a job is doing, in a few words.
 *
 * @param {Message} message
 * @param {JobRow | undefined} job
 * @param {boolean} held waiting jobs are held back
 */
function doing(message, job, held) {
  if (job?.status === "PENDING") {
    if (held) return t("ui.queue.held");
    if (job.waiting_for) return t("ui.waiting_for", { family: job.waiting_for });
    return job.position ? t("ui.position", { position: job.position }) : t("status.PENDING");
  }
  if (job?.status === "RUNNING" && job.stage) return i18n.stage(job.stage);
  return t(`status.${job?.status ?? message.status}`);
}

/** Words that asked for a command without naming it: they stay as they were typed. @param {Message} message */
const inOwnWords = ({ about, text }) => text !== "" && !text.startsWith("/") && !(about?.text && text.startsWith(about.text));

/** Commands whose results are told in words. */
const FINDS = new Set(["tag", "analyze"]);

/** What a job has come to: the tracks that it made, else those that it was about. @param {Message} message */
const results = ({ tracks, about }) =>
  tracks.length
    ? tracks
    : (about?.inputs ?? []).flatMap(({ track_id, title }) => (track_id ? [{ id: track_id, title }] : []));

/** One message as words, for export and for readers. @param {Message} message @param {App} app */
export function words(message, app) {
  const { about, role, text, tracks } = message;
  if (role === "user") return about?.inputs.length && !inOwnWords(message) ? [aboutLine(app, about), typedValues(text)].join(" ").trim() : text;
  const said = about ? `${aboutLine(app, about)}: ` : "";
  if (message.status === "FAILED") return said + i18n.error(message.error);
  if (role === "system") return said + doing(message, app.jobs.get(message.job_id), app.jobs.paused);
  const titles = tracks.map((track) => app.tracks.row(track.id)?.title || track.title).filter(Boolean);
  return titles.length ? titles.join(", ") : said + t("status.COMPLETED");
}

/** One line of the chat; a job's line follows the job in place. */
class ChatMessage extends PageElement {
  static properties = {
    app: { attribute: false },
    message: { attribute: false },
    job: { attribute: false },
    stopping: { attribute: false },
    ready: { attribute: false },
    tracks: { attribute: false },
    gone: { attribute: false },
    current: { attribute: false },
    held: { attribute: false },
  };

  constructor() {
    super();
    /** @type {App | undefined} */
    this.app = undefined;
    /** @type {Message | undefined} */
    this.message = undefined;
    /** @type {JobRow | undefined} */
    this.job = undefined;
    this.stopping = false;
    /** The server can be asked right now. */
    this.ready = false;
    /** @type {readonly TrackRow[]} */
    this.tracks = [];
    /** @type {ReadonlySet<string>} */
    this.gone = new Set();
    /** The track that is the card. */
    this.current = "";
    this.held = false;
  }

  /** @param {Message} message */
  subject(message) {
    return this.app && message.about ? aboutLine(this.app, message.about) : message.text;
  }

  /** What a job is about, where no words of the user stand above it, or the same words above several. @param {Message} message @param {JobRow} [job] */
  about(message, job) {
    const { about } = message;
    if (!this.app || !about || !(job?.parent_id || about.variation)) return nothing;
    return html`<p class="job-about" data-testid="job-about" dir="auto">${aboutTemplate(this.app, about)}</p>`;
  }

  /** @param {Message} message */
  said(message) {
    const { about, text } = message;
    if (inOwnWords(message)) return html`<p class="said" dir="auto">${text}</p>`;
    const shown = this.app && about?.inputs.length ? aboutTemplate(this.app, about) : text;
    const values = about?.inputs.length ? typedValues(text) : "";
    return html`<p class="said" dir="auto">${shown}${values ? html` <span class="hint">${values}</span>` : nothing}</p>`;
  }

  /** @param {Message} message @param {JobRow} [job] */
  progress(message, job) {
    const running = job?.status === "RUNNING";
    const share = running ? job.progress : 0;
    return html`
      ${this.about(message, job)}
      <div class="job-head">
        <span class="pulse" aria-hidden="true"></span>
        <span class="job-stage">${this.stopping ? t("ui.canceling") : doing(message, job, this.held)}</span>
        ${running ? html`<span class="job-percent">${i18n.percent(share)}</span>` : nothing}
      </div>
      ${
        job?.interruptions
          ? html`<p class="hint" data-testid="interrupted">
              ${t("ui.interrupted", { attempt: job.interruptions + 1 })}
            </p>`
          : nothing
      }
      <progress
        class="bar"
        data-testid="progress"
        max="1"
        value=${ifDefined(running ? share : undefined)}
        aria-label=${t("ui.progress", { about: this.subject(message) })}
      ></progress>
      <div class="job-foot">
        <span class="hint">${running && job.eta_s ? t("ui.eta", { time: clock(Math.ceil(job.eta_s)) }) : ""}</span>
        ${
          this.held && job?.status === "PENDING"
            ? html`<button class="button small" data-testid="continue" @click=${() => this.app?.jobs.pause(false)}>
                ${t("ui.queue.continue")}
              </button>`
            : nothing
        }
        ${running ? html`<live-sound .job=${job}></live-sound>` : nothing}
        ${
          message.job_id
            ? html`<button
              class="button small quiet"
              data-testid="cancel"
              ?disabled=${this.stopping}
              @click=${() => this.app?.jobs.cancel(message.job_id ?? "")}
            >
              ${icon("stop")} ${t("ui.cancel")}
            </button>`
            : nothing
        }
      </div>
    `;
  }

  /** @param {Message} message @param {JobRow} [job] */
  outcome(message, job) {
    const failed = message.status === "FAILED";
    const again = failed || message.status === "CANCELED";
    const wrong = failed && !message.job_id && message.unsent !== null && message.error?.code === "INVALID_INPUT";
    return html`
      ${this.about(message, job)}
      <div class="job-head">
        ${icon(message.status === "CANCELED" ? "stop" : "warning")}
        <span class="job-stage">${failed ? i18n.error(message.error) : t(`status.${message.status}`)}</span>
      </div>
      ${job?.dead_letter ? html`<p class="hint">${t("ui.dead_letter", { attempts: job.failures })}</p>` : nothing}
      ${
        wrong
          ? html`<div class="job-foot">
            <span></span>
            <button class="button small" data-testid="edit" ?disabled=${!this.ready} @click=${() => this.app?.rework(message)}>
              ${icon("pencil")} ${t("ui.edit")}
            </button>
          </div>`
          : again
          ? html`<div class="job-foot">
            <span></span>
            <button
              class="button small"
              data-testid="retry"
              ?disabled=${!this.ready}
              @click=${() => this.app?.requests.retry(message)}
            >
              ${icon("rerun")} ${t("ui.retry")}
            </button>
          </div>`
          : nothing
      }
    `;
  }

  /** @param {Message} message */
  links(message) {
    const tracks = results(message);
    if (!tracks.length) return html`<p class="finished">${icon("check")} ${t("status.COMPLETED")}</p>`;
    return tracks.map(({ id, title }) => {
      const row = this.app?.tracks.row(id);
      const shown = row?.title || title || this.subject(message);
      if (this.gone.has(id)) {
        return html`<p class="track-gone" data-testid="track-gone"><s>${shown}</s> <span>${t("ui.gone")}</span></p>`;
      }
      return html`
        <div class="result">
        <span class="covered">
          <track-cover .row=${{ id }}></track-cover>
          <play-button .app=${this.app} .row=${row ?? { id, title: shown }} .list=${this.app?.told}></play-button>
        </span>
        <button
          class="track-link"
          data-testid="track-link"
          data-track-id=${id}
          aria-current=${ifDefined(this.current === id ? "true" : undefined)}
          @click=${() => this.app?.open(id)}
        >
          <span class="track-words">
            <span class="track-name">${titleText(shown)}</span>
            <span class="hint">
              ${row ? `${clock(row.duration_s)} · ${row.format}` : nothing}
            </span>
            ${FINDS.has(message.command) ? html`<track-found .track=${id} .row=${row}></track-found>` : nothing}
          </span>
        </button>
        <track-wave .app=${this.app} .row=${row ?? { id, title: shown }} .list=${this.app?.told}></track-wave>
        </div>
      `;
    });
  }

  render() {
    const { message, job } = this;
    if (!message) return nothing;
    const body = () => {
      if (message.batch_id) return html`<batch-progress .app=${this.app} .message=${message}></batch-progress>`;
      if (message.role === "user") return this.said(message);
      if (message.role === "assistant") return this.links(message);
      return isOpen(message) ? this.progress(message, job) : this.outcome(message, job);
    };
    return html`
      <article
        class="message ${message.batch_id ? "system" : message.role} ${message.status?.toLowerCase() ?? ""}"
        data-testid="message-${message.role}"
        data-job-id=${ifDefined(message.job_id ?? undefined)}
        data-status=${ifDefined(message.status ?? undefined)}
        aria-label=${t(`ui.role.${message.role}`)}
      >
        ${body()}
      </article>
    `;
  }
}
customElements.define("chat-message", ChatMessage);
