// What was sent, acknowledged and received, and what of that is wrong: each
// message that is acknowledged must arrive once, in the order of its sender.

/// Most of it that is written down.
const maxProblems = 1000;

export class Ledger {
  problems = [];
  counts = { sent: 0, acked: 0, arrived: 0, resent: 0, inDoubt: 0, again: 0 };
  #pairs = new Map();

  #pair(from, to) {
    const key = `${from} ${to}`;
    if (!this.#pairs.has(key))
      this.#pairs.set(key, { messages: [], newest: -1 });
    return this.#pairs.get(key);
  }

  /// A new message; its text carries its numbers and this padding.
  create(from, to, { address, padding }) {
    const { messages } = this.#pair(from, to);
    const message = { from, to, number: messages.length, state: "new" };
    message.at = Date.now();
    message.resent = 0;
    message.arrivals = [];
    messages.push(message);
    ++this.counts.sent;
    const body = `${from} ${to} ${message.number} ${"x".repeat(padding)}`;
    message.text =
      `<message xmlns='jabber:client' type='chat' to='${address}' ` +
      `id='${from}-${to}-${message.number}'><body>${body}</body></message>`;
    return message;
  }

  acked(message) {
    message.state = "acked";
    // Only what may be sent again is needed.
    message.text = undefined;
    message.ackedAt = Date.now();
    ++this.counts.acked;
  }

  resent(message) {
    message.resentAt = Date.now();
    ++message.resent;
    ++this.counts.resent;
  }

  /// Its session ended and nobody knows whether it was handled: it may arrive
  /// or not.
  inDoubt(message) {
    message.state = "in doubt";
    message.text = undefined;
    ++this.counts.inDoubt;
  }

  /// A stanza came to `user`, in the session with this number.
  arrived(user, session, stanza) {
    if (!/^<message[\s>]/.test(stanza)) return;
    const found = stanza.match(/<body[^>]*>(\S+) (\S+) (\d+) /);
    if (!found) return;
    const [, from, to, number] = found;
    const pair = this.#pair(from, to);
    const message = pair.messages[number];
    if (/^<message[^>]* type=['"]error/.test(stanza))
      return this.problem("returned", { message, stanza });
    if (!message || to !== user)
      return this.problem("unknown", { stanza, user });
    message.arrivals.push({ at: Date.now(), session });
    this.#judge(pair, message);
  }

  #judge(pair, message) {
    const [first, ...others] = message.arrivals;
    if (others.length) {
      // A session that is lost gives back what its client had not acked.
      if (others.at(-1).session !== first.session) ++this.counts.again;
      else this.problem("doubled", { message });
      return;
    }
    ++this.counts.arrived;
    if (message.number < pair.newest)
      this.problem("out of order", { message, after: pair.newest });
    else pair.newest = message.number;
  }

  problem(what, details) {
    if (this.problems.length < maxProblems)
      this.problems.push({ what, at: Date.now(), ...details });
  }

  /// Whether nothing is on its way any more.
  get settled() {
    for (const { messages } of this.#pairs.values())
      for (const { state, arrivals } of messages)
        if (state === "new" || (state === "acked" && !arrivals.length))
          return false;
    return true;
  }

  /// At the end: what is missing.
  close() {
    for (const { messages } of this.#pairs.values())
      for (const message of messages) {
        const missing = !message.arrivals.length;
        if (message.state === "acked" && missing)
          this.problem("lost", { message });
        if (message.state === "new")
          this.problem(missing ? "stuck" : "not acked", { message });
      }
  }
}
