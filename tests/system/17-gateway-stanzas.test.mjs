// What clients say to each other through the gateway arrives as it was meant:
// presence, rosters, rooms, large and foreign text.
import assert from "node:assert/strict";
import test, { after, before } from "node:test";
import { everyLibrary } from "./support/client_process.mjs";
import { PeersGateway, domainOf, kinds } from "./support/peers_gateway.mjs";

const gateway = new PeersGateway();
before(() => gateway.start());
after(() => gateway.stop());

/// Declares a test for Prosody and one for ejabberd.
function everywhere(claim, body) {
  for (const kind of Object.keys(kinds))
    test(`${claim}, at ${kind}`, () => body(kind, domainOf(kind, "none")));
}

const bare = ({ jid }) => jid.slice(0, jid.indexOf("/"));
const client = "xmlns='jabber:client'";

/// Every client sends this to the next one, as the body of a message.
async function passOn(clients, body) {
  for (const [i, from] of clients.entries()) {
    const to = clients[(i + 1) % clients.length];
    await from.call("send", { to: to.jid, prefix: body, count: 1 });
  }
  for (const [i, to] of clients.entries()) {
    const from = clients.at(i - 1);
    const [message] = await to.call("received", { count: 1 });
    assert.deepEqual(message, { from: from.jid, body: `${body} 0` });
  }
}

everywhere("200 KiB pass from every client to the next", (kind) =>
  gateway.with({ kind, libraries: everyLibrary }, (...all) =>
    passOn(all, "0123456789abcdef".repeat((200 << 10) / 16)),
  ));

const text = [
  "\u{1f469}\u200d\u{1f4bb}\u{1f1fa}\u{1f1f3}\u{10fffd}", // ZWJ, flag, 4 bytes
  "\u05e9\u05dc\u05d5\u05dd \u202eabc\u202c \u0645\u0631\u062d\u0628\u0627",
  "e\u0301 \u1112\u1161\u11ab \u0e01\u0e33", // combining
  "\u4f60\u597d \u{20000} \ufeff \ufffd",
  "<&>\"' ]]> &amp; \t|",
].join(" ");

everywhere("text of every script passes unchanged", (kind) =>
  gateway.with({ kind, libraries: everyLibrary }, (...all) =>
    passOn(all, text),
  ));

