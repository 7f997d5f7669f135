/** Colours each slider up to its thumb; the style sheet cannot know its value. @param {Element} root */
export function fillSliders(root) {
  for (const slider of /** @type {NodeListOf<HTMLInputElement>} */ (root.querySelectorAll("input.slider"))) {
    const { min, max, value, style } = slider;
    const share = slider.classList.contains("empty") ? 0 : (Number(value) - Number(min)) / (Number(max) - Number(min));
    style.setProperty("--share", `${100 * share}%`);
  }
}
