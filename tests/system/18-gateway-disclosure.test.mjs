// What an upstream server learns of its client, and what it must not be told
// over a leg that others could read.
import assert from "node:assert/strict";
import os from "node:os";
import test from "node:test";
import {
  domain,
  login as playLogin,
  open,
  plainMechanism,
  stay,
} from "./support/fake_upstream.mjs";
import { begin, login, withFakes } from "./support/gateway.mjs";
import { Stream, attribute, ns } from "./support/stream.mjs";

test("PROXY protocol v1 and v2 tell the address of the client", async () => {
  const read = async (peer) => {
    peer.socket.setEncoding("latin1");
    const [first] = await peer.expect(/^[^]{12}/);
    if (first.startsWith("PROXY ")) {
      const [rest] = await peer.expect(/^[^\n]*\n/);
      peer.header = first + rest;
    } else {
      const [head] = await peer.expect(/^[^]{4}/);
      const size = Buffer.from(head, "latin1").readUInt16BE(2);
      const [rest] = await peer.expect(new RegExp(`^[^]{${size}}`));
      peer.header = Buffer.from(first + head + rest, "latin1");
    }
    await playLogin(peer);
  };
  for (const proxyProtocol of ["v1", "v2"])
    await withFakes(
      [read],
      { entry: () => ({ proxyProtocol }) },
      async (server, [fake]) => {
        const { wire } = await login(server);
        const { localPort, remotePort } = wire.socket;
        const { header } = fake.peers[0];
        if (proxyProtocol === "v1")
          assert.equal(
            header,
            `PROXY TCP4 127.0.0.1 127.0.0.1 ${localPort} ${remotePort}\r\n`,
          );
        else {
          const magic = "0d0a0d0a000d0a515549540a";
          assert.equal(header.toString("hex", 0, 12), magic);
          assert.equal(header.toString("hex", 12, 16), "2111000c");
          assert.equal(header.toString("hex", 16, 24), "7f0000017f000001");
          assert.equal(header.readUInt16BE(24), localPort);
          assert.equal(header.readUInt16BE(26), remotePort);
        }
      },
    );
});

test("from, to, xml:lang and version of open reach the server", () =>
  withFakes(
    [(peer) => open(peer, plainMechanism)],
    {},
    async (server, [fake]) => {
      const stream = await Stream.connect(server.ws);
      stream.send(
        `<open xmlns='${ns.framing}' to='${domain}' version='1.0' ` +
          `from='romeo@${domain}' xml:lang='de'/>`,
      );
      const answer = await stream.expect(/^<open /);
      assert.equal(attribute(answer, "id"), "upstream-1");
      assert.equal(attribute(answer, "from"), domain);
      assert.equal(attribute(answer, "version"), "1.0");
      const { tag } = fake.peers[0];
      assert.equal(attribute(tag, "to"), domain);
      assert.equal(attribute(tag, "from"), `romeo@${domain}`);
      assert.equal(attribute(tag, "xml:lang"), "de");
      assert.equal(attribute(tag, "version"), "1.0");
      assert.equal(attribute(tag, "xmlns"), "jabber:client");
    },
  ));

test("what the client sends before the server is ready is not lost", () =>
  withFakes([stay], {}, async (server, [fake]) => {
    const stream = await begin(server);
    const payload = Buffer.from("\0romeo\0secret").toString("base64");
    stream.send(
      `<auth xmlns='${ns.sasl}' mechanism='PLAIN'>${payload}</auth>`,
    );
    await stream.expect(/^<open /);
    await stream.expect(/^<stream:features/);
    await stream.expect(/^<success /);
    assert.equal(fake.peers.length, 1);
  }));

// -- passwords ----------------------------------------------------------------

const others = Object.values(os.networkInterfaces())
  .flat()
  .filter((x) => !x.internal && x.family === "IPv4");

test(
  "PLAIN is not offered over a leg that others could read",
  { skip: others.length === 0 && "this machine has no other address" },
  () => {
    const both = `<mechanisms xmlns='${ns.sasl}'><mechanism>SCRAM-SHA-1` +
      "</mechanism><mechanism>PLAIN</mechanism></mechanisms>";
    const listeners = [
      { address: "127.0.0.1:0" },
      { address: `${others[0].address}:0`, insecure: true },
    ];
    const script = (peer) => open(peer, both);
    return withFakes([script], { listeners }, async (server, [fake]) => {
      const near = await begin(server, { url: server.urls[0] });
      await near.expect(/^<open /);
      await near.expect(/<mechanism>PLAIN</);
      const far = await begin(server, { url: server.urls[1] });
      await far.expect(/^<open /);
      const features = await far.expect(/<mechanism>SCRAM-SHA-1</);
      assert.doesNotMatch(features, /PLAIN/);
      // Nor does it pass unasked.
      far.send(`<auth xmlns='${ns.sasl}' mechanism='PLAIN'>AGEAYg==</auth>`);
      await far.expect(/^<failure .*<encryption-required/);
      assert.doesNotMatch(fake.peers.at(-1).unread, /AGEAYg/);
    });
  },
);

test("SASL passes and is not logged, at no level", () =>
  withFakes([stay], { log: { level: "trace" } }, async (server) => {
    const stream = await login(server, "romeo");
    await stream.close();
    const payload = Buffer.from("\0romeo\0secret").toString("base64");
    assert.doesNotMatch(server.log, /\bsecret\b/);
    assert.ok(!server.log.includes(payload));
  }));
