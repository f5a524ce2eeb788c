// A client with Stream Management that comes back for its session, as XEP-0198
// wants it: counts, keeps what is not acked, sends it again by `h`.
import assert from "node:assert/strict";
import { eventually } from "./server.mjs";
import { Stream, attribute, ns } from "./stream.mjs";

const isStanza = (text) => /^<(message|presence|iq)[\s>/]/.test(text);

export class Resumable {
  /// Bodies of messages, in the order in which they came; and other elements.
  received = [];
  nonzas = [];
  /// Stanzas that say nothing to people.
  others = [];
  /// All stanzas as they came, where a test sets a list for them.
  stanzas = undefined;
  /// Answers `<r/>`; without, the server keeps what it has sent.
  answers = true;
  handled = 0;
  #acked = 0;
  #unacked = [];
  #number = 0;

  constructor(user, domain) {
    Object.assign(this, { user, domain });
  }

  static async login(server, user, domain) {
    const client = new Resumable(user, domain);
    client.stream = await Stream.login(server, user, { domain });
    client.jid = client.stream.jid;
    client.stream.send(`<enable xmlns='${ns.sm}' resume='true'/>`);
    const enabled = await client.stream.until(/^<enabled/);
    assert.equal(attribute(enabled, "resume"), "true");
    client.max = Number(attribute(enabled, "max"));
    client.id = attribute(enabled, "id");
    client.#read();
    client.send("<presence xmlns='jabber:client'/>");
    return client;
  }

  get unacked() {
    return this.#unacked.length;
  }

  send(stanza) {
    this.#unacked.push(stanza);
    this.stream.send(stanza);
  }

  /// Sends chat messages with these bodies.
  say(to, ...bodies) {
    for (const body of bodies)
      this.send(
        `<message xmlns='jabber:client' type='chat' to='${to}' ` +
          `id='${this.user}-${++this.#number}'><body>${body}</body></message>`,
      );
  }

  ask() {
    this.stream.send(`<r xmlns='${ns.sm}'/>`);
  }

  /// Loses the TCP connection.
  async drop() {
    this.stream.wire.cut();
    await this.ended;
  }

  /// A new stream, authenticated.
  async connect(server, user = this.user) {
    const stream = await Stream.connect(server.ws);
    await stream.open(this.domain);
    await stream.authenticate(user);
    await stream.open(this.domain);
    return stream;
  }

  /// Asks for the session; returns the answer.
  async tryResume(stream, id = this.id) {
    stream.send(
      `<resume xmlns='${ns.sm}' previd='${id}' h='${this.handled}'/>`,
    );
    return stream.next();
  }

  async resume(server) {
    await this.resumeOver(await this.connect(server));
  }

  async resumeOver(stream) {
    const answer = await this.tryResume(stream);
    assert.match(answer, /^<resumed /);
    assert.equal(attribute(answer, "previd"), this.id);
    this.stream = stream;
    this.#forget(Number(attribute(answer, "h")));
    for (const stanza of this.#unacked) stream.send(stanza);
    this.#read();
  }

  #forget(h) {
    const step = h - this.#acked;
    assert.ok(step >= 0 && step <= this.#unacked.length, `${h} in range`);
    this.#unacked.splice(0, step);
    this.#acked = h;
  }

  #read() {
    this.ended = this.#readAll(this.stream).catch((error) => error.message);
  }

  async #readAll(stream) {
    for (;;) {
      const text = await stream.next();
      if (isStanza(text)) {
        ++this.handled;
        this.stanzas?.push(text);
        const body = text.match(/<body>(.*?)<\/body>/)?.[1];
        if (body) this.received.push(body);
        else this.others.push(text);
      } else if (/^<r[\s/]/.test(text)) {
        if (this.answers)
          stream.send(`<a xmlns='${ns.sm}' h='${this.handled}'/>`);
      } else if (/^<a\s/.test(text)) {
        this.#forget(Number(attribute(text, "h")));
      } else {
        this.nonzas.push(text);
      }
    }
  }
}

/// All of these have come, in this order, and nothing else.
export const has = (client, bodies) =>
  eventually(`${client.user} gets ${bodies}`, () =>
    client.received.length >= bodies.length,
  ).then(() => assert.deepEqual(client.received, bodies));

export const hasAcks = (client) =>
  eventually(`${client.user} is told what was handled`, () => {
    client.ask();
    return client.unacked === 0;
  });

/// ejabberd hands what lies in the mailbox of its old process over behind newer
/// messages (actors/upstream/README.md): none may come while it resumes.
export const comesToRest = async (sender, kind) => {
  if (kind === "ejabberd") await hasAcks(sender);
};
