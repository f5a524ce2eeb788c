// causewayd with a domain of its own and domains of real servers behind it,
// each by a way that can be broken.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { freePort } from "../support/peer_server.mjs";
import { kinds as peerKinds } from "../support/peers_gateway.mjs";
import { Server } from "../support/server.mjs";
import { Relay } from "./relay.mjs";

export const kinds = ["local", ...Object.keys(peerKinds)];

export const domainOf = (kind) => `${kind}.example`;

/// More than can come together in the longest pause of a client.
const management = { queue: 100_000, wait: 600 };

export class Stage {
  relays = {};
  #peers = [];
  #log = "";

  /// `users` by kind; `watch()` makes a watcher for each link to a server.
  static async build(users, watch) {
    const stage = new Stage();
    stage.watch = watch;
    try {
      await stage.#build(users);
      return stage;
    } catch (error) {
      await stage.destroy();
      throw error;
    }
  }

  async #build(users) {
    const domains = {};
    await Promise.all(
      Object.entries(users).map(async ([kind, accounts]) => {
        const domain = domainOf(kind);
        domains[domain] = await this.#domain(kind, domain, accounts);
      }),
    );
    this.server = new Server({
      domains,
      listeners: [{ address: `127.0.0.1:${await freePort()}` }],
      stream: { management: { durability: "store" } },
    });
    await this.server.start();
    for (const user of users.local ?? [])
      await this.server.addAccounts(`${user}@${domainOf("local")}`);
  }

  async #domain(kind, domain, accounts) {
    if (kind === "local") return { scramIterations: 4096 };
    const served = { domains: [domain], accounts, management };
    const peer = await peerKinds[kind].start(served);
    this.#peers.push(peer);
    this.relays[kind] = await Relay.start(peer.ports.c2s, this.watch);
    return { upstream: [{ address: this.relays[kind].address, tls: "none" }] };
  }

  get url() {
    return this.server.ws;
  }

  /// Everything that causewayd has logged, over all its lives.
  get log() {
    return this.#log + this.server.log;
  }

  /// SIGSTOP or SIGCONT.
  signal(name) {
    this.server.process.kill(name);
  }

  async kill() {
    this.server.process.kill("SIGKILL");
    await this.server.exit;
  }

  async restart() {
    this.#log += this.server.log;
    this.server.log = "";
    await this.server.start();
  }

  counters() {
    return this.server.query("status").then(({ counters }) => counters);
  }

  /// Ends everything; causewayd in order, or an error.
  async stop() {
    const { server } = this;
    server.process.kill("SIGTERM");
    const code = await server.ended();
    assert.equal(code, 0, "exit code of causewayd after SIGTERM");
    server.checkSanitizers();
    await this.destroy();
  }

  /// Ends what still runs, and removes every folder.
  async destroy() {
    this.server?.process?.kill("SIGKILL");
    for (const relay of Object.values(this.relays)) relay.stop();
    for (const peer of this.#peers) await peer.stop();
    if (this.server)
      fs.rmSync(path.resolve(this.server.folder), {
        recursive: true,
        force: true,
      });
  }
}
