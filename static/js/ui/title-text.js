import { html } from "/static/vendor/lit/index.js";

const JOINT = " · ";

/**
 * A title in one line. Where it does not fit, what stands before and behind the first ` · ` gives way each for itself,
 * so that "… · 1 of 2" and "… · 2 of 2" stay apart.
 *
 * @param {string} title
 */
export function titleText(title) {
  const [base, ...rest] = title.split(JOINT);
  const told = rest.map((part) => JOINT + part).join("");
  return html`<span class="title-text"><span>${base}</span><span>${told}</span></span>`;
}
