// The test's side of clients/driver.mjs: a client library in a process of its
// own, as its user would run it; the certificate comes by NODE_EXTRA_CA_CERTS.
import { spawn } from "node:child_process";
import path from "node:path";
import readline from "node:readline";
import { fileURLToPath } from "node:url";
import { within } from "./server.mjs";

const here = path.dirname(fileURLToPath(import.meta.url));

/// Every library under test.
export const libraries = ["xmpp_js", "strophe", "stanza"];

export class ClientProcess {
  #pending = new Map();
  #last = 0;

  constructor(library, certificate) {
    this.library = library;
    const env = { ...process.env };
    if (certificate) env.NODE_EXTRA_CA_CERTS = certificate;
    this.process = spawn(
      process.execPath,
      [path.join(here, "clients/driver.mjs"), library],
      { stdio: ["pipe", "pipe", "inherit"], env },
    );
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

  /// Ends the process without closing the stream, if it still runs.
  end() {
    this.process.stdin.end();
    this.process.kill();
  }
}

/// Runs `body` with one client process per entry of `clients`, logged in:
/// {library, url, domain, user, password, resource, certificate}.
export async function withClients(clients, body) {
  const running = [];
  try {
    for (const { library, certificate, ...options } of clients) {
      const client = new ClientProcess(library, certificate);
      running.push(client);
      const login = { domain: "localhost", password: "secret", ...options };
      Object.assign(client, await client.call("connect", login));
    }
    await body(...running);
  } finally {
    for (const client of running) client.end();
  }
}
