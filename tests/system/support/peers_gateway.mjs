// Prosody and ejabberd, and causewayd in front of both. Each serves a domain
// per way in, "none.prosody.example" and so on.
import assert from "node:assert/strict";
import { withClients } from "./client_process.mjs";
import { Ejabberd } from "./ejabberd.mjs";
import { Prosody } from "./prosody.mjs";
import { Server } from "./server.mjs";

export const kinds = { prosody: Prosody, ejabberd: Ejabberd };
export const ways = ["none", "starttls", "direct"];
export const accounts = ["romeo", "juliet", "nurse", "mercutio"];

export const domainOf = (kind, way) => `${way}.${kind}.example`;

export class PeersGateway {
  peers = {};
  #runs = 0;

  async start() {
    const domains = {};
    await Promise.all(
      Object.entries(kinds).map(async ([kind, Kind]) => {
        const served = ways.map((way) => domainOf(kind, way));
        const peer = await Kind.start({ domains: served, accounts });
        this.peers[kind] = peer;
        for (const way of ways)
          domains[domainOf(kind, way)] = { upstream: [peer.upstream(way)] };
      }),
    );
    this.server = new Server({ domains });
    // Behind this one they learn at once that a client is gone.
    const stream = { management: { resumeTimeout: 0 } };
    this.forgetful = new Server({ domains, stream });
    await Promise.all([this.server.start(), this.forgetful.start()]);
  }

  async stop() {
    await this.server?.stop();
    await this.forgetful?.stop();
    for (const peer of Object.values(this.peers)) await peer.stop();
  }

  /// Runs `body` with one client per account, in the order of `accounts`: of
  /// these libraries, at the domain of this kind of server and way in. Unless
  /// `users` are given, the accounts are new: what a client has not acked its
  /// server keeps for the next one.
  async with(
    { kind, way = "none", libraries, users, mechanism, server = this.server },
    body,
  ) {
    const domain = domainOf(kind, way);
    const number = ++this.#runs;
    if (!users) {
      users = accounts.map((name) => `${name}${number}`);
      await this.peers[kind].addAccounts(users);
    }
    const clients = libraries.map((library, i) => ({
      ...{ library, domain, url: server.ws, user: users[i] },
      ...{ resource: library, mechanism },
    }));
    try {
      await withClients(clients, async (...running) => {
        for (const [i, client] of running.entries())
          assert.equal(client.jid, `${users[i]}@${domain}/${libraries[i]}`);
        await body(...running);
      });
    } catch (error) {
      error.message += `\n${server.log.split("\n").slice(-30).join("\n")}`;
      throw error;
    }
  }
}
