// What happened when, in a file and for a while in memory: beside a message
// that is missing stands what happened around it.
import fs from "node:fs";

/// Milliseconds before and after a message that may have to do with it.
const around = 3000;
const kept = 200_000;

export class Journal {
  #events = [];

  constructor(file) {
    this.start = Date.now();
    this.file = fs.createWriteStream(file);
  }

  note(event, fields = {}) {
    const entry = { at: Date.now(), event, ...fields };
    this.file.write(`${JSON.stringify({ ...entry, at: this.time(entry.at) })}\n`);
    this.#events.push(entry);
    if (this.#events.length > kept) this.#events.shift();
  }

  /// Seconds since the start.
  time(at) {
    return Number(((at - this.start) / 1000).toFixed(3));
  }

  /// What happened around these moments to these users, or to all.
  near(moments, users) {
    const close = ({ at }) =>
      moments.some((moment) => Math.abs(at - moment) <= around);
    const concerns = ({ user, clients }) =>
      user ? users.includes(user)
      : !clients || clients.some((x) => users.includes(x));
    return this.#events
      .filter((entry) => close(entry) && concerns(entry))
      .map(({ at, ...rest }) => ({ at: this.time(at), ...rest }));
  }

  close() {
    return new Promise((resolve) => this.file.end(resolve));
  }
}
