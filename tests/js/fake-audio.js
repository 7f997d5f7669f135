/** A clock and nodes that note what they are told; the clock is moved by the test. */
export class FakeContext {
  currentTime = 0;
  sampleRate = 44100;
  destination = {};
  state = "running";
  closed = 0;
  /** @type {{ when: number, length: number, stopped: boolean, onended: () => void }[]} */
  static sources = [];
  /** @type {{ gain: { value: number } }[]} */
  static nodes = [];
  async resume() {}
  async suspend() {}
  async close() {
    this.closed++;
  }
}

class Parameter {
  value = 1;
  cancelScheduledValues() {}
  /** @param {number} value where it glides to */
  setTargetAtTime(value) {
    this.value = value;
  }
  setValueAtTime() {}
  linearRampToValueAtTime() {}
}

class FakeNode {
  gain = new Parameter();
  pan = new Parameter();
  fftSize = 2048;
  /** @param {unknown} _context @param {{ gain?: number }} [options] */
  constructor(_context, options = {}) {
    this.gain.value = options.gain ?? 1;
    FakeContext.nodes.push(this);
  }
  /** @param {any} next */
  connect(next) {
    return next;
  }
  disconnect() {}
}

/** @type {any} */
const world = globalThis;
for (const name of ["GainNode", "ChannelSplitterNode", "AnalyserNode", "StereoPannerNode"]) world[name] = FakeNode;
world.AudioBuffer = class {
  /** @param {{ length: number, numberOfChannels: number }} shape */
  constructor({ length, numberOfChannels }) {
    Object.assign(this, { length, numberOfChannels });
  }
  copyToChannel() {}
};
world.AudioBufferSourceNode = class extends FakeNode {
  when = -1;
  stopped = false;
  onended = () => {};
  /** @param {FakeContext} _context @param {{ buffer: { length: number } }} what */
  constructor(_context, { buffer }) {
    super(_context);
    this.length = buffer.length;
  }
  /** @param {number} when */
  start(when) {
    this.when = when;
    FakeContext.sources.push(this);
  }
  stop() {
    this.stopped = true;
  }
};

export const turn = () => new Promise((resolve) => setTimeout(resolve, 0));
