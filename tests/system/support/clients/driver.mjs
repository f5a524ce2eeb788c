// Runs one XMPP client library in a process of its own and obeys the test
// (client_process.mjs): a line of JSON per command and per answer.
// usage: node driver.mjs LIBRARY
//
// A library module exports connect(options, events): it logs in and returns
// {message(to, body), stanza(xml), ping(to), disco(to), requestAck(), sm(),
// close()}. With options.mechanism it takes no other. Events:
// message(from, body), closed(), input(text), output(text): raw XML.
import { webcrypto } from "node:crypto";
import readline from "node:readline";
import WebSocket from "ws";

// Node.js 18 has no global WebCrypto, and only 22 a global WebSocket.
globalThis.crypto ??= webcrypto;
globalThis.WebSocket ??= WebSocket;

const { connect } = await import(`./${process.argv[2]}.mjs`);

const isStanza = (text) => /^<(message|presence|iq)[\s>/]/.test(text);
const number = (text) => Number(text.match(/\bh=['"](\d+)/)[1]);

/// What crossed the wire since <enable/> and <enabled/>: the oracle for the
/// counters of the library.
const wire = { sent: 0, received: 0, acksSent: [], acksReceived: [] };
const received = [];
const inputs = [];
let mechanism;
let enabling = false;
let enabled = false;
let client;
let closed = false;
let notify = () => {};

const events = {
  input(text) {
    inputs.push(text);
    if (enabled && isStanza(text)) ++wire.received;
    if (/^<enabled[\s/]/.test(text)) enabled = true;
    if (/^<a\s/.test(text)) wire.acksReceived.push(number(text));
    notify();
  },
  output(text) {
    if (enabling && isStanza(text)) ++wire.sent;
    if (/^<enable[\s/]/.test(text)) enabling = true;
    if (/^<a\s/.test(text)) wire.acksSent.push(number(text));
    mechanism ??= text.match(/<auth [^>]*mechanism=['"]([^'"]+)/)?.[1];
  },
  message(from, body) {
    received.push({ from, body });
    notify();
  },
  closed() {
    closed = true;
    notify();
  },
};

/// Resolves once `ready` holds; looked at again after every event.
async function until(ready) {
  while (!ready()) {
    if (closed) throw new Error("the connection was closed");
    await new Promise((resolve) => (notify = resolve));
  }
}

const commands = {
  async connect(options) {
    client = await connect(options, events);
    return { jid: client.jid, mechanism };
  },
  /// Sends `count` messages with the bodies "prefix 0" and so on.
  async send({ to, prefix, count }) {
    for (let i = 0; i < count; ++i) await client.message(to, `${prefix} ${i}`);
  },
  /// Waits for so many messages in all; returns them.
  async received({ count }) {
    await until(() => received.length >= count);
    return received;
  },
  async stanza({ xml }) {
    await client.stanza(xml);
  },
  /// Takes the first element so far unread that matches; waits for it.
  async input({ pattern }) {
    const expected = new RegExp(pattern, "s");
    const first = () => inputs.findIndex((text) => expected.test(text));
    await until(() => first() >= 0);
    return inputs.splice(first(), 1)[0];
  },
  async ping({ to }) {
    await client.ping(to);
  },
  async disco({ to }) {
    return client.disco(to);
  },
  /// Asks for an ack of everything sent; returns library and wire counters.
  async acknowledged() {
    const acks = wire.acksReceived.length;
    await until(() => enabled);
    client.requestAck();
    await until(
      () =>
        wire.acksReceived.length > acks &&
        wire.acksReceived.at(-1) === wire.sent,
    );
    // A library may have a queue of its own before its counters.
    for (let i = 0; i < 200 && client.sm().acked !== wire.sent; ++i)
      await new Promise((resolve) => setTimeout(resolve, 10));
    return { wire, library: client.sm() };
  },
  async closed() {
    while (!closed) await new Promise((resolve) => (notify = resolve));
  },
  async close() {
    await client.close();
  },
};

for await (const line of readline.createInterface(process.stdin)) {
  const { id, command, args } = JSON.parse(line);
  commands[command](args).then(
    (value = null) => process.stdout.write(`${JSON.stringify({ id, value })}\n`),
    (error) => {
      const text = String(error?.stack ?? error);
      process.stdout.write(`${JSON.stringify({ id, error: text })}\n`);
    },
  );
}
process.exit(0);
