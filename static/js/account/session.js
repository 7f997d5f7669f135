import { reach, refusal } from "../server/api.js";

/**
 * @typedef {object} User
 * @property {string} id
 * @property {string} email
 * @property {"user" | "admin"} role
 * @property {string} plan
 *
 * @typedef {object} Said
 * @property {User | null} user who is logged in
 * @property {string | null} csrf what proves that a request is this page's
 * @property {boolean} oidc whether one may come by the OpenID provider
 */

/** What the server says of who is logged in. Its requests wait for no login: they are how one logs in. */
export class Session {
  /** @type {Said} */
  said = { user: null, csrf: null, oidc: false };

  /** Whether the server has said anything yet. */
  answered = false;

  /** Raises Refusal, TypeError when the server cannot be reached. */
  async look() {
    this.said = await asked("GET", "/api/session");
    this.answered = true;
  }

  /** Raises Refusal, TypeError. @param {string} email @param {string} password */
  async enter(email, password) {
    this.said = await asked("POST", "/api/session", { email, password });
  }

  /** Makes the account that an invitation is for, and logs in. Raises Refusal, TypeError. @param {string} invitation @param {string} email @param {string} password */
  async join(invitation, email, password) {
    await asked("POST", "/api/v1/auth/register", { invitation, email, password });
    await this.enter(email, password);
  }

  /** Logs out. Raises Refusal, TypeError. */
  async leave() {
    this.said = await asked("DELETE", "/api/session");
  }
}

/** @param {string} method @param {string} path @param {object} [body] @returns {Promise<any>} the JSON body */
async function asked(method, path, body) {
  const sent = body && { headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
  const answer = await reach(path, { method, ...sent });
  const said = await answer.json().catch(() => null);
  if (!answer.ok) throw refusal(answer.status, said, answer.statusText);
  return said;
}
