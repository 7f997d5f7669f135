const SOUND = /\.(wav|flac|mp3|ogg|oga|opus|m4a|mp4|aac|aiff?|aifc|caf|webm|mka|wma)$/i;
const TEXTS = ["txt", "text", "md", "markdown", "epub", "docx", "srt", "vtt", "fountain", "json"];

/** Whether a file says of itself that it is a sound; what is in it, the server finds out. @param {{ type: string, name: string }} file */
export const isSound = (file) => file.type.startsWith("audio/") || SOUND.test(file.name);

/** Whether a file's name says that it is a text. @param {{ name: string }} file */
export const isScript = ({ name }) => TEXTS.includes(name.slice(name.lastIndexOf(".") + 1).toLowerCase());

/** What a file that is chosen as a script may be called. */
export const SCRIPTS = TEXTS.map((form) => `.${form}`).join(",");
