// @xmpp/client: SCRAM-SHA-1; Stream Management whenever it is offered.
import { client as make, xml } from "@xmpp/client";
import parse from "@xmpp/xml/lib/parse.js";

export async function connect(options, events) {
  const { url, domain, user, password, resource, mechanism } = options;
  const client = make({
    service: url,
    domain,
    resource,
    ...(user && { username: user, password }),
    ...(mechanism && {
      credentials: (authenticate) =>
        authenticate({ username: user, password }, mechanism),
    }),
  });
  client.reconnect.stop();
  client.on("element", (element) => events.input(element.toString()));
  client.on("send", (element) => events.output(element.toString()));
  client.on("error", () => {});
  client.on("disconnect", events.closed);
  client.on("stanza", (stanza) => {
    if (stanza.is("message") && stanza.getChild("body"))
      events.message(stanza.attrs.from, stanza.getChildText("body"));
  });
  const address = await client.start();
  await client.send(xml("presence"));

  const ask = (to, name, xmlns) =>
    client.iqCaller.request(xml("iq", { type: "get", to }, xml(name, xmlns)));
  return {
    jid: address.toString(),
    message: (to, body) =>
      client.send(xml("message", { to, type: "chat" }, xml("body", {}, body))),
    stanza: (text) => client.send(parse(text)),
    ping: (to) => ask(to, "ping", "urn:xmpp:ping"),
    async disco(to) {
      const ns = "http://jabber.org/protocol/disco#info";
      const answer = await ask(to, "query", ns);
      return answer
        .getChild("query")
        .getChildren("feature")
        .map((feature) => feature.attrs.var);
    },
    requestAck: () => client.send(xml("r", "urn:xmpp:sm:3")),
    sm() {
      const { enabled, outbound, inbound, outbound_q } =
        client.streamManagement;
      return {
        enabled,
        acked: outbound,
        handled: inbound,
        unacked: outbound_q.length,
      };
    },
    close: () => client.stop(),
  };
}
