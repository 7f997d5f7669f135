import { html, svg } from "/static/vendor/lit/index.js";

/** Outlines on a 24 × 24 grid. */
const SHAPES = {
  play: svg`<path d="M8 5.5v13l10.5-6.5z" fill="currentColor"/>`,
  pause: svg`<path d="M8 5.5v13M16 5.5v13" stroke-width="3"/>`,
  previous: svg`<path d="M18 6v12L9 12zM6.5 6v12" fill="currentColor"/>`,
  next: svg`<path d="M6 6v12l9-6zM17.5 6v12" fill="currentColor"/>`,
  loop: svg`<path d="M17 3l3 3-3 3M20 6H8a4 4 0 0 0-4 4v1M7 21l-3-3 3-3M4 18h12a4 4 0 0 0 4-4v-1"/>`,
  volume: svg`<path d="M4 9.5v5h3.5L12 18.5v-13L7.5 9.5zM15.5 9a4 4 0 0 1 0 6M18 6.5a8 8 0 0 1 0 11"/>`,
  mute: svg`<path d="M4 9.5v5h3.5L12 18.5v-13L7.5 9.5zM16 9.5l5 5M21 9.5l-5 5"/>`,
  download: svg`<path d="M12 4v11M7.5 11L12 15.5 16.5 11M4.5 19.5h15"/>`,
  send: svg`<path d="M12 19.5v-15M5.5 11L12 4.5l6.5 6.5"/>`,
  copy: svg`<path d="M9 9h10.5v10.5H9zM5.5 15h-1V4.5H15v1"/>`,
  rerun: svg`<path d="M19.5 12a7.5 7.5 0 1 1-2.3-5.4M19.5 3v4h-4"/>`,
  trash: svg`<path d="M4.5 6.5h15M9.5 6V4h5v2M6.5 6.5l1 13.5h9l1-13.5M10 10.5v6M14 10.5v6"/>`,
  star: svg`<path d="M12 4l2.5 5.2 5.7.8-4.1 4 1 5.7L12 17l-5.1 2.7 1-5.7-4.1-4 5.7-.8z"/>`,
  lock: svg`<path d="M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 0 1 7 0v3"/>`,
  unlock: svg`<path d="M6 11h12v9H6zM8.5 11V7.5A3.5 3.5 0 0 1 15 6"/>`,
  library: svg`<path d="M4.5 6h11M4.5 11h11M4.5 16h6M18.5 17V7l2.5 1M18.5 17a2.5 2 0 1 1-5 0 2.5 2 0 0 1 5 0z"/>`,
  upload: svg`<path d="M12 15.5V4.5M7.5 8.5L12 4l4.5 4.5M4.5 19.5h15"/>`,
  pin: svg`<path d="M8.5 4h7l-1 6.5 3 3h-11l3-3zM12 13.5V20"/>`,
  pencil: svg`<path d="M5 19l1-4L16.5 4.5l3 3L9 18zM14 7l3 3"/>`,
  sendto: svg`<path d="M4.5 12h13M12.5 7l5 5-5 5M20 5v14"/>`,
  sliders: svg`<path d="M5 7h8M17 7h2M5 12h2M11 12h8M5 17h9M18 17h1M15 5v4M9 10v4M16 15v4"/>`,
  track: svg`<path d="M4.5 5.5h15v13h-15zM10 15.5a1.7 1.7 0 1 1-3.4 0 1.7 1.7 0 0 1 3.4 0zM10 15.5v-6.5l5-1v2"/>`,
  pan: svg`<path d="M3.5 12h17M7.5 8l-4 4 4 4M16.5 8l4 4-4 4"/>`,
  up: svg`<path d="M6 14.5l6-6 6 6"/>`,
  down: svg`<path d="M6 9.5l6 6 6-6"/>`,
  compact: svg`<path d="M4.5 7h15M4.5 12h15M4.5 17h15"/>`,
  search: svg`<path d="M10.5 5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11zM14.5 14.5l5 5"/>`,
  close: svg`<path d="M6 6l12 12M18 6L6 18"/>`,
  dice: svg`<path d="M5 5h14v14H5z"/><path d="M9 9h.01M15 9h.01M12 12h.01M9 15h.01M15 15h.01" stroke-width="2.4"/>`,
  history: svg`<path d="M4.5 12a7.5 7.5 0 1 0 2.3-5.4M4.5 3v4h4M12 8v4.5l3 2"/>`,
  reset: svg`<path d="M4.5 9h10a5 5 0 0 1 0 10H9M8.5 5l-4 4 4 4"/>`,
  note: svg`
    <path d="M9 17.5V6l10-2v11.5" />
    <path d="M9 17.5a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0zM19 15.5a2.5 2.5 0 1 1-5 0 2.5 2.5 0 0 1 5 0z" />
  `,
  text: svg`<path d="M5.5 3.5h9l4 4v13h-13zM14 4v4h4M8.5 12h7M8.5 15.5h7"/>`,
  check: svg`<path d="M5 12.5l4.5 4.5L19 7.5"/>`,
  warning: svg`<path d="M12 4.5l9 15.5H3zM12 10.5v4.5M12 17.5h.01"/>`,
  bell: svg`<path d="M6.5 16.5V11a5.5 5.5 0 0 1 11 0v5.5l1.5 1.5H5zM10.5 20.5h3"/>`,
  menu: svg`<path d="M12 5.5h.01M12 12h.01M12 18.5h.01" stroke-width="3.4"/>`,
  sidebar: svg`<path d="M4 5h16v14H4zM9.5 5v14"/>`,
  chat: svg`<path d="M4.5 5.5h15v10h-8l-4 3.5v-3.5h-3z"/>`,
  wide: svg`<path d="M14 5h5v5M10 19H5v-5M19 5l-6 6M5 19l6-6"/>`,
  narrow: svg`<path d="M13 6v5h5M11 18v-5H6M13 11l6-6M11 13l-6 6"/>`,
  zoomin: svg`<path d="M10.5 5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11zM14.5 14.5l5 5M8 10.5h5M10.5 8v5"/>`,
  zoomout: svg`<path d="M10.5 5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11zM14.5 14.5l5 5M8 10.5h5"/>`,
  fit: svg`<path d="M4 6v12M20 6v12M7.5 12h9M10 9l-3 3 3 3M14 9l3 3-3 3"/>`,
  alike: svg`<path d="M4 9.5c2.5-3 5-3 8 0s5.5 3 8 0M4 15.5c2.5-3 5-3 8 0s5.5 3 8 0"/>`,
  more: svg`<path d="M7.5 11v8.5h-3V11zM7.5 11l4-7c1.6 0 2.5 1.2 2.2 2.7L13 10h5.5c1.2 0 2 1 1.7 2.2l-1.5 5.8c-.2.9-.9 1.5-1.7 1.5H7.5"/>`,
  less: svg`<path d="M7.5 13V4.5h-3V13zM7.5 13l4 7c1.6 0 2.5-1.2 2.2-2.7L13 14h5.5c1.2 0 2-1 1.7-2.2L18.7 6c-.2-.9-.9-1.5-1.7-1.5H7.5"/>`,
  person: svg`<path d="M12 4a4 4 0 1 1 0 8 4 4 0 0 1 0-8zM4.5 20c.6-3.6 3.5-5.5 7.5-5.5s6.9 1.9 7.5 5.5"/>`,
  globe: svg`<path d="M12 4a8 8 0 1 1 0 16 8 8 0 0 1 0-16zM4 12h16M12 4c3 2.5 3 13.5 0 16M12 4c-3 2.5-3 13.5 0 16"/>`,
  stop: svg`<path d="M7 7h10v10H7z" fill="currentColor"/>`,
};

/** @typedef {keyof typeof SHAPES} IconName */

/** A drawing beside a word or on a labelled button; readers skip it. @param {IconName} name */
export const icon = (name) => html`
  <svg class="icon icon-${name}" viewBox="0 0 24 24" aria-hidden="true" focusable="false">${SHAPES[name]}</svg>
`;
