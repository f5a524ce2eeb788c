// A session whose upstream server goes away, or sends what must not be passed
// on: what the client hears, the log line and the counter (requirements G-25,
// G-26, G-42, G-60).
import assert from "node:assert/strict";
import test from "node:test";
import {
  FakeUpstream,
  domain,
  login as playLogin,
  open,
  plainMechanism,
  stay,
  streamError,
} from "./support/fake_upstream.mjs";
import {
  counted,
  expectCut,
  logged,
  login,
  withGateway,
} from "./support/gateway.mjs";
import { Stream, ns, openElement } from "./support/stream.mjs";

/// Runs `body` with a session that is logged in; its server then plays on
/// with `script` as soon as the client has sent a message.
async function withSession(script, body, { gateway = {} } = {}) {
  const fake = await FakeUpstream.start(async (peer) => {
    await playLogin(peer);
    await peer.expect(/<message .*?<\/message>/s);
    await script(peer);
  });
  const upstream = [{ address: fake.address, tls: "none" }];
  try {
    await withGateway({ upstream, gateway, fakes: [fake] }, async (server) => {
      const stream = await login(server);
      stream.message("juliet@elsewhere.example", "go on");
      await body(server, stream, fake);
      await fake.peers[0].ended();
    });
  } finally {
    await fake.stop();
  }
}

/// Declares a test: after a login, this ends the session without `<close/>`.
function cuts(claim, cause, script, options) {
  test(claim, () =>
    withSession(
      script,
      (server, stream) => expectCut(server, stream, { cause }),
      options,
    ),
  );
}

