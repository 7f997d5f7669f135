import { address } from "../core/address.js";
import { Emitter } from "../core/events.js";
import { OwnStorage } from "../core/storage.js";
import { bodyOf, login } from "../server/api.js";
import { LoginGate } from "./gate.js";
import { Session } from "./session.js";

/** @import { App } from "../store/app.js" */
/** @import { User } from "./session.js" */
/** What the tabs of a browser tell each other. @typedef {{ came: string | undefined } | { left: string, forget: boolean }} Told */

const AGAIN_MS = 1_000;

/**
 * Where there are accounts, the way into the page: it is some user's, who may have to log in again in the middle of it,
 * and begins anew for everybody else.
 *
 * @extends {Emitter<{ change: [] }>}
 */
export class Account extends Emitter {
  /** Tells the other tabs of this browser who came, or that somebody left. */
  #tabs = new BroadcastChannel(`account ${address("/")}`);
  /** @type {Promise<void> | null} */
  #asking = null;

  /** @param {Session} session @param {LoginGate} gate @param {User} user whose page this is */
  constructor(session, gate, user) {
    super();
    this.session = session;
    this.gate = gate;
    this.user = user;
    this.storage = new OwnStorage(localStorage, user.id);
    this.#prove();
    login.renewed = (status, csrf) => this.#renewed(status, csrf);
    this.#tabs.onmessage = ({ data }) => void this.#heard(data);
    this.#tell({ came: user.id });
  }

  /** Lets the socket in again once its user is, and opens the track of a link that was shared. @param {App} app */
  follow(app) {
    const { connection } = app;
    const openShared = () => inFragment("track") && void app.open(inFragment("track"));
    app.user = this.user.id;
    openShared();
    addEventListener("hashchange", openShared);
    connection.on("refused", async () => {
      const { csrf } = login;
      await this.again().catch(() => {}); // the socket goes on trying
      if (csrf === login.csrf) await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
      connection.open();
    });
  }

  /** Waits until this page's user is logged in. Raises TypeError when the server cannot be reached. */
  again() {
    this.#asking ??= this.#again().finally(() => (this.#asking = null));
    return this.#asking;
  }

  /**
   * Logs out: nothing of the user's stays in the page, and in the browser what it keeps for the next login, unless it
   * is to forget that too. Raises Refusal, TypeError.
   *
   * @param {boolean} forget
   */
  async leave(forget) {
    await this.session.look();
    if (this.session.said.user?.id === this.user.id) {
      this.#prove();
      await this.session.leave();
    }
    this.#tell({ left: this.user.id, forget });
    await this.#end(forget);
  }

  async #again() {
    const { session, gate, user } = this;
    await session.look();
    const nobody = !session.said.user;
    if (nobody) await gate.enter(session, user.email);
    const come = session.said.user?.id;
    if (nobody) this.#tell({ came: come });
    if (come !== user.id) await anew();
    this.#prove();
  }

  /** @param {boolean} forget */
  #end(forget) {
    if (forget) this.storage.forget();
    return anew();
  }

  /** @param {Told} told */
  #tell(told) {
    this.#tabs.postMessage(told);
  }

  /** Somebody came in another tab, or left. @param {Told} told */
  async #heard(told) {
    if ("left" in told && told.left === this.user.id) return this.#end(told.forget);
    if (this.gate.session) await this.gate.look();
    else await this.again().catch(() => {}); // the next request finds out
  }

  #prove() {
    const { user, csrf } = this.session.said;
    this.user = user ?? this.user;
    login.csrf = csrf ?? "";
    this.emit("change");
  }

  /** @param {number} status @param {string} csrf */
  async #renewed(status, csrf) {
    if (status !== 401 && status !== 403) return false;
    await this.again();
    return login.csrf !== csrf;
  }
}

/** The page begins again, with an empty memory: nothing that is told to wait for it goes on. @returns {Promise<never>} */
function anew() {
  location.reload();
  return new Promise(() => {});
}

/** Asks who is logged in until it is answered: somebody may be. @param {Session} session @param {LoginGate} gate */
async function lookAgain(session, gate) {
  do {
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    await gate.look();
  } while (gate.session && !session.answered);
  gate.error = null;
}

/** What the address says that no server is told. @param {string} name */
const inFragment = (name) => new URLSearchParams(location.hash.slice(1)).get(name) ?? "";

/** The secret of an invitation by whose link somebody came. */
const invited = () => inFragment("invitation");

/**
 * Who uses the page, once they are logged in.
 *
 * @param {(language: string) => Promise<void>} speak changes the page's language
 * @param {string} language
 * @returns {Promise<Account>}
 */
export async function enter(speak, language) {
  await speak(language).catch(() => {}); // keys stand for sentences
  const session = new Session();
  const gate = new LoginGate();
  gate.speak = speak;
  document.body.append(gate);
  const trouble = await session.look().then(
    () => "",
    (error) => bodyOf(error).detail?.key ?? "",
  );
  const invitation = invited();
  const reason = inFragment("login-error");
  if (trouble) void lookAgain(session, gate);
  if (!session.said.user || invitation) await gate.enter(session, "", invitation, reason || trouble);
  if (invitation || reason) history.replaceState(null, "", location.pathname);
  addEventListener("hashchange", () => invited() && anew());
  const { user } = session.said;
  if (!user) throw new Error("nobody came in");
  return new Account(session, gate, user);
}
