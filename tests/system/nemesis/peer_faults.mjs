// What Debian's servers do by themselves, shown without causewayd: our client
// comes to them over TCP. usage: node tests/system/nemesis/peer_faults.mjs
//
// ejabberd (23.01, and 26.07 by its source): what the old process of a resumed
// session still has in its mailbox is routed anew, behind newer messages
// (`c2s_terminated` in mod_stream_mgmt.erl).
//
// The same ejabberd: the old process goes on with what its connection brings
// until it is told to stop, after its `h` has been said.
//
// Prosody (0.12.3, and trunk of 2025-05 by its source): `session.data` of
// mod_c2s.lua keeps feeding the parser of the first connection when mod_smacks
// has resumed the session. If that was cut within a stanza, all that comes is
// taken for a part of it: no answer to `<r/>`, never again.
import { Ejabberd } from "../support/ejabberd.mjs";
import { Prosody } from "../support/prosody.mjs";
import { attribute, ns } from "../support/stream.mjs";
import { Client, pause } from "./client.mjs";
import { Connection } from "./connection.mjs";
import { Ledger } from "./ledger.mjs";
import { Random } from "./random.mjs";

const domain = "peer.example";
const resumptions = 30;
const request = `<r xmlns='${ns.sm}'/>`;
const address = (server) => `tcp://127.0.0.1:${server.ports.c2s}`;

async function until(ready) {
  while (!ready()) await pause(10);
}

/// A sender that does not stop, and a receiver that comes back again and again.
async function reorders() {
  const accounts = ["sender", "receiver"];
  const server = await Ejabberd.start({ domains: [domain], accounts });
  const ledger = new Ledger();
  const nothing = () => {};
  const observer = {
    acked: (message) => ledger.acked(message),
    resent: (message) => ledger.resent(message),
    arrived: ({ user, session }, text) => ledger.arrived(user, session, text),
    ...{ inDoubt: nothing, lost: nothing, handled: nothing },
    ...{ note: nothing, fault: nothing },
  };
  const url = address(server);
  const [sender, receiver] = accounts.map((user, i) => {
    const random = new Random(i);
    return new Client({ user, domain, url, random, observer });
  });
  await until(() => sender.online && receiver.online);
  const flow = setInterval(() => {
    for (let i = 0; i < 3 && sender.backlog < 300; ++i) {
      const to = { address: receiver.jid, padding: 100 };
      const message = ledger.create("sender", "receiver", to);
      sender.send({ text: message.text, message });
    }
  }, 2);
  while (receiver.counts.resumed < resumptions) {
    await until(() => receiver.online);
    await pause(100);
    receiver.drop();
  }
  clearInterval(flow);
  await until(() => ledger.settled);
  for (const client of [sender, receiver]) await client.stop();
  await server.stop();
  const late = ledger.problems.filter((x) => x.what === "out of order");
  console.log(
    `ejabberd: ${ledger.counts.arrived} messages, ` +
      `${resumptions} resumptions, ${late.length} or more behind later ones of the same sender`,
  );
}

/// A sender whose old connection still sends while its session is resumed over
/// another.
async function goesOn() {
  const accounts = ["sender", "receiver"];
  const server = await Ejabberd.start({ domains: [domain], accounts });
  const connect = async (user) => {
    const connection = new Connection(address(server));
    await connection.authenticate({ user, domain, password: "secret" });
    return connection;
  };
  const receiver = await connect("receiver");
  await receiver.begin("x");
  let last = 0;
  receiver.flow((text) => {
    const n = /<body>(\d+)</.exec(text);
    if (n) last = Math.max(last, Number(n[1]));
  });
  let old = await connect("sender");
  const { id } = await old.begin("x");
  old.ignore();
  let sent = 0;
  let beyond = 0;
  for (let i = 0; i < resumptions; ++i) {
    const next = await connect("sender");
    const flow = setInterval(() => {
      for (let j = 0; j < 20; ++j)
        old.send(
          `<message type='chat' to='receiver@${domain}/x'>` +
            `<body>${++sent}</body></message>`,
        );
    }, 1);
    await pause(20);
    const resumed = await next.resume(id, 0);
    clearInterval(flow);
    await pause(300);
    const h = Number(attribute(resumed, "h"));
    if (last > h) ++beyond;
    old.cut();
    old = next;
    old.ignore();
    sent = h;
    last = 0;
  }
  old.cut();
  receiver.cut();
  await server.stop();
  console.log(
    `ejabberd: in ${beyond} of ${resumptions} resumptions the old connection ` +
      `delivered stanzas beyond the h of <resumed/>`,
  );
}

/// A connection that is cut behind this, and what a resumption is worth then.
async function isHeard(server, user, last) {
  const first = new Connection(address(server));
  await first.authenticate({ user, domain, password: "secret" });
  const { id } = await first.begin("x");
  first.send(request);
  await first.expect(/^<a /);
  first.send(last);
  first.socket._socket.end();
  await first.end;
  const second = new Connection(address(server));
  await second.authenticate({ user, domain, password: "secret" });
  const resumed = await second.resume(id, 0);
  second.send(request);
  let answer;
  second.flow((text) => {
    if (text.startsWith("<a ")) answer = text;
  });
  const end = Date.now() + 5000;
  await until(() => answer || Date.now() > end);
  second.cut();
  return (
    `<resumed/> with h=${attribute(resumed, "h")}, ` +
    (answer ? "<r/> is answered" : "no answer to <r/> for 5 s")
  );
}

async function goesDeaf() {
  const accounts = ["whole", "half"];
  const server = await Prosody.start({ domains: [domain], accounts });
  const stanza = (user) =>
    `<message type='chat' to='${user}@${domain}'><body>text</body></message>`;
  const whole = await isHeard(server, "whole", stanza("whole"));
  console.log(`Prosody, cut behind a stanza: ${whole}`);
  const half = await isHeard(server, "half", stanza("half").slice(0, -20));
  console.log(`Prosody, cut within one: ${half}`);
  await server.stop();
}

await goesOn();
await reorders();
await goesDeaf();
process.exit();
