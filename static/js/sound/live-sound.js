import { html, nothing } from "/static/vendor/lit/index.js";
import { t } from "../core/i18n.js";
import { ask } from "../server/api.js";
import { PageElement } from "../ui/element.js";
import { icon } from "../ui/icons.js";
import { apart } from "./samples.js";

/** @import { JobRow } from "../core/types.js" */

const ASK_MS = 500;
const LEAD_S = 0.15;

/** Listens to a job while its sound is being made: pieces are asked for and played one right after the other. */
class LiveSound extends PageElement {
  static properties = { job: { attribute: false }, playing: { state: true } };

  constructor() {
    super();
    /** @type {JobRow | undefined} */
    this.job = undefined;
    this.playing = false;
    /** @type {AudioContext | undefined} */
    this.context = undefined;
    this.scheduled = 0;
    this.next = 0;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
  }

  attend() {
    const other = (/** @type {Event} */ event) => {
      if (event.target !== this) this.stop();
    };
    document.addEventListener("play", other, true); // `play` does not bubble
    this.own(
      () => document.removeEventListener("play", other, true),
      () => this.stop(),
    );
  }

  start() {
    const preview = this.job?.preview;
    if (!preview) return;
    this.dispatchEvent(new Event("play")); // whatever sounds elsewhere stops
    this.context = new AudioContext({ sampleRate: preview.rate_hz });
    this.scheduled = 0;
    this.next = 0;
    this.playing = true;
    void this.ask();
  }

  stop() {
    clearTimeout(this.timer);
    this.playing = false;
    void this.context?.close();
    this.context = undefined;
  }

  async ask() {
    const { job, context } = this;
    if (!job?.preview || !context) return;
    if (job.preview.samples > this.scheduled) {
      const answer = await ask(`/api/jobs/${job.id}/preview?from=${this.scheduled}`).catch(() => null);
      const data = await answer?.arrayBuffer().catch(() => null);
      if (context !== this.context) return;
      if (data?.byteLength) this.play(context, apart(data, job.preview.channels), job.preview.rate_hz);
    }
    this.timer = setTimeout(() => void this.ask(), ASK_MS);
  }

  /** @param {AudioContext} context @param {Float32Array<ArrayBuffer>[]} channels @param {number} rate */
  play(context, channels, rate) {
    const count = channels[0]?.length ?? 0;
    if (!count) return;
    const buffer = context.createBuffer(channels.length, count, rate);
    channels.forEach((samples, channel) => buffer.copyToChannel(samples, channel));
    const source = context.createBufferSource();
    source.buffer = buffer;
    source.connect(context.destination);
    this.next = Math.max(this.next, context.currentTime + LEAD_S);
    source.start(this.next);
    this.next += buffer.duration;
    this.scheduled += count;
  }

  render() {
    if (!this.job?.preview) return nothing;
    return html`<button
      class="button small quiet"
      data-testid="listen"
      aria-pressed=${this.playing}
      @click=${() => (this.playing ? this.stop() : this.start())}
    >
      ${icon(this.playing ? "stop" : "play")} ${t(this.playing ? "ui.live.stop" : "ui.live.play")}
    </button>`;
  }
}

customElements.define("live-sound", LiveSound);
