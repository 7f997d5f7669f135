const SOUND = /\.(wav|flac|mp3|ogg|oga|opus|m4a|mp4|aac|aiff?|aifc|caf|webm|mka|wma)$/i;

/** Whether a file says of itself that it is a sound; what is in it, the server finds out. @param {{ type: string, name: string }} file */
export const isSound = (file) => file.type.startsWith("audio/") || SOUND.test(file.name);
