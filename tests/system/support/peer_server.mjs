// What the real XMPP servers of the tests have in common: a process with its
// own folder and loopback ports, domains, accounts and certificate.
import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { Authority } from "./certificates.mjs";
import { eventually, within } from "./server.mjs";

/// Milliseconds: ejabberd starts in two seconds, if it has a processor.
const startTime = 120_000;

/// A loopback port that nobody listens on.
export async function freePort() {
  const server = net.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

function listens(port) {
  return new Promise((resolve) => {
    const socket = net.connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true));
    socket.once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}

/// A way to a port of this machine that can be broken.
export async function breakable(port) {
  const sockets = new Set();
  const gate = net.createServer((one) => {
    const other = net.connect(port, "127.0.0.1");
    for (const [x, y] of [[one, other], [other, one]]) {
      sockets.add(x);
      x.on("error", () => {}).on("close", () => y.destroy());
      x.pipe(y);
    }
  });
  gate.listen(0, "127.0.0.1").unref();
  await once(gate, "listening");
  const breakAll = () => sockets.forEach((x) => x.destroy());
  return { address: `127.0.0.1:${gate.address().port}`, breakAll };
}

/// Subclasses define `portNames`, `prepare()`, which writes files, `command()`
/// and `addAccounts(names)`: accounts in every domain, password "secret".
export class PeerServer {
  log = "";

  /// Of Stream Management: whether there is any, stanzas that may wait for an
  /// ack, and seconds that a session waits for its client.
  management = { active: true, queue: 500, wait: 300 };

  constructor(name, domains) {
    this.domains = domains;
    this.folder = fs.mkdtempSync(path.join(os.tmpdir(), `${name}-`));
    const authority = new Authority(path.join(this.folder, "certificates"));
    this.ca = authority.ca;
    this.tls = authority.issue(domains);
  }

  /// Starts a server for these domains, and makes the accounts.
  static async start({ domains, accounts, management }) {
    const server = new this(domains);
    Object.assign(server.management, management);
    try {
      server.ports = {};
      for (const name of server.portNames)
        server.ports[name] = await freePort();
      server.prepare();
      await server.launch();
      await server.addAccounts(accounts);
      return server;
    } catch (error) {
      await server.stop();
      error.message += `\n${server.log}`;
      throw error;
    }
  }

  /// Runs the process; returns once its ports are open. Also after `kill`.
  async launch() {
    const { program, args, env } = this.command();
    this.process = spawn(program, args, {
      cwd: this.folder,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.exit = once(this.process, "exit");
    for (const output of [this.process.stdout, this.process.stderr])
      output.setEncoding("utf8").on("data", (text) => (this.log += text));
    const opened = Object.values(this.ports).map((port) =>
      eventually(`${program} listens on ${port}`, () => listens(port), startTime),
    );
    const ended = this.exit.then(() => {
      throw new Error(`${program} ended at its start:\n${this.log}`);
    });
    await Promise.race([Promise.all(opened), ended]);
    ended.catch(() => {});
  }

  /// Ends the process at once; its data stay.
  async kill() {
    this.process.kill("SIGKILL");
    await within(this.exit, "the server ends");
  }

  async stop() {
    if (this.process) await this.kill();
    fs.rmSync(this.folder, { recursive: true, force: true });
  }

  /// The `upstream` of a gateway that comes in this way: none, starttls or
  /// direct.
  upstream(tls) {
    const port = this.ports[tls === "direct" ? "direct" : "c2s"];
    const address = `127.0.0.1:${port}`;
    return tls === "none" ? { address, tls } : { address, tls, ca: this.ca };
  }
}
