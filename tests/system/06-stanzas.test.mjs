// Stanzas between sessions, to the server and to nobody: RFC 6120 section 8,
// RFC 6121 section 8.
import assert from "node:assert/strict";
import test from "node:test";
import { Stream } from "./support/stream.mjs";
import { withServer } from "./support/server.mjs";

const accounts = ["romeo", "juliet"];

/// Runs `body` with a session of romeo and one of juliet.
const withTwo = (body) =>
  withServer({ accounts }, async (server) => {
    const romeo = await Stream.login(server, "romeo", { resource: "orchard" });
    const juliet = await Stream.login(server, "juliet", {
      resource: "balcony",
    });
    await body(romeo, juliet, server);
  });

const available = "<presence xmlns='jabber:client'/>";

const iq = (to, id, payload, type = "get") =>
  `<iq xmlns='jabber:client' type='${type}' id='${id}' to='${to}'>` +
  `${payload}</iq>`;

test("a message keeps its bytes and gets the sender that is true", () =>
  withTwo(async (romeo, juliet) => {
    romeo.send(
      `<message xmlns='jabber:client' to='${juliet.jid}' from='evil@x' ` +
        `type='chat' id='m1'><body>L&#8217;&amp;\u00fc\u{1f339}</body>` +
        `<x xmlns='urn:x' a="1'2"><y/></x></message>`,
    );
    const got = await juliet.expect(/^<message /);
    assert.match(got, /\sfrom=['"]romeo@localhost\/orchard['"]/);
    assert.doesNotMatch(got, /evil/);
    assert.ok(
      got.endsWith(
        `<body>L&#8217;&amp;\u00fc\u{1f339}</body>` +
          `<x xmlns='urn:x' a="1'2"><y/></x></message>`,
      ),
      got,
    );
  }));

test("a message to a bare JID reaches the available resource", () =>
  withTwo(async (romeo, juliet) => {
    juliet.send(available);
    await juliet.expect(/^<presence /);
    romeo.message("juliet@localhost", "who is there?");
    await juliet.expect(/^<message .*who is there/);
  }));

test("presence goes to the own other resources", () =>
  withServer({ accounts }, async (server) => {
    const one = await Stream.login(server, "romeo", { resource: "one" });
    one.send(available);
    await one.expect(/^<presence .*romeo@localhost\/one/);
    const two = await Stream.login(server, "romeo", { resource: "two" });
    two.send(available);
    await one.expect(/^<presence .*from=['"]romeo@localhost\/two/);
    await two.until(/^<presence .*from=['"]romeo@localhost\/one/);
    two.wire.cut();
    const gone = await one.expect(/^<presence .*romeo@localhost\/two/);
    assert.match(gone, /type=['"]unavailable/);
  }));

test("the server answers ping, disco and version", () =>
  withTwo(async (romeo) => {
    const disco = "http://jabber.org/protocol/disco";
    for (const [payload, answer] of [
      ["<ping xmlns='urn:xmpp:ping'/>", /./],
      [`<query xmlns='${disco}#info'/>`, /<identity .*urn:xmpp:ping/],
      [`<query xmlns='${disco}#items'/>`, /disco#items/],
      ["<query xmlns='jabber:iq:version'/>", /<name>Causeway<\/name>/],
    ]) {
      romeo.send(iq("localhost", "q", payload));
      const got = await romeo.expect(/^<iq .*type=['"]result/s);
      assert.match(got, answer);
    }
  }));

test("a client may ping another client", () =>
  withTwo(async (romeo, juliet) => {
    romeo.send(iq(juliet.jid, "p", "<ping xmlns='urn:xmpp:ping'/>"));
    await juliet.expect(/^<iq .*urn:xmpp:ping/);
    juliet.send(
      `<iq xmlns='jabber:client' type='result' id='p' to='${romeo.jid}'/>`,
    );
    await romeo.expect(/^<iq .*type=['"]result/);
  }));

/// Declares a test: this stanza comes back with this error.
function bounces(claim, condition, stanza) {
  test(claim, () =>
    withTwo(async (romeo) => {
      romeo.send(stanza);
      const got = await romeo.next();
      assert.match(got, /\stype=['"]error/);
      assert.match(got, new RegExp(`<${condition} [^>]*xmpp-stanzas`));
    }),
  );
}

const message = (to) =>
  `<message xmlns='jabber:client' type='chat' to='${to}'>` +
  `<body>x</body></message>`;

bounces("a message to an unknown account", "service-unavailable",
  message("nobody@localhost"));
bounces("a message to an unknown domain", "remote-server-not-found",
  message("a@elsewhere.example"));
bounces("a stanza with a bad address", "jid-malformed", message("@x/"));
bounces("a request that nobody implements", "service-unavailable",
  iq("localhost", "u", "<x xmlns='urn:unknown'/>"));
bounces("a request for the roster", "service-unavailable",
  "<iq xmlns='jabber:client' type='get' id='r'>" +
    "<query xmlns='jabber:iq:roster'/></iq>");
bounces("a request without payload", "bad-request",
  iq("localhost", "e", ""));

test("a stream of 5000 stanzas each way keeps its order", () =>
  withTwo(async (romeo, juliet) => {
    const count = 5000;
    const talk = async (from, to) => {
      for (let i = 0; i < count; ++i) {
        from.message(to.jid, `n${i}.`);
        if (i % 100 === 0) await new Promise(setImmediate);
      }
    };
    const listen = async (at) => {
      for (let i = 0; i < count; ++i)
        await at.expect(new RegExp(`<body>n${i}\\.</body>`));
    };
    await Promise.all([
      talk(romeo, juliet),
      talk(juliet, romeo),
      listen(romeo),
      listen(juliet),
    ]);
  }));
