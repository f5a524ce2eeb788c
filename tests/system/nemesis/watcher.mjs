// One link to a server, as its relay shows it: what the ledger must know, and
// who has ended a session.
import { attribute } from "../support/stream.mjs";

/// What a server hears from us where it acknowledges nothing on a session that
/// it has resumed (peer_faults.mjs shows that without us).
const givenUp = /<connection-timeout/;
/// What it says of whole and small stanzas then; and what ends another link.
const nonsense = /XML stanza is too big|<not-well-formed/;
const replaced = /<conflict/;

export class Watcher {
  #sent = new Map();
  #user;
  #session;
  /// The session is at stake; it was resumed here, an ack has come since, we
  /// gave it up.
  #holds = false;
  #resumed = false;
  #acked = false;
  #isGivenUp = false;

  /// `sessions`: by user, {id, h, fault}: how much the server has acknowledged,
  /// what we did that may have ended it.
  constructor(ledger, sessions) {
    Object.assign(this, { ledger, sessions });
  }

  up(element) {
    const login = element.match(/^<auth [^>]*>([^<]*)</);
    if (login)
      this.#user = Buffer.from(login[1], "base64").toString().split("\0")[1];
    if (element.startsWith("<resume ")) this.#ask(element);
    if (element.startsWith("<stream:error")) this.#end(element);
    this.ledger.wentUp(this.#sent, element);
  }

  /// `</stream:stream>` went to the server.
  ended() {
    if (!this.#isGivenUp) this.#blame("</stream:stream>");
  }

  /// It came from the server, which is answered in kind.
  left() {
    this.#holds = false;
  }

  down(element) {
    if (element.startsWith("<enabled")) this.#begin(element);
    if (element.startsWith("<resumed")) this.#resumed = true;
    if (element.startsWith("<stream:error")) this.#hearEnd(element);
    if (element.startsWith("<failed")) this.#holds = false;
    if (element.startsWith("<a ")) this.#acked = true;
    if (/^<(a|resumed|failed) /.test(element)) this.#count(element);
    this.ledger.cameDown(element);
  }

  #end(error) {
    this.#isGivenUp = this.#resumed && !this.#acked && givenUp.test(error);
    if (!this.#isGivenUp) this.#blame(error);
  }

  #hearEnd(error) {
    const theirs = this.#resumed && nonsense.test(error);
    if (!theirs && !replaced.test(error)) this.#blame(error);
    this.#holds = false;
  }

  #begin(element) {
    this.#holds = true;
    this.#session = { id: attribute(element, "id"), h: 0 };
    this.sessions.set(this.#user, this.#session);
  }

  #ask(element) {
    this.#holds = true;
    this.#session = this.sessions.get(this.#user);
    const id = attribute(element, "previd");
    const known = this.#session?.id;
    if (id !== known) this.#blame(`${id} was asked for, not ${known}`);
  }

  #blame(fault) {
    if (this.#session && this.#holds) this.#session.fault ??= fault;
  }

  #count(element) {
    const h = Number(attribute(element, "h") ?? 0);
    if (this.#session) this.#session.h = Math.max(this.#session.h, h);
  }
}
