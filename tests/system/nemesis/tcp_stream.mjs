// An XMPP stream over TCP that looks like the WebSocket of RFC 7395: with it
// the same client shows what a server does without causewayd in between.
import { EventEmitter } from "node:events";
import net from "node:net";
import WebSocket from "ws";
import { attribute, ns } from "../support/stream.mjs";
import { Elements } from "./elements.mjs";

const header = (to) =>
  `<stream:stream xmlns='jabber:client' version='1.0' to='${to}' ` +
  `xmlns:stream='http://etherx.jabber.org/streams'>`;

export class TcpStream extends EventEmitter {
  constructor(url) {
    super();
    const { hostname, port } = new URL(url);
    this._socket = net.connect(Number(port), hostname);
    const elements = new Elements({
      onElement: (text) => this.emit("message", text),
      onOpen: () => this.emit("message", `<open xmlns='${ns.framing}'/>`),
    });
    this._socket
      .setEncoding("utf8")
      .setNoDelay()
      .on("connect", () => this.emit("open"))
      .on("data", (text) => elements.take(text))
      .on("error", (error) => this.emit("error", error))
      .on("end", () => this._socket.destroy())
      .on("close", () => this.emit("close", 1006));
  }

  get readyState() {
    return this._socket.readyState === "open"
      ? WebSocket.OPEN
      : WebSocket.CONNECTING;
  }

  send(text, done) {
    const opening = text.startsWith("<open ");
    this._socket.write(opening ? header(attribute(text, "to")) : text, done);
  }

  pause() {
    this._socket.pause();
  }

  resume() {
    this._socket.resume();
  }

  terminate() {
    this._socket.destroy();
  }
}
