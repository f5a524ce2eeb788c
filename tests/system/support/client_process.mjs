// The test's side of clients/driver.mjs: a client library in a process of its
// own, as its user would run it; the certificate comes by NODE_EXTRA_CA_CERTS.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import path from "node:path";
import readline from "node:readline";
import { fileURLToPath } from "node:url";
import { within } from "./server.mjs";

const here = path.dirname(fileURLToPath(import.meta.url));

/// Every library of npm under test.
export const libraries = ["xmpp_js", "strophe", "stanza"];
/// And that of Debian.
export const everyLibrary = [...libraries, "nbxmpp"];

/// What runs a library: Node.js, or Debian's Python for nbxmpp.
const command = (library) =>
  library === "nbxmpp"
    ? ["/usr/bin/python3", [path.join(here, "clients/python_nbxmpp.py")]]
    : [process.execPath, [path.join(here, "clients/driver.mjs"), library]];

export class ClientProcess {
  #pending = new Map();
  #last = 0;

  constructor(library, certificate) {
    this.library = library;
    const env = { ...process.env };
    if (certificate) env.NODE_EXTRA_CA_CERTS = certificate;
    this.process = spawn(...command(library), {
      stdio: ["pipe", "pipe", "inherit"],
      env,
    });
    const lines = readline.createInterface(this.process.stdout);
    lines.on("line", (line) => {
      // Libraries may print lines of their own.
      if (!line.startsWith('{"id":')) return console.error(line);
      const { id, value, error } = JSON.parse(line);
      const { resolve, reject } = this.#pending.get(id);
      this.#pending.delete(id);
      if (error) reject(new Error(`${library}: ${error}`));
      else resolve(value);
    });
    this.process.on("exit", () => {
      for (const { reject } of this.#pending.values())
        reject(new Error(`${library}: its process ended`));
    });
  }

  /// Runs a command of clients/driver.mjs.
  call(command, args = {}) {
    const id = ++this.#last;
    const answer = new Promise((resolve, reject) =>
      this.#pending.set(id, { resolve, reject }),
    );
    this.process.stdin.write(`${JSON.stringify({ id, command, args })}\n`);
    return within(answer, `${this.library}: ${command}`, 60_000);
  }

  /// Sends a stanza, or another element, through the library.
  send(xml) {
    return this.call("stanza", { xml });
  }

  /// Takes the first element so far unread that matches; waits for it.
  input(pattern) {
    return this.call("input", { pattern: pattern.source });
  }

  /// Sends an iq and waits for its answer, which must be a result.
  async ask(iq) {
    const id = iq.match(/ id=['"]([^'"]*)/)[1];
    await this.send(iq);
    const answer = await this.input(
      new RegExp(`^<iq [^>]*\\bid=['"]${id}['"].*`),
    );
    assert.match(answer, /^<iq [^>]*\btype=['"]result['"]/);
    return answer;
  }

  /// Ends the process without closing the stream, if it still runs.
  end() {
    this.process.stdin.end();
    this.process.kill();
  }
}

/// Runs `body` with one client process per entry of `clients`, logged in:
/// {library, url, domain, user, password, resource, certificate, mechanism}.
export async function withClients(clients, body) {
  const running = [];
  try {
    for (const { library, certificate, ...options } of clients) {
      const client = new ClientProcess(library, certificate);
      running.push(client);
      const login = {
        domain: "localhost",
        password: "secret",
        certificate,
        ...options,
      };
      Object.assign(client, await client.call("connect", login));
    }
    await body(...running);
  } finally {
    for (const client of running) client.end();
  }
}

/// `one` and `other` send each other so many messages at the same time.
export async function chat(one, other, count = 1000) {
  const sending = [
    one.call("send", { to: other.jid, prefix: "one", count }),
    other.call("send", { to: one.jid, prefix: "other", count }),
  ];
  const expect = (from, prefix) =>
    Array.from({ length: count }, (_, i) => ({ from, body: `${prefix} ${i}` }));
  const [atOther, atOne] = await Promise.all([
    other.call("received", { count }),
    one.call("received", { count }),
    ...sending,
  ]);
  assert.deepEqual(atOther, expect(one.jid, "one"));
  assert.deepEqual(atOne, expect(other.jid, "other"));
}

/// After `chat`: the server acked every stanza that crossed the wire, and the
/// library knows.
export async function checkAcks(client, count = 1000) {
  const { wire, library } = await client.call("acknowledged");
  assert.ok(library.enabled);
  assert.ok(wire.sent >= count);
  assert.equal(wire.acksReceived.at(-1), wire.sent);
  assert.equal(library.acked, wire.sent);
  assert.equal(library.unacked, 0);
  // The server asked for acks on the way, and each answer was in range.
  assert.ok(wire.acksSent.length > 0);
  assert.ok(wire.acksSent.at(-1) <= wire.received);
}
