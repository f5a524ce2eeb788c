// What goes wrong, by chance: each event with how often it comes.
import { pause } from "./client.mjs";

export const weights = {
  /// The TCP connections of a client or of several are gone.
  drop: 10,
  /// A client reads nothing for a while.
  stall: 5,
  /// A client comes by another network while its old connection stands.
  switch: 4,
  /// Connections to a server behind are gone.
  cut: 6,
  /// The process stands still.
  freeze: 2,
  /// kill -9 and a start.
  kill: 2,
};

/// Milliseconds between two events, at most.
const gap = 1200;

export class Nemesis {
  counts = {};
  #frozen = false;
  #pending = new Set();

  /// `log(event, fields)` hears of every event; `burst(client)` lets one send
  /// some messages at once, so that there is something on its way.
  constructor({ stage, clients, random, events, log, burst }) {
    Object.assign(this, { stage, clients, random, log, burst });
    this.weights = {};
    for (const event of events) {
      if (event === "cut" && !Object.keys(stage.relays).length) continue;
      this.weights[event] = weights[event];
      this.counts[event] = 0;
    }
  }

  /// Does its work for so many milliseconds, and sets everything right again.
  async run(duration) {
    const end = Date.now() + duration;
    for (;;) {
      await pause(this.random.between(0, gap));
      if (Date.now() >= end) break;
      const event = this.random.weighted(this.weights);
      ++this.counts[event];
      for (const client of this.clients)
        if (this.random.chance(0.2)) this.burst(client);
      await this[event]();
    }
    await Promise.all(this.#pending);
  }

  /// Goes on meanwhile.
  #meanwhile(promise) {
    this.#pending.add(promise);
    promise.finally(() => this.#pending.delete(promise));
  }

  #some() {
    const most = this.random.chance(0.2) ? this.clients.length / 3 : 1;
    return this.random.sample(this.clients, Math.ceil(most));
  }

  #say(event, clients, fields = {}) {
    this.log(event, { clients: clients?.map((x) => x.user), ...fields });
  }

  drop() {
    const clients = this.#some();
    const reset = this.random.chance(0.5);
    this.#say("drop", clients, { reset });
    for (const client of clients) {
      this.burst(client);
      client.drop(reset);
    }
  }

  stall() {
    const clients = this.#some();
    const ms = Math.round(this.random.between(300, 5000));
    this.#say("stall", clients, { ms });
    for (const client of clients) this.#meanwhile(client.stall(ms));
  }

  switch() {
    const clients = this.#some();
    this.#say("switch", clients);
    for (const client of clients) {
      this.burst(client);
      client.switch();
    }
  }

  cut() {
    const kind = this.random.pick(Object.keys(this.stage.relays));
    const relay = this.stage.relays[kind];
    const all = this.random.chance(0.2);
    const links = all ? relay.links : this.random.sample(relay.links, 1);
    this.#say("cut", undefined, { kind, links: links.length });
    relay.cut(links);
  }

  freeze() {
    if (this.#frozen) return;
    const ms = Math.round(this.random.between(200, 4000));
    this.#say("freeze", undefined, { ms });
    const { process } = this.stage.server;
    this.#frozen = true;
    process.kill("SIGSTOP");
    this.#meanwhile(
      pause(ms).then(() => {
        this.#frozen = false;
        process.kill("SIGCONT");
      }),
    );
  }

  async kill() {
    const ms = Math.round(this.random.between(0, 1500));
    this.#say("kill", undefined, { ms });
    await this.stage.kill();
    await pause(ms);
    await this.stage.restart();
    this.#say("started");
  }
}
