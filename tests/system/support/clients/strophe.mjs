// strophe.js: the strongest SCRAM that is offered; Stream Management on wish.
import { DOMParser } from "@xmldom/xmldom";
import { $iq, $msg, $pres, Strophe } from "strophe.js";

Strophe.setLogLevel(Strophe.LogLevel.ERROR);

export async function connect(options, events) {
  const { url, domain, user, password, resource, mechanism } = options;
  const connection = new Strophe.Connection(url, {
    enableStreamManagement: true,
    ...(mechanism === "PLAIN" && { mechanisms: [Strophe.SASLPlain] }),
  });
  connection.rawInput = events.input;
  connection.rawOutput = events.output;
  const bare = user ? `${user}@${domain}` : domain;
  await new Promise((resolve, reject) => {
    const jid = resource ? `${bare}/${resource}` : bare;
    connection.connect(jid, password, (status, reason) => {
      if (status === Strophe.Status.CONNECTED) resolve();
      if (status === Strophe.Status.AUTHFAIL)
        reject(new Error(`login refused: ${reason}`));
      if (status === Strophe.Status.CONNFAIL)
        reject(new Error(`no connection: ${reason}`));
      if (status === Strophe.Status.DISCONNECTED) {
        reject(new Error("disconnected"));
        events.closed();
      }
    });
  });
  connection.addHandler(
    (stanza) => {
      const body = stanza.getElementsByTagName("body")[0];
      if (body) events.message(stanza.getAttribute("from"), body.textContent);
      return true;
    },
    null,
    "message",
  );
  connection.send($pres());

  const ask = (to, name, xmlns) =>
    new Promise((resolve, reject) => {
      const iq = $iq({ type: "get", to }).c(name, { xmlns });
      connection.sendIQ(iq, resolve, (error) =>
        reject(new Error(error?.toString() ?? "no answer")),
      );
    });
  return {
    jid: connection.jid,
    message: (to, body) =>
      connection.send($msg({ to, type: "chat" }).c("body").t(body)),
    stanza: (text) =>
      connection.send(
        new DOMParser().parseFromString(text, "text/xml").documentElement,
      ),
    ping: (to) => ask(to, "ping", "urn:xmpp:ping"),
    async disco(to) {
      const ns = "http://jabber.org/protocol/disco#info";
      const answer = await ask(to, "query", ns);
      return [...answer.getElementsByTagName("feature")].map((feature) =>
        feature.getAttribute("var"),
      );
    },
    requestAck() {
      connection.flush();
      connection.sm.requestAck();
    },
    sm() {
      const { enabled, hOutAcked, hIn, unacked } = connection.sm.state;
      return {
        enabled,
        acked: hOutAcked,
        handled: hIn,
        unacked: unacked.length,
      };
    },
    async close() {
      connection.flush();
      connection.disconnect("done");
    },
  };
}
