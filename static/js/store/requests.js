import { i18n, t } from "../core/i18n.js";
import { newId } from "../core/ids.js";
import { noAnswer } from "../server/connection.js";
import { aboutRequest } from "./about.js";
import { addressed, again } from "../server/schema.js";
import { overrides } from "../server/typed.js";

/** @import { Asked, CommandInfo, ErrorBody, TrackRecord, Values } from "../core/types.js" */
/** @import { App } from "./app.js" */
/** @import { Message } from "./messages.js" */
/** @typedef {{ name: string, params: Values, text?: string, shown: string, stays?: string, from?: string, spends?: CommandInfo }} Request `from`: the track on whose card it was asked for; `spends`: the command whose inputs leave the panel once it has taken them; `stays`: the card stays, the result waits in the chat; this is said once it is in the queue */

/** The parameter that makes several results in one job. */
const VARIATIONS = "variations";

/** Parameters that say how the file is written, whatever is in it. */
const OF_THE_FILE = ["format", "bit_depth", "sample_rate", "peaks", "artist", "stems", "stem_split"];

/** A seed among the typed words. */
const TYPED_SEED = /(?<!\S)seed=(\d+)(?!\S)/g;

/** The parameters of variation `number`: a fixed seed moves on, a drawn one is drawn anew. @param {Values} params @param {number} number */
function varied(params, number) {
  const { seed } = params;
  return typeof seed === "number" && seed >= 0 ? { ...params, seed: seed + number } : params;
}

/** The panel's values that the words left in force. @param {CommandInfo} command @param {{ params: Values, text?: string }} asked */
function withoutOverridden(command, { params, text = "" }) {
  const typed = new Set(overrides(text, command).map(({ name }) => name));
  return Object.fromEntries(Object.entries(params).filter(([name]) => !typed.has(name)));
}

/** What the user asks for, on its way to the server: from the words to the job, or to the reason why there is none. */
export class Requests {
  /** A prompt is on its way and not yet acknowledged. */
  sending = false;

  /** @param {App} app */
  constructor(app) {
    this.app = app;
  }

  /**
   * Sends what was typed, with the settings of its command. Variations differ by their seed: a drawn one each, or the
   * numbers from the fixed one on.
   *
   * @param {string} text
   * @param {number} [variations]
   * @returns {Promise<boolean>} sent
   */
  prompt(text, variations = 1) {
    const { settings } = this.app;
    const { name, rest } = addressed(text, settings.command?.name ?? "");
    const command = settings.find(name);
    const params = command ? settings.moved(command) : {};
    if (variations > 1 && command && VARIATIONS in command.schema.properties) params[VARIATIONS] = 1; // words give way
    const picked = String(params[command?.text_field ?? ""] ?? "");
    if (rest && command?.text_field) delete params[command.text_field];
    const said = text.trim();
    const requests = Array.from({ length: variations }, (_, number) => ({
      name,
      params: varied(params, number),
      text: rest ? said.replace(TYPED_SEED, (_all, seed) => `seed=${Number(seed) + number}`) : undefined,
      shown: rest ? said : `/${name} ${picked}`.trim(),
      spends: command,
    }));
    return this.submit(...requests);
  }

  /**
   * Sends words that change a composed piece. All else is as the piece has it; only how the file is written is set here.
   *
   * @param {string} text
   * @param {string} id the piece's track
   * @returns {Promise<boolean>} sent
   */
  edit(text, id) {
    const command = this.app.settings.find("generate");
    const moved = Object.entries(command ? this.app.settings.moved(command) : {});
    const params = Object.fromEntries(moved.filter(([name]) => OF_THE_FILE.includes(name)));
    return this.submit({ name: "generate", params: { ...params, piece: `track:${id}` }, text: text.trim(), shown: text.trim() });
  }

  /** More of the kind of a track that /generate made: another seed. @param {TrackRecord} record */
  async more(record) {
    const params = { prompt: record.prompt, like: `track:${record.id}` };
    await this.submit({ name: "generate", params, shown: t("ui.more.shown", { title: record.title }) });
  }