everywhere("xml:lang and unknown content pass", (kind) =>
  gateway.with(
    { kind, libraries: ["strophe", "xmpp_js"] },
    async (romeo, juliet) => {
      await romeo.send(
        `<message ${client} to='${juliet.jid}' type='chat' xml:lang='cy'>` +
          `<body>noswaith dda</body><body xml:lang='en'>good evening</body>` +
          `<x xmlns='urn:example:x' a='1' b='&lt;&#9;'><y xmlns=''/></x>` +
          `</message>`,
      );
      const found = await juliet.input(/^<message.*noswaith/);
      assert.match(found, /^<message [^>]*xml:lang=["']cy["']/);
      assert.match(found, /<body xml:lang=["']en["']>good evening</);
      assert.match(found, /<x [^>]*xmlns=["']urn:example:x["']/);
    },
  ));

everywhere("a subscription brings presence, and its end", (kind) =>
  gateway.with(
    { kind, libraries: ["xmpp_js", "nbxmpp"], server: gateway.forgetful },
    async (romeo, juliet) => {
      const ask = (who, whom, type) =>
        who.send(`<presence ${client} to='${bare(whom)}' type='${type}'/>`);
      // Only those who asked for their roster hear of subscriptions.
      for (const each of [romeo, juliet])
        await each.ask(
          `<iq ${client} type='get' id='roster'>` +
            `<query xmlns='jabber:iq:roster'/></iq>`,
        );
      await ask(romeo, juliet, "subscribe");
      await juliet.input(/^<presence[^>]*type=["']subscribe["']/);
      await ask(juliet, romeo, "subscribed");
      await romeo.input(/^<presence[^>]*type=["']subscribed["']/);
      const from = `from=["']${juliet.jid}["']`;
      await romeo.input(new RegExp(`^<presence (?=[^>]*${from})`));
      await juliet.send(
        `<presence ${client}><show>dnd</show><status>busy</status></presence>`,
      );
      await romeo.input(new RegExp(`^<presence (?=[^>]*${from}).*dnd`));
      // Its process ends without a word: the server must learn of it.
      juliet.end();
      await romeo.input(
        new RegExp(`^<presence (?=[^>]*${from})[^>]*type=["']unavailable`),
      );
    },
  ));

everywhere("a roster is set, pushed to every resource and read", (kind) =>
  gateway.with({ kind, libraries: ["strophe"], users: ["romeo"] }, (one) =>
    gateway.with({ kind, libraries: ["stanza"], users: ["romeo"] }, async (other) => {
      const query = (items) =>
        `<query xmlns='jabber:iq:roster'>${items}</query>`;
      for (const each of [one, other])
        await each.ask(
          `<iq ${client} type='get' id='get1'>${query("")}</iq>`,
        );
      const item = "<item jid='tybalt@example.net' name='T&amp;C'>" +
        "<group>Capulets</group></item>";
      await one.ask(`<iq ${client} type='set' id='set'>${query(item)}</iq>`);
      for (const each of [one, other]) {
        const push = await each.input(/^<iq[^>]*type=["']set["'].*tybalt/);
        assert.match(push, /jabber:iq:roster/);
        assert.match(push, /name=["']T&amp;C["']/);
        const answer = await each.ask(
          `<iq ${client} type='get' id='get2'>${query("")}</iq>`,
        );
        assert.match(answer, /tybalt@example.net/);
      }
    }),
  ));

everywhere("a room with a client of each library", (kind, domain) =>
  gateway.with({ kind, libraries: everyLibrary }, async (...all) => {
    const room = `verona@rooms.${domain}`;
    for (const each of all) {
      const nick = each.library;
      await each.send(
        `<presence ${client} to='${room}/${nick}'>` +
          `<x xmlns='http://jabber.org/protocol/muc'/></presence>`,
      );
      await each.input(new RegExp(`^<presence.*${room}/${nick}.*["']110["']`));
      await each.input(/^<message.*<subject/);
    }
    const said = [];
    for (const each of all) {
      const body = `from ${each.library}`;
      said.push({ from: `${room}/${each.library}`, body });
      await each.send(
        `<message ${client} to='${room}' type='groupchat'>` +
          `<body>${body}</body></message>`,
      );
      await each.input(new RegExp(`^<message.*${body}<`));
    }
    for (const each of all)
      assert.deepEqual(await each.call("received", { count: 4 }), said);
  }));

everywhere("Client State Indication passes and is not counted", (kind) =>
  gateway.with(
    { kind, libraries: ["strophe", "stanza"] },
    async (romeo, juliet) => {
      for (const state of ["inactive", "active"])
        await romeo.send(`<${state} xmlns='urn:xmpp:csi:0'/>`);
      await romeo.call("ping", { to: domainOf(kind, "none") });
      await juliet.call("send", { to: romeo.jid, prefix: "hi", count: 3 });
      await romeo.call("received", { count: 3 });
      const { wire, library } = await romeo.call("acknowledged");
      assert.equal(library.acked, wire.sent);
    },
  ));

everywhere("clients come back when the server was killed", async (kind) => {
  const peer = gateway.peers[kind];
  await gateway.with({ kind, libraries: everyLibrary }, async (...all) => {
    await peer.kill();
    for (const each of all) await each.call("closed");
  });
  await peer.launch();
  await gateway.with({ kind, libraries: everyLibrary }, async (...all) => {
    for (const each of all)
      await each.call("ping", { to: domainOf(kind, "none") });
  });
});
