// A session whose upstream server goes away, or sends what must not be passed
// on: what the client hears, the log line and the counter (requirements G-25,
// G-26, G-42, G-60).
import assert from "node:assert/strict";
import test from "node:test";
import {
  FakeUpstream,
  domain,
  login as playLogin,
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
import { ns } from "./support/stream.mjs";

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
    ...Buffer.from("<message><body>"), 0xff, ...Buffer.from("</body></message>"),
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
