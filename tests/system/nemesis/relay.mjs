// The way from causewayd to a server behind it, which can be broken.
import { once } from "node:events";
import net from "node:net";

export class Relay {
  #links = new Set();

  /// Listens on loopback for connections to this port of loopback.
  static async start(port) {
    const relay = new Relay();
    relay.server = net.createServer((near) => relay.#link(near, port));
    relay.server.listen(0, "127.0.0.1");
    await once(relay.server, "listening");
    relay.address = `127.0.0.1:${relay.server.address().port}`;
    return relay;
  }

  #link(near, port) {
    const far = net.connect(port, "127.0.0.1");
    const link = [near, far];
    this.#links.add(link);
    for (const [socket, other] of [link, [far, near]]) {
      socket.setNoDelay();
      socket.on("error", () => {});
      // What one end still wrote before its end goes to the other.
      socket.pipe(other);
      socket.on("close", (hadError) => {
        this.#links.delete(link);
        if (hadError) other.destroy();
        else other.end();
      });
    }
  }

  get links() {
    return [...this.#links];
  }

  /// Breaks links: what is on its way through them is gone.
  cut(links) {
    for (const link of links) for (const socket of link) socket.destroy();
  }

  stop() {
    this.server.close();
    this.cut(this.links);
  }
}
