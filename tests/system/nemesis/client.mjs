// An XMPP client that keeps every rule of XEP-0198: it counts, keeps what is
// not acknowledged, comes back for its session and sends again by `h`.
import { attribute, ns } from "../support/stream.mjs";
import { Connection } from "./connection.mjs";

const isStanza = (text) => /^<(message|presence|iq)[\s>/]/.test(text);
/// From one counter of XEP-0198 to another; they wrap at 2^32.
const step = (from, to) => (to - from) >>> 0;

export const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/// Milliseconds: for one login or resumption; without an ack although asked
/// for; between two requests for one.
const attemptTime = 20_000;
const silenceTime = 20_000;
const askTime = 1000;
const askEvery = 5;

export class Client {
  /// Sessions so far; those that could not be resumed end a number.
  session = 0;
  counts = { resumed: 0, lost: 0 };
  /// What waits for `<a/>`, as {text, message}, and what waits for a stream.
  unacked = [];
  #waiting = [];
  #handled = 0;
  #acked = 0;
  #sinceAsked = 0;
  #asked;
  #running = true;
  #paused = 0;

  /// `observer`: acked, resent, inDoubt(message), arrived(client, text),
  /// lost(client, answer) to `<resume/>`, handled(client, h), note(client, event, fields),
  /// fault(client, what).
  constructor({ user, domain, url, random, observer }) {
    Object.assign(this, { user, domain, url, random, observer });
    this.jid = `${user}@${domain}`;
    this.done = this.#live();
    this.timer = setInterval(() => this.#tick(), askTime);
  }

  get backlog() {
    return this.unacked.length + this.#waiting.length;
  }

  get online() {
    return this.connection !== undefined;
  }

  send(entry) {
    if (!this.online) return this.#waiting.push(entry);
    this.#transmit(entry);
    if (++this.#sinceAsked >= askEvery) this.ask();
  }

  #transmit(entry) {
    this.unacked.push(entry);
    this.connection.send(entry.text);
  }

  ask() {
    this.#sinceAsked = 0;
    this.#asked ??= Date.now();
    this.connection.send(`<r xmlns='${ns.sm}'/>`);
  }

  #tick() {
    if (!this.online || this.#paused || !this.unacked.length) return;
    if (Date.now() - (this.#asked ?? Date.now()) > silenceTime) {
      this.#note("silence");
      this.drop();
    } else {
      this.ask();
    }
  }

  // -- what the nemesis does ------------------------------------------------

  /// Loses the TCP connection.
  drop(reset = false) {
    this.connection?.cut(reset);
  }

  /// Reads nothing for so many milliseconds.
  async stall(ms) {
    const { socket } = this.connection ?? {};
    if (!socket || this.#paused) return;
    ++this.#paused;
    socket.pause();
    await pause(ms);
    socket.resume();
    --this.#paused;
    this.#asked = undefined;
  }

  /// Comes by another connection while the old one is still there.
  switch() {
    const old = this.connection;
    if (!old) return;
    this.#leave(old);
    old.ignore();
    this.#wakeUp?.("switch");
    this.#left = old;
  }

  // -- its life -------------------------------------------------------------

  async #live() {
    while (this.#running) {
      const connection = new Connection(this.url);
      const limit = setTimeout(() => {
        this.#note("attempt-timeout");
        connection.cut();
      }, attemptTime);
      try {
        await this.#enter(connection);
        clearTimeout(limit);
        const switched = new Promise((wake) => (this.#wakeUp = wake));
        this.#note("ended", {
          reason: await Promise.race([connection.end, switched]),
        });
      } catch (error) {
        this.#note("attempt-failed", { reason: error.message });
        connection.cut();
      }
      clearTimeout(limit);
      this.#leave(connection);
      if (this.#running) await pause(this.random.between(10, 800));
    }
  }

  #wakeUp;
  /// What `switch` has left; cut at the latest when the next one is in.
  #left;

  async #enter(connection) {
    const { user, domain } = this;
    await connection.authenticate({ user, domain, password: "secret" });
    if (this.id) {
      const answer = await connection.resume(this.id, this.#handled);
      if (answer.startsWith("<resumed")) this.#resumed(connection, answer);
      else this.#lost(answer);
    }
    if (!this.id) await this.#begin(connection);
    this.connection = connection;
    this.#left?.cut();
    this.#left = undefined;
    this.#asked = undefined;
    connection.flow((text) => this.#take(connection, text));
    for (const entry of this.#waiting.splice(0)) this.#transmit(entry);
    this.ask();
  }

  #resumed(connection, answer) {
    if (attribute(answer, "previd") !== this.id)
      this.#fault(`previd is not that of the session: ${answer}`);
    const h = Number(attribute(answer, "h"));
    this.#note("resumed", { h, handled: this.#handled, acked: this.#acked });
    this.#forget(h);
    ++this.counts.resumed;
    for (const { text, message } of this.unacked) {
      connection.send(text);
      if (message) this.observer.resent(message);
    }
  }

  /// The session is gone. What `h` covers was handled; what it does not cover
  /// is sent in the next session. Without `h` nobody can know.
  #lost(answer) {
    const h = attribute(answer, "h");
    this.#note("lost", { answer });
    ++this.counts.lost;
    this.observer.lost(this, answer);
    this.id = undefined;
    if (h !== undefined) this.#forget(Number(h));
    const rest = this.unacked.splice(0).filter(({ message }) => message);
    for (const { message } of rest)
      if (h === undefined) this.observer.inDoubt(message);
      else this.observer.resent(message);
    if (h !== undefined) this.#waiting.unshift(...rest);
  }

  async #begin(connection) {
    ++this.session;
    const { id, early } = await connection.begin("nemesis");
    this.id = id;
    this.#handled = 0;
    this.#acked = 0;
    this.#note("began");
    for (const text of early) this.observer.arrived(this, text);
    this.#waiting.unshift({ text: "<presence xmlns='jabber:client'/>" });
  }

  #take(connection, text) {
    if (isStanza(text)) {
      this.#handled = (this.#handled + 1) >>> 0;
      this.observer.arrived(this, text);
    } else if (/^<r[\s/>]/.test(text)) {
      connection.send(`<a xmlns='${ns.sm}' h='${this.#handled}'/>`);
    } else if (/^<a\s/.test(text)) {
      this.#asked = undefined;
      this.#forget(Number(attribute(text, "h")));
    } else {
      this.#note("element", { text: text.slice(0, 300) });
    }
  }

  #forget(h) {
    this.observer.handled(this, h);
    const count = step(this.#acked, h);
    if (count > this.unacked.length)
      return this.#fault(
        `h is ${h} after ${this.#acked}, with ${this.unacked.length} unacked`,
      );
    this.#acked = h;
    for (const { message } of this.unacked.splice(0, count))
      if (message) this.observer.acked(message);
  }

  #leave(connection) {
    if (this.connection === connection) this.connection = undefined;
  }

  #note(event, fields) {
    this.observer.note(this, event, fields);
  }

  #fault(what) {
    this.observer.fault(this, what);
  }

  /// Ends it without a word.
  async stop() {
    this.#running = false;
    clearInterval(this.timer);
    this.drop();
    this.#left?.cut();
    await this.done;
  }
}
