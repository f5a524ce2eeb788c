// Two sessions under load: the sender numbers its messages, the receiver has
// Stream Management on and acks what it got. When its stream ends, it logs in
// again for what was stored. At the end every message must be accounted for.
import assert from "node:assert/strict";
import { Stream, attribute } from "./stream.mjs";
import { eventually } from "./server.mjs";

const window = 8;

const increasing = (list) => list.every((n, i) => i === 0 || list[i - 1] < n);

export class Pair {
  sent = 0;
  delivered = [];
  bounced = [];
  /// What the receiver got after it came back, and whether in order.
  returned = [];
  acked = 0;
  /// Why the stream of either side ended, once it has.
  senderEnd;
  receiverEnd;
  #running = true;
  #pause = 0;

  /// Logs both accounts in and starts to send: as fast as it can, or with a
  /// pause in ms after each message that arrives.
  static async start(server, from, to, { pause = 0 } = {}) {
    const pair = new Pair();
    pair.#pause = pause;
    pair.sender = await Stream.login(server, from);
    pair.receiver = await Stream.login(server, to);
    await pair.receiver.enable();
    // Nothing comes for who only sends, and little where many share a machine:
    // who stops to read answers no ping either.
    pair.sender.wire.patience = Infinity;
    pair.receiver.wire.patience = Infinity;
    pair.#send();
    pair.#receive().catch((error) => {
      pair.receiverEnd = error.message;
      pair.#comeBack(server, to).catch(() => {});
    });
    pair.#collectBounces().catch((error) => (pair.senderEnd = error.message));
    return pair;
  }

  get #settled() {
    const all = [...this.delivered, ...this.returned, ...this.bounced];
    return new Set(all).size;
  }

  #send() {
    if (this.senderEnd) return;
    while (this.#running && this.sent - this.#settled < window)
      this.sender.message(this.receiver.jid, "on its way", this.sent++);
  }

  async #receive() {
    for (;;) {
      const text = await this.receiver.next();
      if (text.startsWith("<r ")) {
        this.acked = this.delivered.length;
        this.receiver.send(`<a xmlns='urn:xmpp:sm:3' h='${this.acked}'/>`);
      } else if (text.startsWith("<message")) {
        this.delivered.push(Number(attribute(text, "id")));
        if (this.#pause) setTimeout(() => this.#send(), this.#pause);
        else this.#send();
      } else if (text.startsWith("<stream:error")) {
        this.receiverError = text;
      }
    }
  }

  async #comeBack(server, user) {
    const again = await Stream.login(server, user);
    again.send("<presence xmlns='jabber:client'/>");
    for (;;) {
      const text = await again.next();
      if (!text.startsWith("<message")) continue;
      this.returned.push(Number(attribute(text, "id")));
      this.#send();
    }
  }

  async #collectBounces() {
    for (;;) {
      const text = await this.sender.next();
      if (text.startsWith("<message")) {
        assert.equal(attribute(text, "type"), "error");
        this.bounced.push(Number(attribute(text, "id")));
        this.#send();
      } else if (text.startsWith("<stream:error")) {
        this.senderError = text;
      }
    }
  }

  /// Waits until this many more messages are settled.
  async progress(count = 50) {
    const goal = this.#settled + count;
    await eventually("messages flow", () => this.#settled >= goal);
  }

  /// Stops sending and waits until nothing is on its way.
  async finish() {
    this.#running = false;
    if (!this.senderEnd)
      await eventually(
        "every message is settled",
        () => this.#settled === this.sent,
      );
    assert.ok(increasing(this.delivered), "delivered in order, none twice");
    const once = new Set(this.bounced).size === this.bounced.length;
    assert.ok(once, "none bounced twice");
  }

  /// Nothing was lost, doubled or bounced, and both streams live.
  assertUnharmed() {
    assert.equal(this.senderEnd, undefined);
    assert.equal(this.receiverEnd, undefined);
    assert.deepEqual(this.bounced, []);
    assert.equal(this.delivered.length, this.sent);
  }

  /// The receiver's stream ended: what the server did not know to be acked came
  /// again after the next login, in order unless the session was killed.
  async assertReturned({ ordered = true } = {}) {
    assert.equal(this.senderEnd, undefined);
    assert.deepEqual(this.bounced, []);
    await eventually("the last has come again",
      () => this.returned.includes(this.sent - 1));
    const kept = this.sent - this.returned.length;
    assert.ok(kept <= this.acked, `${kept} kept, ${this.acked} acked`);
    const rest = Array.from({ length: this.sent - kept }, (_, i) => kept + i);
    assert.deepEqual([...this.returned].sort((a, b) => a - b), rest);
    if (ordered) assert.ok(increasing(this.returned), "in order");
  }
}
