import assert from "node:assert/strict";
import { test } from "node:test";
import { apart } from "../../static/js/sound/samples.js";

test("interleaved 16-bit samples come apart by channel, and half a frame at the end is left out", () => {
  const data = Int16Array.from([0, 16384, -32768, 32767, 1]).buffer;
  const [left, right] = apart(data, 2);
  assert.deepEqual([...(left ?? [])], [0, -1]);
  assert.deepEqual([...(right ?? [])], [0.5, 32767 / 32768]);
  assert.equal(apart(new ArrayBuffer(0), 1)[0]?.length, 0);
});