  /** The parameter that is not set although the command cannot do without it. @param {Asked} asked */
  missing({ name, params }) {
    const { settings } = this.app;
    const command = settings.find(name);
    const values = { ...(command && settings.values(command)), ...params };
    return command?.schema.required?.find((field) => values[field] === undefined || values[field] === null);
  }

  /** Whether nothing is missing; what is missing is asked for. @param {Asked} asked */
  fills(asked) {
    const { name, params } = asked;
    const { settings } = this.app;
    const command = settings.find(name);
    const missing = this.missing(asked);
    if (!command || !missing) return command !== undefined;
    settings.apply(command, { ...settings.moved(command), ...params });
    this.app.emit("wanted", name, missing);
    return false;
  }

  /**
   * Sends the command that words without a slash ask for; the words stay in the chat as they were typed.
   *
   * @param {Asked} asked
   * @param {string} text
   * @returns {Promise<boolean>} sent
   */
  asked({ name, params }, text) {
    const command = this.app.settings.find(name);
    const own = command ? this.app.settings.moved(command) : {};
    return this.submit({ name, params: { ...own, ...params }, shown: text.trim(), spends: command });
  }

  /**
   * The first request's words stand in the chat, a job's message for each below them.
   *
   * @param {...Request} requests
   * @returns {Promise<boolean>} false when others are still on their way
   */
  async submit(...requests) {
    const { app } = this;
    if (!app.ready) return false;
    const at = Date.now() / 1000;
    const prepared = requests.map(({ name, params, text, shown, stays, from, spends }, number) => {
      const requestId = newId();
      if (!stays) app.arrivals.expect(requestId, from);
      const unsent = { params, text };
      const about = aboutRequest(app, app.settings.find(name), name, params, text);
      const variation = requests.length > 1 ? { variation: [number + 1, requests.length] } : {};
      app.history.ask({ requestId, command: name, shown, about, unsent, at, alone: number > 0 });
      return { requestId, command: { name, ...unsent, ...variation }, stays, spends };
    });
    for (const { requestId, command, stays, spends } of prepared) {
      const error = await this.#send(requestId, command);
      if (spends && !error) this.app.settings.spend(spends, withoutOverridden(spends, command));
      if (stays && error) app.complain(error); // the chat may be out of sight
      else if (stays) app.emit("notice", { level: "info", message: stays });
    }
    return true;
  }

  /** @param {Message} message a failed or canceled one */
  async retry(message) {
    const { app } = this;
    if (!app.ready) return;
    if (message.unsent && message.request_id) {
      app.arrivals.expect(message.request_id);
      app.history.resend(message.id);
      await this.#send(message.request_id, { name: message.command, ...message.unsent });
      return;
    }
    if (!message.job_id) return;
    if (message.request_id) app.arrivals.expect(message.request_id);
    const answer = await app.connection.retry(message.job_id);
    if (answer.error) app.complain(answer.error);
    else if (answer.job_id && message.request_id) app.history.taken(message.request_id, answer.job_id);
  }

  /** Makes the track once more with the same parameters. @param {TrackRecord} record */
  async rerun(record) {
    const command = this.app.settings.find(record.command);
    if (!command) return;
    const params = again(record, command);
    await this.submit({ name: command.name, params, shown: record.prompt || `/${command.name}`, from: record.id });
  }

  /**
   * @param {string} requestId
   * @param {{ name: string, params: Values, text?: string, variation?: number[] }} command
   * @returns {Promise<ErrorBody | null>} what the server objects to
   */
  async #send(requestId, command) {
    const { app } = this;
    this.sending = true;
    app.emit("change");
    const answer = await app.connection.command({ ...command, language: i18n.language, request_id: requestId });
    this.sending = false;
    const error = answer.job_id ? null : (answer.error ?? noAnswer());
    if (answer.job_id) app.history.taken(requestId, answer.job_id);
    for (const note of answer.notes ?? []) app.emit("notice", note);
    if (error) {
      app.history.refused(requestId, error);
      app.emit("announce", i18n.error(error));
    }
    app.emit("change");
    return error;
  }
}
