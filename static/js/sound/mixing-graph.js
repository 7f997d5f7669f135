/** @typedef {{ gain: GainNode, panner: StereoPannerNode }} Strip */

const SMOOTH_S = 0.008;
const METER_SAMPLES = 2048;

/** Web Audio nodes that add stems at their levels and measure the sum. They exist from `open` to `close`. */
export class MixingGraph {
  /** @type {AudioContext | null} */
  #context = null;
  /** @type {Map<string, Strip>} */
  #strips = new Map();
  /** @type {GainNode | null} */
  #output = null;
  /** Measure the sum by channel, before the listener's own volume. @type {AnalyserNode[]} */
  meters = [];
  /** @type {Map<string, { gain: number, pan: number }>} */
  #levels;
  #volume = 1;
  #moment = new Float32Array(METER_SAMPLES);

  /** @param {readonly string[]} names of the stems */
  constructor(names) {
    this.#levels = new Map(names.map((name) => [name, { gain: 1, pan: 0 }]));
  }

  /** Where each stem is fed in. @returns {readonly (readonly [string, GainNode])[]} */
  get inputs() {
    return Array.from(this.#strips, ([name, { gain }]) => /** @type {const} */ ([name, gain]));
  }

  /** @param {AudioContext} context @param {number} channels of the sum */
  open(context, channels) {
    const sum = new GainNode(context, { channelCount: channels });
    const output = new GainNode(context, { gain: this.#volume });
    const splitter = new ChannelSplitterNode(context, { numberOfOutputs: 2 });
    sum.connect(output).connect(context.destination);
    sum.connect(splitter);
    this.meters = Array.from({ length: 2 }, (_, channel) => {
      const meter = new AnalyserNode(context, { fftSize: METER_SAMPLES });
      splitter.connect(meter, channel);
      return meter;
    });
    for (const [name, { gain, pan }] of this.#levels) {
      const strip = {
        gain: new GainNode(context, { gain }),
        // two channels in any case: a mono stem is put on both before it is panned
        panner: new StereoPannerNode(context, { pan, channelCount: 2, channelCountMode: "explicit" }),
      };
      strip.gain.connect(strip.panner).connect(sum);
      this.#strips.set(name, strip);
    }
    this.#output = output;
    this.#context = context;
  }

  /** @param {string} name @param {number} gain @param {number} pan -1..1 */
  setLevel(name, gain, pan) {
    this.#levels.set(name, { gain, pan });
    const strip = this.#strips.get(name);
    if (!strip) return;
    this.#glide(strip.gain.gain, gain);
    this.#glide(strip.panner.pan, pan);
  }

  /** How loud the listener wants it; no part of the mix. @param {number} volume 0..1 */
  setVolume(volume) {
    this.#volume = volume;
    if (this.#output) this.#glide(this.#output.gain, volume);
  }

  /** Highest sample of the last moment, over all channels. */
  get peak() {
    let peak = 0;
    for (const meter of this.meters) {
      meter.getFloatTimeDomainData(this.#moment);
      for (const value of this.#moment) peak = Math.max(peak, Math.abs(value));
    }
    return peak;
  }

  close() {
    for (const { gain, panner } of this.#strips.values()) {
      gain.disconnect();
      panner.disconnect();
    }
    this.#strips.clear();
    this.#output?.disconnect();
    this.meters = [];
    this.#context = null;
  }

  /** Moves a parameter within some milliseconds: no click. @param {AudioParam} parameter @param {number} value */
  #glide(parameter, value) {
    const now = this.#context?.currentTime ?? 0;
    parameter.cancelScheduledValues(now);
    parameter.setTargetAtTime(value, now, SMOOTH_S);
  }
}
