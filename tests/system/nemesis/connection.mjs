// One WebSocket of a client: elements as text, first one by one while the
// stream is negotiated, then as they come.
import WebSocket from "ws";
import { TcpStream } from "./tcp_stream.mjs";
import { attribute, ns, openElement } from "../support/stream.mjs";

const dial = (url) =>
  url.startsWith("tcp:")
    ? new TcpStream(url)
    : new WebSocket(url, "xmpp", { perMessageDeflate: false });

export class Connection {
  #queue = [];
  #wake = () => {};
  #handler;
  #ended;

  constructor(url) {
    this.socket = dial(url);
    this.socket.on("message", (data) => this.#take(data.toString()));
    this.socket.on("error", (error) => (this.error = error.message));
    this.end = new Promise((resolve) =>
      this.socket.on("close", (code) => {
        this.#ended = this.error ?? `close code ${code}`;
        this.#wake();
        resolve(this.#ended);
      }),
    );
  }

  #take(text) {
    if (this.#handler) return this.#handler(text);
    this.#queue.push(text);
    this.#wake();
  }

  get open() {
    return this.socket.readyState === WebSocket.OPEN;
  }

  /// What is sent when the connection has just ended is gone.
  send(text) {
    if (this.open) this.socket.send(text, () => {});
  }

  async opened() {
    while (!this.open) {
      if (this.#ended) throw new Error(this.#ended);
      await new Promise((resolve) => {
        this.#wake = resolve;
        this.socket.once("open", resolve);
      });
    }
  }

  async next() {
    while (!this.#queue.length) {
      if (this.#ended) throw new Error(this.#ended);
      await new Promise((resolve) => (this.#wake = resolve));
    }
    return this.#queue.shift();
  }

  async expect(pattern) {
    const text = await this.next();
    if (pattern.test(text)) return text;
    throw new Error(`unexpected ${text.slice(0, 200)}`);
  }

  /// From now on each element goes to `handler`, also those that wait.
  flow(handler) {
    this.#handler = handler;
    for (const text of this.#queue.splice(0)) handler(text);
  }

  /// Nothing that still comes counts.
  ignore() {
    this.flow(() => {});
  }

  /// Opens the stream and logs in by PLAIN.
  async authenticate({ user, domain, password }) {
    await this.opened();
    await this.#openStream(domain);
    const plain = Buffer.from(`\0${user}\0${password}`).toString("base64");
    this.send(`<auth xmlns='${ns.sasl}' mechanism='PLAIN'>${plain}</auth>`);
    await this.expect(/^<success/);
    await this.#openStream(domain);
  }

  async #openStream(domain) {
    this.send(openElement(domain));
    await this.expect(/^<open .*xmpp-framing/);
    await this.expect(/^<stream:features/);
  }

  /// Binds the resource and enables Stream Management; returns the id of the
  /// session.
  async begin(resource) {
    this.send(
      `<iq xmlns='jabber:client' type='set' id='bind'><bind xmlns='${ns.bind}'>` +
        `<resource>${resource}</resource></bind></iq>`,
    );
    await this.expect(/^<iq .*type=['"]result/);
    this.send(`<enable xmlns='${ns.sm}' resume='true'/>`);
    // Messages may come between the two.
    const early = [];
    for (;;) {
      const text = await this.next();
      if (text.startsWith("<enabled")) {
        const id = attribute(text, "id");
        if (!id) throw new Error("no resumption");
        return { id, early };
      }
      early.push(text);
    }
  }

  /// The answer to `<resume/>`.
  async resume(id, h) {
    this.send(`<resume xmlns='${ns.sm}' previd='${id}' h='${h}'/>`);
    return this.expect(/^<(resumed|failed)[\s>]/);
  }

  /// Ends the TCP connection: at once, or with what is still to be sent.
  cut(reset) {
    const tcp = this.socket._socket;
    if (reset && tcp?.resetAndDestroy) tcp.resetAndDestroy();
    this.socket.terminate();
  }
}
