// The way from causewayd to a server behind it, which can be broken. It shows
// what passes, so that faults of the server are not taken for ours.
import { once } from "node:events";
import net from "node:net";
import { StringDecoder } from "node:string_decoder";
import { Elements } from "./elements.mjs";

/// Shows what comes by this socket.
function tap(socket, handlers) {
  const decoder = new StringDecoder("utf8");
  const elements = new Elements(handlers);
  socket.on("data", (bytes) => elements.take(decoder.write(bytes)));
}

export class Relay {
  #links = new Set();

  /// Listens on loopback for connections to this port of loopback. For each,
  /// `watch()` makes {up(element), down(element), ended(), left()}, which hear
  /// what passes to the server and from it, and the end of each stream.
  static async start(port, watch) {
    const relay = new Relay();
    relay.watch = watch;
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
    const watcher = this.watch();
    tap(near, {
      onElement: (element) => watcher.up(element),
      onClose: () => watcher.ended(),
    });
    tap(far, {
      onElement: (element) => watcher.down(element),
      onClose: () => watcher.left(),
    });
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
