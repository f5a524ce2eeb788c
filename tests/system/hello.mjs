// Sends a message from one account to another, as the quick start shows.
// usage: node tests/system/hello.mjs URL PASSWORD FROM TO
import { client, xml } from "@xmpp/client";
import { webcrypto } from "node:crypto";
import WebSocket from "ws";

// Node.js 18 has no global WebCrypto, and only 22 a global WebSocket.
globalThis.crypto ??= webcrypto;
globalThis.WebSocket ??= WebSocket;

const [service, password, from, to] = process.argv.slice(2);

async function login(account) {
  const [username, domain] = account.split("@");
  const xmpp = client({ service, domain, username, password });
  await xmpp.start();
  return xmpp;
}

const sender = await login(from);
const receiver = await login(to);
const arrived = new Promise((resolve) =>
  receiver.on("stanza", (stanza) => {
    if (!stanza.is("message")) return;
    console.log(`${stanza.attrs.from}: ${stanza.getChildText("body")}`);
    resolve();
  }),
);
await sender.send(
  xml("message", { to: receiver.jid, type: "chat" }, xml("body", {}, "Hello!")),
);
await arrived;
await Promise.all([sender.stop(), receiver.stop()]);
