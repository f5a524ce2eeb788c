// An XMPP server over TCP that does what a test tells it to: a script, an
// async function, plays one connection after the other; the last one plays all
// that follow.
import assert from "node:assert/strict";
import { once } from "node:events";
import net from "node:net";
import tls from "node:tls";
import fs from "node:fs";
import { ns } from "./stream.mjs";
import { connections, within } from "./server.mjs";

export const domain = "gw.example";

/// One connection of a client, here the gateway.
export class Peer {
  #received = "";
  #ended = false;
  #waiting = [];

  constructor(socket) {
    this.#attach(socket);
  }

  #change() {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #changed() {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #attach(socket) {
    this.socket = socket;
    connections.add(socket);
    this.read = (text) => {
      this.#received += text;
      this.#change();
    };
    const end = () => {
      this.#ended = true;
      this.#change();
    };
    socket.setEncoding("utf8").on("data", this.read);
    socket.on("end", end).on("close", end).on("error", end);
  }

  /// Takes everything up to the end of the first match; returns the match.
  async expect(pattern) {
    const found = async () => {
      for (;;) {
        const match = this.#received.match(pattern);
        if (match) {
          const end = match.index + match[0].length;
          this.#received = this.#received.slice(end);
          return match;
        }
        assert.ok(!this.#ended, `ended before ${pattern}: ${this.#received}`);
        await this.#changed();
      }
    };
    return within(found(), `the gateway sends ${pattern}`);
  }

  /// Waits until the other side ends the connection.
  async ended() {
    const end = async () => {
      while (!this.#ended)
        await this.#changed();
    };
    await within(end(), "the gateway ends its connection");
  }

  /// Whatever came and was not expected.
  get unread() {
    return this.#received;
  }

  send(text) {
    this.socket.write(text);
  }

  close() {
    this.socket.end();
  }

  reset() {
    this.socket.resetAndDestroy();
  }

  /// Goes on with TLS on the same connection.
  async startTls({ key, certificate }) {
    const { socket } = this;
    socket.off("data", this.read);
    const secure = new tls.TLSSocket(socket, {
      isServer: true,
      key: fs.readFileSync(key),
      cert: fs.readFileSync(certificate),
      ALPNProtocols: ["xmpp-client"],
    });
    this.#attach(secure);
    await new Promise((resolve, reject) => {
      secure.once("secure", resolve);
      secure.once("error", reject);
      secure.once("close", () => reject(new Error("closed during TLS")));
    });
  }
}

export class FakeUpstream {
  /// Every connection so far.
  peers = [];
  /// What the scripts failed with.
  errors = [];

  static async start(...scripts) {
    const upstream = new FakeUpstream();
    upstream.scripts = scripts;
    await upstream.listen(0);
    return upstream;
  }

  async listen(port = this.port) {
    this.server = net.createServer((socket) => this.#play(socket));
    // A test that fails must not be kept alive by it.
    this.server.listen(port, "127.0.0.1").unref();
    await once(this.server, "listening");
    this.port = this.server.address().port;
    this.address = `127.0.0.1:${this.port}`;
  }

  /// Forgets what has been, once those connections have ended: the scripts
  /// begin anew.
  async forget() {
    for (const peer of this.peers) await peer.ended();
    this.peers = [];
    this.errors = [];
  }

  #play(socket) {
    const peer = new Peer(socket);
    const script = this.scripts[this.peers.length] ?? this.scripts.at(-1);
    this.peers.push(peer);
    script(peer).catch((error) => this.errors.push(error));
  }

  /// Waits for so many connections.
  async accepted(count) {
    const arrived = async () => {
      while (this.peers.length < count) await once(this.server, "connection");
    };
    await within(arrived(), `${count} connections`);
  }

  /// Refuses connections from now on, and resets those that are open.
  async stop() {
    const closed = once(this.server, "close");
    this.server.close();
    for (const { socket } of this.peers) socket.destroy();
    await closed;
  }
}

// -- parts of scripts ---------------------------------------------------------

export const plainMechanism =
  `<mechanisms xmlns='${ns.sasl}'><mechanism>PLAIN</mechanism></mechanisms>`;
export const startTlsFeature = `<starttls xmlns='${ns.tls}'/>`;
export const bindFeature = `<bind xmlns='${ns.bind}'/>`;

/// The start tag of a server; `id` must be unknown to others, here it need not.
export const header = (attributes = "") =>
  `<?xml version='1.0'?><stream:stream xmlns='jabber:client' ` +
  `xmlns:stream='http://etherx.jabber.org/streams' id='upstream-1' ` +
  `from='${domain}' version='1.0' xml:lang='en'${attributes}>`;

export const features = (...children) =>
  `<stream:features>${children.join("")}</stream:features>`;

export const streamError = (condition, content = "") =>
  `<stream:error><${condition} xmlns='${ns.streams}'>${content}` +
  `</${condition}></stream:error>`;

/// Takes the gateway's start tag, kept as `peer.tag`; answers with ours and
/// these features.
export async function open(peer, ...children) {
  [peer.tag] = await peer.expect(/<stream:stream [^>]*>/);
  peer.send(header() + features(...children));
}

/// Takes STARTTLS and goes on with this certificate.
export async function secure(peer, certificate) {
  await open(peer, startTlsFeature);
  await peer.expect(/<starttls [^>]*\/>/);
  peer.send(`<proceed xmlns='${ns.tls}'/>`);
  await peer.startTls(certificate);
}

/// SASL PLAIN, restart and bind, as user of the given name.
export async function login(peer, { resource = "r" } = {}) {
  await open(peer, plainMechanism);
  const [, answer] = await peer.expect(/<auth [^>]*>([^<]*)<\/auth>/);
  const user = Buffer.from(answer, "base64").toString().split("\0")[1];
  peer.send(`<success xmlns='${ns.sasl}'/>`);
  await open(peer, bindFeature);
  const [iq] = await peer.expect(/<iq .*?<\/iq>/s);
  const id = iq.match(/ id=['"]([^'"]*)/)[1];
  peer.jid = `${user}@${domain}/${resource}`;
  peer.send(
    `<iq type='result' id='${id}'><bind xmlns='${ns.bind}'>` +
      `<jid>${peer.jid}</jid></bind></iq>`,
  );
}

/// Logs in and stays.
export async function stay(peer) {
  await login(peer);
}

/// Accepts the connection and says nothing.
export async function silent() {}
