// One run: clients log in, talk while the nemesis works, and settle.
import { Client, pause } from "./client.mjs";
import { Ledger } from "./ledger.mjs";
import { Nemesis } from "./nemesis.mjs";
import { Random } from "./random.mjs";
import { Stage, domainOf } from "./stage.mjs";
import { Watcher } from "./watcher.mjs";

/// Stanzas of one client that wait for an ack; then it is silent.
const maxBacklog = 200;
const partners = 3;
const progressTime = 10_000;

/// The users of each kind, as evenly as can be.
function usersOf({ only, clients }) {
  const users = Object.fromEntries(only.map((kind) => [kind, []]));
  for (let i = 0; i < clients; ++i) {
    const kind = only[i % only.length];
    users[kind].push(`${kind}${users[kind].length}`);
  }
  return users;
}

export class Run {
  ledger = new Ledger();
  clients = [];
  /// With servers behind, by user: see watcher.mjs.
  #upstream = new Map();
  #lostByServer = 0;
  #receivers = new Map();

  constructor(options, journal, say) {
    Object.assign(this, { options, journal, say });
  }

  /// Does all of it; returns whether it settled in time.
  async execute() {
    const { options } = this;
    const users = usersOf(options);
    const random = new Random(options.seed);
    this.stage = await Stage.build(users, () => this.#watcher());
    try {
      await this.#login(users, random);
      this.nemesis = new Nemesis({
        stage: this.stage,
        clients: this.clients,
        random: new Random(options.seed + 1),
        events: options.events,
        log: (event, fields) => this.journal.note(event, fields),
        burst: (client) => this.#burst(client),
      });
      const progress = setInterval(() => this.#progress(), progressTime);
      const talk = this.clients.map((client) => this.#talk(client));
      await this.nemesis.run(options.duration * 1000);
      talk.forEach(clearInterval);
      this.say("the nemesis is over; waiting for what is on its way");
      await this.#drain();
      clearInterval(progress);
      for (const client of this.clients) await client.stop();
      this.counters = await this.stage.counters();
      await this.stage.stop();
    } finally {
      for (const client of this.clients) client.drop();
      await this.stage.destroy();
    }
    this.ledger.close();
  }

  get sessions() {
    const sum = (name) =>
      this.clients.reduce((all, { counts }) => all + counts[name], 0);
    const lostByServer = this.#lostByServer;
    return { resumed: sum("resumed"), lost: sum("lost"), lostByServer };
  }

  async #login(users, random) {
    const { url } = this.stage;
    for (const [kind, names] of Object.entries(users))
      for (const user of names) {
        const own = new Random(random.whole(0, 2 ** 31));
        const domain = domainOf(kind);
        const observer = this.#observer();
        const login = { user, domain, url, random: own, observer };
        this.clients.push(new Client(login));
      }
    for (const client of this.clients) {
      const peers = this.clients.filter((x) => x.domain === client.domain);
      const at = peers.indexOf(client);
      const others = [...peers.slice(at + 1), ...peers.slice(0, at)];
      this.#receivers.set(client, others.slice(0, partners));
    }
    // Everybody is there before the first word.
    const ready = () => this.clients.every((x) => x.online && !x.backlog);
    if (!(await this.#until(ready, 300)))
      throw new Error("not every client could log in");
    this.say(`${this.clients.length} clients are logged in`);
  }

  async #until(ready, seconds) {
    const end = Date.now() + seconds * 1000;
    while (!ready()) {
      if (Date.now() > end) return false;
      await pause(50);
    }
    return true;
  }

  #observer() {
    const { ledger, journal } = this;
    return {
      acked: (message) => ledger.acked(message),
      resent: (message) => ledger.resent(message),
      inDoubt: (message) => ledger.inDoubt(message),
      arrived: ({ user, session }, text) => ledger.arrived(user, session, text),
      lost: ({ user }, answer) => this.#lost(user, answer),
      handled: ({ user }, h) => this.#checkAck(user, h),
      note: ({ user }, event, fields) => journal.note(event, { user, ...fields }),
      fault: ({ user }, what) => {
        journal.note("fault", { user, what });
        ledger.problem("fault", { user, fault: what });
      },
    };
  }

  #watcher() {
    return new Watcher(this.ledger, this.#upstream);
  }

  /// Where the server had no cause from us, it has lost the session itself.
  #lost(user, answer) {
    const session = this.#upstream.get(user);
    if (session && !session.fault) ++this.#lostByServer;
    else this.ledger.problem("session lost", { user, answer, ...session });
  }

  /// No ack but that of the server behind.
  #checkAck(user, h) {
    const session = this.#upstream.get(user);
    if (session && h > session.h)
      this.ledger.problem("acked too early", { user, h, server: session.h });
  }

  /// Sends at the rate, half to the bare and half to the full JID.
  #talk(client) {
    return setInterval(() => this.#say(client), 1000 / this.options.rate);
  }

  #burst(client) {
    for (let i = client.random.whole(1, 30); i > 0; --i) this.#say(client);
  }

  #say(client) {
    if (client.backlog >= maxBacklog) return;
    const { random } = client;
    const receivers = this.#receivers.get(client);
    const to = random.pick(receivers);
    const full = receivers.indexOf(to) % 2;
    const address = full ? `${to.jid}/nemesis` : to.jid;
    const padding = random.chance(0.02)
      ? random.whole(10_000, 60_000)
      : random.whole(10, 500);
    const { user } = to;
    const message = this.ledger.create(client.user, user, { address, padding });
    client.send({ text: message.text, message });
  }

  async #drain() {
    const idle = () => this.clients.every((x) => x.online && !x.backlog);
    const settled = () => idle() && this.ledger.settled;
    if (!(await this.#until(settled, this.options.drain)))
      this.journal.note("not settled", {
        waiting: this.clients
          .filter((x) => !x.online || x.backlog)
          .map(({ user, online, backlog }) => ({ user, online, backlog })),
      });
    // What should not come any more has a moment to come.
    await pause(1000);
  }

  #progress() {
    const { sent, acked, arrived } = this.ledger.counts;
    const { resumed, lost } = this.sessions;
    const online = this.clients.filter((x) => x.online).length;
    const events = Object.entries(this.nemesis.counts)
      .map(([event, count]) => `${event} ${count}`)
      .join(", ");
    this.say(
      `${Math.round(this.journal.time(Date.now()))} s: ${sent} sent, ` +
        `${acked} acked, ${arrived} arrived; ${online} online, ` +
        `${resumed} resumed, ${lost} lost sessions; ${events}; ` +
        `${this.ledger.problems.length} problems`,
    );
  }
}
