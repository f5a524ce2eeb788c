// A client of RFC 7395 that sends and expects text; it knows just enough to
// log in, and leaves every rule to the test.
import assert from "node:assert/strict";
import fs from "node:fs";
import { Wire, opcode } from "./wire.mjs";

export const ns = {
  framing: "urn:ietf:params:xml:ns:xmpp-framing",
  sasl: "urn:ietf:params:xml:ns:xmpp-sasl",
  bind: "urn:ietf:params:xml:ns:xmpp-bind",
  stanzas: "urn:ietf:params:xml:ns:xmpp-stanzas",
  streams: "urn:ietf:params:xml:ns:xmpp-streams",
  tls: "urn:ietf:params:xml:ns:xmpp-tls",
  sm: "urn:xmpp:sm:3",
};

export const openElement = (to = "localhost") =>
  `<open xmlns='${ns.framing}' to='${to}' version='1.0'/>`;
export const closeElement = `<close xmlns='${ns.framing}'/>`;

/// The value of an attribute of the first tag; undefined if it has none.
export function attribute(text, name) {
  const tag = text.slice(0, text.indexOf(">") + 1);
  return tag.match(new RegExp(`\\s${name}=(['"])(.*?)\\1`))?.[2];
}

export class Stream {
  /// Opens the WebSocket; the stream is not opened yet.
  static async connect(url, { certificate, headers } = {}) {
    const stream = new Stream();
    const ca = certificate && fs.readFileSync(certificate);
    stream.wire = await Wire.connect(url, { certificate: ca });
    const answer = await stream.wire.request(url, { headers });
    assert.equal(answer.status, 101);
    assert.equal(answer.headers["sec-websocket-protocol"], "xmpp");
    return stream;
  }

  /// Connects, logs in with PLAIN, binds.
  static async login(server, user, { resource, domain, ...options } = {}) {
    const url = options.url ?? server.ws;
    const stream = await Stream.connect(url, options);
    await stream.open(domain);
    await stream.authenticate(user);
    await stream.open(domain);
    await stream.bind(resource);
    return stream;
  }

  send(text) {
    this.wire.sendFrame(opcode.text, text);
  }

  /// The next text message. Pings are answered on the way.
  async next() {
    for (;;) {
      const frame = await this.wire.frame();
      assert.ok(frame, "the connection ended without close frame");
      if (frame.code === opcode.ping)
        this.wire.sendFrame(opcode.pong, frame.payload);
      else {
        const reason = frame.payload.subarray(2);
        const what = `close frame ${this.#code(frame)} ${reason}`;
        assert.equal(frame.code, opcode.text, what);
        return frame.payload.toString("utf8");
      }
    }
  }

  #code({ code, payload }) {
    if (code !== opcode.close) return undefined;
    return payload.length ? payload.readUInt16BE(0) : 1005;
  }

  /// The next text message must match.
  async expect(pattern) {
    const text = await this.next();
    assert.match(text, pattern);
    return text;
  }

  /// Skips messages until one matches.
  async until(pattern) {
    for (;;) {
      const text = await this.next();
      if (pattern.test(text)) return text;
    }
  }

  /// The next frame must be a close frame with this code; answers it. Then
  /// the server must end the TCP connection.
  async expectClose(code) {
    const frame = await this.wire.frame();
    assert.ok(frame, "the connection ended without close frame");
    assert.equal(this.#code(frame), code, frame.payload.toString("utf8"));
    this.wire.sendFrame(opcode.close, frame.payload);
    assert.equal(await this.wire.frame(), null);
  }

  /// A stream error, one `<close/>`, and the closing handshake (RFC 7395
  /// section 3.5).
  async expectError(condition, code = 1000) {
    const text = await this.expect(
      new RegExp(`^<stream:error.*<${condition}[ /].*${ns.streams}`, "s"),
    );
    await this.expect(/^<close .*xmpp-framing/);
    await this.expectClose(code);
    return text;
  }

  /// Answers pings and nothing else until the server calls that idle.
  async expectIdleEnd() {
    const text = await this.until(/^<stream:error/);
    assert.match(text, /<connection-timeout /);
    await this.expect(/^<close /);
    await this.expectClose(1000);
  }

  async open(to) {
    this.send(openElement(to));
    const text = await this.expect(/^<open .*xmpp-framing/);
    this.id = attribute(text, "id");
    this.features = await this.expect(/^<stream:features/);
  }

  async authenticate(user, password = "secret") {
    const plain = Buffer.from(`\0${user}\0${password}`).toString("base64");
    this.send(`<auth xmlns='${ns.sasl}' mechanism='PLAIN'>${plain}</auth>`);
    await this.expect(/^<success/);
  }

  async bind(resource) {
    const wish = resource ? `<resource>${resource}</resource>` : "";
    this.send(
      `<iq xmlns='jabber:client' type='set' id='bind'>` +
        `<bind xmlns='${ns.bind}'>${wish}</bind></iq>`,
    );
    const answer = await this.expect(/^<iq .*type=['"]result/);
    this.jid = answer.match(/<jid>(.*)<\/jid>/)[1];
  }

  async enable() {
    this.send(`<enable xmlns='${ns.sm}'/>`);
    return this.expect(/^<enabled/);
  }

  message(to, body, id = "m") {
    this.send(
      `<message xmlns='jabber:client' to='${to}' type='chat' id='${id}'>` +
        `<body>${body}</body></message>`,
    );
  }

  /// Asks the server and waits for its answer.
  async ping() {
    this.send(
      `<iq xmlns='jabber:client' type='get' id='ping' to='localhost'>` +
        `<ping xmlns='urn:xmpp:ping'/></iq>`,
    );
    await this.expect(/^<iq .*type=['"]result/);
  }

  /// Ends the stream in order.
  async close() {
    this.send(closeElement);
    await this.until(/^<close /);
    await this.expectClose(1000);
  }
}
