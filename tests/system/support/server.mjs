// Runs build/VARIANT/causewayd for one test: own folder, own ports, own
// accounts; asserts that it ends in order.
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const here = path.dirname(fileURLToPath(import.meta.url));
const build =
  process.env.CAUSEWAY_BUILD ?? path.join(here, "../../../build/debug");

/// How long one step may take, in milliseconds; sanitizers are slow.
export const patience = 20_000;

/// Connections of the running test; cut before its server stops, so that the
/// server need not wait for their closing handshakes.
export const connections = new Set();

const loopback = [
  { address: "127.0.0.1:0" },
  { address: "127.0.0.1:0", tls: "development" },
];

/// Rejects with `what` when `promise` takes longer than `patience`.
export async function within(promise, what, limit = patience) {
  if (limit === Infinity) return promise;
  let timer;
  const late = new Promise((_, reject) => {
    const error = new Error(`waited ${limit} ms in vain: ${what}`);
    timer = setTimeout(() => reject(error), limit);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/// Asks until `probe` returns something true; for state that only
/// causewayctl shows.
export async function eventually(what, probe, limit = patience) {
  const end = Date.now() + limit;
  for (;;) {
    const found = await probe();
    if (found) return found;
    if (Date.now() > end) throw new Error(`waited ${limit} ms in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export class Server {
  /// Where the programs are.
  build = build;
  /// URLs by scheme, as the server printed them; the first of each.
  ws;
  wss;
  urls = [];
  log = "";
  /// Variables that the process gets beside those of the test.
  env = {};

  constructor(config = {}) {
    this.folder = fs.mkdtempSync(path.join(os.tmpdir(), "causeway-"));
    const file = {
      ...config,
      node: { data: this.folder, ...config.node },
      listeners: config.listeners ?? loopback,
    };
    this.listeners = file.listeners.length;
    this.config = path.join(this.folder, "config.yaml");
    /// What the file says.
    this.content = file;
    fs.writeFileSync(this.config, JSON.stringify(file, null, 2));
  }

  /// Starts the process; returns once every listener listens.
  async start() {
    this.process = spawn(
      path.join(build, "causewayd"),
      ["--config", this.config],
      {
        stdio: ["ignore", "pipe", "pipe"],
        env: { ...process.env, ...this.env },
      },
    );
    this.exit = once(this.process, "exit");
    const welcomed = new Promise((resolve, reject) => {
      const read = (chunk) => {
        this.log += chunk;
        const urls = this.log.match(/^ {2}wss?:\S+\n/gm) ?? [];
        if (urls.length === this.listeners) resolve();
      };
      this.process.stdout.setEncoding("utf8").on("data", read);
      this.process.stderr.setEncoding("utf8").on("data", read);
      this.process.once("error", reject);
      this.exit.then(() => reject(new Error("causewayd ended at its start")));
    });
    await within(welcomed, "causewayd says where to log in");
    this.urls = [...this.log.matchAll(/^ {2}(wss?:\S+)$/gm)].map((x) => x[1]);
    assert.equal(this.urls.length, this.listeners);
    this.ws = this.urls.find((url) => url.startsWith("ws:"));
    this.wss = this.urls.find((url) => url.startsWith("wss:"));
  }

  /// The development certificate (PEM file).
  get certificate() {
    return path.join(this.folder, "development.crt");
  }

  /// Runs causewayctl; returns {code, stdout, stderr}.
  ctl(args, input = "") {
    const socket = path.join(this.folder, "causeway.sock");
    return new Promise((resolve) => {
      const child = execFile(
        path.join(build, "causewayctl"),
        ["--socket", socket, ...args],
        { timeout: patience, maxBuffer: 64 << 20 },
        (error, stdout, stderr) =>
          resolve({ code: error ? (error.code ?? 1) : 0, stdout, stderr }),
      );
      child.stdin.on("error", () => {});
      child.stdin.end(input);
    });
  }

  /// Runs causewayctl with --json; asserts success and returns its value.
  async query(...args) {
    const answer = await this.ctl([...args, "--json"]);
    assert.equal(answer.code, 0, answer.stderr);
    return JSON.parse(answer.stdout);
  }

  /// Makes accounts of localhost, each with the password "secret".
  async addAccounts(...names) {
    for (const name of names) {
      const jid = name.includes("@") ? name : `${name}@localhost`;
      const answer = await this.ctl(
        ["account", "add", jid, "--password-stdin"],
        "secret\n",
      );
      assert.equal(answer.code, 0, answer.stderr);
    }
  }

  /// Waits until a line of the log matches.
  logged(pattern) {
    return eventually(`log line ${pattern}`, () => this.log.match(pattern));
  }

  /// Waits for the end of the process; returns its exit code.
  async ended() {
    const [code, signal] = await within(this.exit, "causewayd ends");
    return code ?? signal;
  }

  /// Ends it in order, checks what it left behind, removes the folder.
  async stop() {
    this.process.kill("SIGTERM");
    assert.equal(await this.ended(), 0, "exit code after SIGTERM");
    this.checkSanitizers();
    fs.rmSync(this.folder, { recursive: true });
  }

  checkSanitizers() {
    assert.doesNotMatch(this.log, /Sanitizer|runtime error:/);
  }

  /// After a failure: ends it at once, shows its log and keeps its folder.
  abandon() {
    this.process?.kill("SIGKILL");
    fs.writeFileSync(path.join(this.folder, "log"), this.log);
    const tail = this.log.split("\n").slice(-60).join("\n");
    console.error(`causewayd (${this.folder}):\n${tail}`);
  }
}

function cutConnections() {
  for (const socket of connections) socket.destroy();
  connections.clear();
}

/// Runs `body` against a server with this configuration and these accounts.
/// Unless the body stops or kills it, it must still run at the end.
export async function withServer({ config, env, accounts = [] }, body) {
  const server = new Server(config);
  server.env = env ?? {};
  try {
    await server.start();
    await server.addAccounts(...accounts);
    await body(server);
    cutConnections();
    if (!server.expectedToEnd) await server.stop();
  } catch (error) {
    server.abandon();
    throw error;
  } finally {
    cutConnections();
  }
}