test("a stream error is passed on and ends the stream", () =>
  withSession(
    async (peer) => {
      peer.send(
        `<stream:error><system-shutdown xmlns='${ns.streams}'/>` +
          `<text xmlns='${ns.streams}' xml:lang='en'>good night</text>` +
          "</stream:error></stream:stream>",
      );
      peer.close();
    },
    async (server, stream) => {
      const text = await stream.expectError("system-shutdown");
      assert.match(text, /xmlns:stream=['"]http:\/\/etherx.jabber.org/);
      assert.match(text, /good night/);
      await logged(server, "upstream_lost", { cause: /stream-error/ });
      await counted(server, "upstream_lost", 1);
    },
  ));

test("the end of the upstream stream ends the client's", () =>
  withSession(
    async (peer) => peer.send("</stream:stream>"),
    async (server, stream) => {
      await stream.expect(/^<close .*xmpp-framing/);
      await stream.expectClose(1000);
      await logged(server, "upstream_lost", { cause: /closed/ });
      await counted(server, "upstream_lost", 1);
    },
  ));

cuts("a reset connection cuts the WebSocket", /unreachable/,
  async (peer) => peer.reset());
cuts("a closed connection cuts the WebSocket", /unreachable/,
  async (peer) => peer.close());
cuts("see-other-host after the login cuts the WebSocket", /unreachable/,
  async (peer) =>
    peer.send(
      streamError("see-other-host", "127.0.0.1:1") + "</stream:stream>",
    ));

const bad = {
  "that is not well-formed": "<message><body></message></body>",
  "with a comment": "<message><!-- psst --><body>x</body></message>",
  "with a processing instruction": "<message><?run me?></message>",
  "with a document type": "<!DOCTYPE message><message/>",
  "with an unknown entity": "<message><body>&who;</body></message>",
  "in no known namespace": "<oops:message/>",
  "with bytes that are no UTF-8": Buffer.from([
    ...Buffer.from("<message><body>"),
    0xff,
    ...Buffer.from("</body></message>"),
  ]),
};
for (const [what, bytes] of Object.entries(bad))
  cuts(`an upstream stanza ${what} cuts the WebSocket`, /bad-stream/,
    async (peer) => {
      peer.send(bytes);
      await peer.expect(/<stream:error>.*<\/stream:stream>/s);
    });

cuts("an upstream stanza over the limit cuts the WebSocket", /bad-stream/,
  async (peer) => {
    peer.send(`<message><body>${"x".repeat(70_000)}`);
    await peer.expect(/<stream:error>.*<\/stream:stream>/s);
  }, { gateway: { maxStanza: "64KiB" } });

test("what came before a failure is delivered, and nothing behind it", () =>
  withSession(
    async (peer) => {
      const good = (id) => `<message id='${id}'><body>fine</body></message>`;
      peer.send(`${good(1)}${good(2)}<message><!-- --></message>${good(3)}`);
    },
    async (server, stream) => {
      await stream.expect(/^<message .*id='1'/);
      await stream.expect(/^<message .*id='2'/);
      await expectCut(server, stream, { cause: /bad-stream/ });
    },
  ));

// -- during the login ---------------------------------------------------------

/// Declares a test: after `<auth/>` the server plays `script`, and `expected`
/// is what the stream then shows.
function loses(claim, script, expected) {
  test(claim, async () => {
    const fake = await FakeUpstream.start(async (peer) => {
      await open(peer, plainMechanism);
      await peer.expect(/<auth .*?<\/auth>/s);
      await script(peer);
    });
    const upstream = [{ address: fake.address, tls: "none" }];
    await withGateway({ upstream, fakes: [fake] }, async (server) => {
      const stream = await Stream.connect(server.ws);
      await stream.open(domain);
      stream.send(auth);
      await expected(stream, server);
      await counted(server, "upstream_lost", 1);
    });
    await fake.stop();
  });
}

const auth = `<auth xmlns='${ns.sasl}' mechanism='PLAIN'>AGEAYg==</auth>`;
const success = `<success xmlns='${ns.sasl}'/>`;

loses("a server lost before success is an error, to be tried again",
  async (peer) => peer.reset(),
  (stream) => stream.expectError("remote-connection-failed", 1013));

loses("a server lost before the restart cuts the WebSocket",
  async (peer) => {
    peer.send(success);
    peer.close();
  },
  async (stream) => {
    await stream.expect(/^<success /);
    await stream.expectClose(1012);
  });

loses("a server lost at the restart cuts the WebSocket",
  async (peer) => {
    peer.send(success);
    await peer.expect(/<stream:stream [^>]*>/);
    peer.reset();
  },
  async (stream) => {
    await stream.expect(/^<success /);
    stream.send(openElement(domain));
    await stream.expectClose(1012);
  });

test("the third failed login ends the stream", async () => {
  const failure = `<failure xmlns='${ns.sasl}'><not-authorized/></failure>`;
  const fake = await FakeUpstream.start(async (peer) => {
    await open(peer, plainMechanism);
    for (;;) {
      await peer.expect(/<auth .*?<\/auth>/s);
      peer.send(failure);
    }
  });
  const upstream = [{ address: fake.address, tls: "none" }];
  await withGateway({ upstream, fakes: [fake] }, async (server) => {
    const stream = await Stream.connect(server.ws);
    await stream.open(domain);
    for (let i = 0; i < 3; ++i) {
      stream.send(auth);
      await stream.expect(/^<failure .*<not-authorized/);
    }
    await stream.expectError("policy-violation");
    await counted(server, "auth_failed", 3);
    await fake.peers[0].ended();
  });
  await fake.stop();
});

// -- the end ------------------------------------------------------------------

test("the client's close reaches the server, and is answered", async () => {
  const fake = await FakeUpstream.start(async (peer) => {
    await playLogin(peer);
    await peer.expect(/<\/stream:stream>/);
    peer.send("</stream:stream>");
    await peer.ended();
    peer.close();
  });
  const upstream = [{ address: fake.address, tls: "none" }];
  await withGateway({ upstream, fakes: [fake] }, async (server) => {
    const stream = await login(server);
    await stream.close();
    await fake.peers[0].ended();
    await counted(server, "upstream_lost", 0);
  });
  await fake.stop();
});

test("a client that is lost ends its stream at the server", async () => {
  const fake = await FakeUpstream.start(async (peer) => {
    await playLogin(peer);
    await peer.expect(/<\/stream:stream>/);
    peer.closed = true;
  });
  const upstream = [{ address: fake.address, tls: "none" }];
  await withGateway({ upstream, fakes: [fake] }, async (server) => {
    const stream = await login(server);
    stream.wire.cut();
    await fake.peers[0].ended();
    assert.ok(fake.peers[0].closed);
    await counted(server, "upstream_lost", 0);
  });
  await fake.stop();
});

test("clients come back after a restart of the server", async () => {
  const fake = await FakeUpstream.start(stay);
  const upstream = [{ address: fake.address, tls: "none" }];
  const gateway = { retryPause: "100ms" };
  await withGateway({ upstream, gateway, fakes: [fake] }, async (server) => {
    const users = ["romeo", "juliet", "nurse"];
    const all = [];
    for (const user of users) all.push(await login(server, user));
    await fake.stop();
    for (const stream of all) await stream.expectClose(1012);
    await counted(server, "upstream_lost", users.length);
    await fake.listen();
    for (const user of users) {
      const { jid } = await login(server, user);
      assert.equal(jid, `${user}@${domain}/r`);
    }
    await counted(server, "upstream_connected", 2 * users.length);
  });
  await fake.stop();
});
