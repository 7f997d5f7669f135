/** Colours each slider up to its thumb; the style sheet cannot know its value. @param {Element} root */
export function fillSliders(root) {
  for (const slider of root.querySelectorAll("input.slider")) {
    const { min, max, value, style } = /** @type {HTMLInputElement} */ (slider);
    style.setProperty("--share", `${(100 * (Number(value) - Number(min))) / (Number(max) - Number(min))}%`);
  }
}
