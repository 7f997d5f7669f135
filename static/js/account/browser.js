const BROWSERS = /** @type {const} */ ([
  ["Edg", "Edge"],
  ["OPR", "Opera"],
  ["Firefox", "Firefox"],
  ["Chrome", "Chrome"],
  ["Safari", "Safari"],
]);
const SYSTEMS = /** @type {const} */ ([
  ["Android", "Android"],
  ["iPhone", "iPhone"],
  ["iPad", "iPad"],
  ["Windows", "Windows"],
  ["Mac OS X", "macOS"],
  ["CrOS", "ChromeOS"],
  ["Linux", "Linux"],
]);

/**
 * What people call a browser and its system; a program's own words as they are. The first that fits counts, for each
 * browser also names those that it is like.
 *
 * @param {string} agent User-Agent
 */
export function browserName(agent) {
  const named = (/** @type {readonly (readonly [string, string])[]} */ names) => names.find(([sign]) => agent.includes(sign))?.[1];
  if (!agent.startsWith("Mozilla/")) return agent;
  return [named(BROWSERS), named(SYSTEMS)].filter(Boolean).join(", ") || agent;
}
