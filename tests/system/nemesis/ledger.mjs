// What was sent, acknowledged and received, and what of that is wrong: each
// message that is acknowledged must arrive once, in the order of its sender. A
// server behind causewayd must get them in that order, and may change it; then
// they must arrive in the order in which it sent them.

/// Most of it that is written down.
const maxProblems = 1000;

/// {from, to, number, isError} of a message of ours, or nothing.
function parse(stanza) {
  if (!/^<message[\s>]/.test(stanza)) return undefined;
  const found = stanza.match(/<body[^>]*>(\S+) (\S+) (\d+) /);
  if (!found) return undefined;
  const [, from, to, number] = found;
  const isError = /^<message[^>]* type=['"]error/.test(stanza);
  return { from, to, number: Number(number), isError };
}

export class Ledger {
  problems = [];
  counts = {
    ...{ sent: 0, acked: 0, arrived: 0, resent: 0, inDoubt: 0, again: 0 },
    /// Messages that a server sent behind later ones of their sender, and those
    /// that it acknowledged and never sent.
    ...{ reordered: 0, lostByServer: 0 },
  };
  #pairs = new Map();

  #pair(from, to) {
    const key = `${from} ${to}`;
    if (!this.#pairs.has(key))
      this.#pairs.set(key, {
        messages: [],
        /// The highest number that a server got, and how many it sent.
        ...{ up: -1, places: 0 },
        /// The highest number that arrived, and what arrived last.
        ...{ newest: -1, last: undefined },
      });
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

  /// A stanza went to a server by this link, an object of its own for each:
  /// none is left out, and none comes before its time.
  wentUp(link, stanza) {
    const found = parse(stanza);
    if (!found) return;
    const pair = this.#pair(found.from, found.to);
    const { messages } = pair;
    let next = link.get(pair);
    const isFirst = next === undefined;
    if (isFirst) next = pair.up + 1;
    // Those are not sent again.
    while (messages[next]?.state === "in doubt") ++next;
    const { number } = found;
    if (isFirst ? number > next : number !== next)
      this.problem("sent out of order", { message: messages[number], next });
    else messages[number].isUp = true;
    link.set(pair, number + 1);
    pair.up = Math.max(pair.up, number);
  }

  /// A server sent a stanza; the last time before it arrives counts.
  cameDown(stanza) {
    const found = parse(stanza);
    if (!found || found.isError) return;
    const pair = this.#pair(found.from, found.to);
    const message = pair.messages[found.number];
    if (message && !message.arrivals.length) message.place = pair.places++;
  }

  /// A stanza came to `user`, in the session with this number.
  arrived(user, session, stanza) {
    const found = parse(stanza);
    if (!found) return;
    const pair = this.#pair(found.from, found.to);
    const message = pair.messages[found.number];
    if (found.isError) return this.problem("returned", { message, stanza });
    if (!message || found.to !== user)
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
    const { newest, last } = pair;
    const order = (x) => x?.place ?? x?.number ?? -1;
    if (order(message) < order(last))
      return this.problem("out of order", { message, after: last.number });
    pair.last = message;
    if (message.number < newest) ++this.counts.reordered;
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
        if (message.state === "acked" && missing) this.#lost(message);
        if (message.state === "new")
          this.problem(missing ? "stuck" : "not acked", { message });
      }
  }

  #lost(message) {
    const isTheirs = message.isUp && message.place === undefined;
    if (isTheirs) ++this.counts.lostByServer;
    else this.problem("lost", { message });
  }
}
