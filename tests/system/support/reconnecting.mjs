// XMPP clients that come back by their own code when their connection is gone;
// each in this process: {jid, bodies, counts, say(to, body), stop()}.
import { webcrypto } from "node:crypto";
import WebSocket from "ws";
import { eventually } from "./server.mjs";

// Node.js 18 has neither.
globalThis.crypto ??= webcrypto;
globalThis.WebSocket ??= WebSocket;

/// Milliseconds between two attempts.
const delay = 100;
const login = { password: "secret", resource: "again" };

/// What a client tells: bodies of its messages as they come, how often it has
/// resumed its session, and how often that was refused.
const story = () => ({ bodies: [], counts: { resumed: 0, failed: 0 } });

async function xmppClient(url, user, domain) {
  const { client, xml } = await import("@xmpp/client");
  const { bodies, counts } = story();
  const it = client({ service: url, domain, username: user, ...login });
  it.reconnect.delay = delay;
  it.on("error", () => {});
  it.on("stanza", (stanza) => {
    const body = stanza.is("message") && stanza.getChildText("body");
    if (body) bodies.push(body);
  });
  it.streamManagement.on("resumed", () => ++counts.resumed);
  it.streamManagement.on("fail", () => ++counts.failed);
  const jid = `${await it.start()}`;
  // It counts from zero once it has read <enabled/>, whatever came meanwhile.
  await eventually("it has an id", () => it.streamManagement.id);
  await it.send(xml("presence"));
  return {
    ...{ jid, bodies, counts },
    say: (to, body) =>
      it.send(xml("message", { to, type: "chat" }, xml("body", {}, body))),
    stop: () => it.stop(),
  };
}

async function stanza(url, user, domain) {
  const { createClient } = await import("stanza");
  const { bodies, counts } = story();
  const it = createClient({
    ...{ jid: `${user}@${domain}`, server: domain, ...login },
    transports: { websocket: url, bosh: false },
    autoReconnect: true,
    maxReconnectBackoff: delay / 1000,
  });
  it.on("message", ({ body }) => {
    if (body) bodies.push(body);
  });
  it.on("stream:management:resumed", () => ++counts.resumed);
  // Not so when it was never there.
  it.on("session:end", () => ++counts.failed);
  const started = new Promise((resolve) => it.once("session:started", resolve));
  it.connect();
  await started;
  await eventually("it has an id", () => it.sm.id);
  it.sendPresence();
  return {
    ...{ jid: it.jid, bodies, counts },
    /// Returns when it is on the wire: it takes no failure there well.
    say: (to, body) =>
      new Promise((resolve) => {
        const written = (text) => {
          if (!text.includes(`>${body}<`)) return;
          it.off("raw:outgoing", written);
          resolve();
        };
        it.on("raw:outgoing", written);
        it.sendMessage({ to, type: "chat", body });
      }),
    async stop() {
      it.config.autoReconnect = false;
      const gone = new Promise((resolve) => it.once("disconnected", resolve));
      it.disconnect();
      await gone;
    },
  };
}

/// By the name of the library: (url, user, domain) -> a client with presence.
export const reconnecting = { "@xmpp/client": xmppClient, stanza };
