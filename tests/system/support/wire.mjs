// A bare TCP or TLS client that speaks HTTP and WebSocket frames (RFC 6455)
// byte by byte, so that tests can also break the rules.
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import net from "node:net";
import tls from "node:tls";
import { connections, patience, within } from "./server.mjs";

export const opcode = {
  continuation: 0,
  text: 1,
  binary: 2,
  close: 8,
  ping: 9,
  pong: 10,
};

/// One frame. `mask: false` breaks the rule for clients.
export function encodeFrame(code, payload, { fin = true, mask = true } = {}) {
  const body = Buffer.from(payload);
  const head = [(fin ? 0x80 : 0) | code];
  const bit = mask ? 0x80 : 0;
  if (body.length < 126) head.push(bit | body.length);
  else if (body.length < 65536)
    head.push(bit | 126, body.length >> 8, body.length & 255);
  else {
    const length = Buffer.alloc(8);
    length.writeBigUInt64BE(BigInt(body.length));
    head.push(bit | 127, ...length);
  }
  if (!mask) return Buffer.concat([Buffer.from(head), body]);
  const key = randomBytes(4);
  for (let i = 0; i < body.length; ++i) body[i] ^= key[i % 4];
  return Buffer.concat([Buffer.from(head), key, body]);
}

export class Wire {
  #received = Buffer.alloc(0);
  #ended = false;
  #changed = () => {};
  /// How long one unit may take to come.
  patience = patience;

  constructor(socket) {
    this.socket = socket;
    connections.add(socket);
    socket.on("data", (chunk) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#changed();
    });
    const end = () => {
      this.#ended = true;
      this.#changed();
    };
    socket.on("close", end).on("end", end).on("error", end);
  }

  /// Connects to the host and port of a ws or wss URL.
  static async connect(url, { certificate } = {}) {
    const { protocol, hostname, port } = new URL(url);
    const host = hostname.replace(/^\[|\]$/g, "");
    const socket =
      protocol === "wss:"
        ? tls.connect({ host, port, ca: certificate, servername: "localhost" })
        : net.connect({ host, port });
    socket.setNoDelay();
    const ready = protocol === "wss:" ? "secureConnect" : "connect";
    await within(once(socket, ready), `connect to ${url}`);
    return new Wire(socket);
  }

  send(bytes) {
    this.socket.write(bytes);
  }

  /// Waits until `take` finds a whole unit at the front of what came in; it
  /// returns [unit, its bytes] or nothing. The end of the connection is null.
  async #take(take, what) {
    const found = async () => {
      for (;;) {
        const unit = take(this.#received);
        if (unit) {
          this.#received = this.#received.subarray(unit[1]);
          return unit[0];
        }
        if (this.#ended) return null;
        await new Promise((resolve) => (this.#changed = resolve));
      }
    };
    return within(found(), what, this.patience);
  }

  /// The next HTTP response: {status, headers, body}.
  response() {
    return this.#take((bytes) => {
      const end = bytes.indexOf("\r\n\r\n");
      if (end < 0) return;
      const [line, ...rest] = bytes.toString("latin1", 0, end).split("\r\n");
      const headers = Object.fromEntries(
        rest.map((field) => {
          const colon = field.indexOf(":");
          const name = field.slice(0, colon).toLowerCase();
          return [name, field.slice(colon + 1).trim()];
        }),
      );
      const size = Number(headers["content-length"] ?? 0);
      if (bytes.length < end + 4 + size) return;
      const body = bytes.toString("utf8", end + 4, end + 4 + size);
      const status = Number(line.split(" ")[1]);
      return [{ status, headers, body }, end + 4 + size];
    }, "HTTP response");
  }

  /// Sends a request, by default the opening handshake; returns the response.
  request(url, { method = "GET", headers = {}, path } = {}) {
    const { host, pathname } = new URL(url);
    this.key = randomBytes(16).toString("base64");
    const fields = {
      Host: host,
      Upgrade: "websocket",
      Connection: "Upgrade",
      "Sec-WebSocket-Key": this.key,
      "Sec-WebSocket-Version": "13",
      "Sec-WebSocket-Protocol": "xmpp",
      ...headers,
    };
    const lines = Object.entries(fields)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => `${name}: ${value}\r\n`);
    this.send(
      `${method} ${path ?? pathname} HTTP/1.1\r\n${lines.join("")}\r\n`,
    );
    return this.response();
  }

  /// What a right handshake answers in Sec-WebSocket-Accept.
  get expectedAccept() {
    return createHash("sha1")
      .update(`${this.key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
      .digest("base64");
  }

  sendFrame(code, payload = "", options) {
    this.send(encodeFrame(code, payload, options));
  }

  /// The next frame: {fin, code, payload}, or null at the end.
  frame() {
    return this.#take((bytes) => {
      if (bytes.length < 2) return;
      let size = bytes[1] & 0x7f;
      let start = 2;
      if (size === 126) {
        if (bytes.length < 4) return;
        size = bytes.readUInt16BE(2);
        start = 4;
      } else if (size === 127) {
        if (bytes.length < 10) return;
        size = Number(bytes.readBigUInt64BE(2));
        start = 10;
      }
      if (bytes.length < start + size) return;
      const payload = Buffer.from(bytes.subarray(start, start + size));
      const fin = (bytes[0] & 0x80) !== 0;
      return [{ fin, code: bytes[0] & 15, payload }, start + size];
    }, "WebSocket frame");
  }

  cut() {
    this.socket.destroy();
  }
}
