// stanza: SCRAM-SHA-256; Stream Management whenever it is offered.
import { createClient } from "stanza";
import { parse } from "stanza/jxt/index.js";

const isStanza = (name) => ["message", "presence", "iq"].includes(name);

export async function connect(options, events) {
  const { url, domain, user, password, resource, mechanism } = options;
  const client = createClient({
    jid: user ? `${user}@${domain}` : domain,
    server: domain,
    resource,
    password,
    transports: { websocket: url, bosh: false },
    autoReconnect: false,
  });
  if (mechanism === "PLAIN")
    for (const { name } of client.sasl.mechanisms)
      if (name !== "PLAIN") client.sasl.disable(name);
  client.on("raw", (direction, text) =>
    direction === "incoming" ? events.input(text) : events.output(text),
  );
  client.on("message", ({ from, body }) => {
    if (body !== undefined) events.message(from, body);
  });
  client.on("disconnected", events.closed);
  await new Promise((resolve, reject) => {
    client.on("session:started", resolve);
    client.on("auth:failed", () => reject(new Error("login refused")));
    client.on("disconnected", () => reject(new Error("disconnected")));
    client.on("stream:error", ({ condition }) => reject(new Error(condition)));
    client.connect();
  });
  client.sendPresence();

  return {
    jid: client.jid,
    message: (to, body) => client.sendMessage({ to, type: "chat", body }),
    async stanza(text) {
      const element = parse(text);
      const kind = isStanza(element.name) ? element.name : "csi";
      const { alternateLanguageBodies: _, ...stanza } =
        client.stanzas.import(element);
      await client.send(kind, stanza);
    },
    ping: (to) => client.ping(to),
    async disco(to) {
      return (await client.getDiscoInfo(to)).features;
    },
    requestAck: () => client.sm.request(),
    sm() {
      const { started, lastAck, handled, unacked } = client.sm;
      return {
        enabled: started,
        acked: lastAck,
        handled,
        unacked: unacked.length,
      };
    },
    async close() {
      client.disconnect();
    },
  };
}
