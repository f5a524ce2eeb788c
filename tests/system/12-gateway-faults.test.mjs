// An upstream server that cannot be reached, or not in safety: what the client
// hears, the log line and the counter (requirements G-46, G-47, G-60).
import test, { after, before } from "node:test";
import { spawn } from "node:child_process";
import { X509Certificate, createHash } from "node:crypto";
import { once } from "node:events";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { Authority } from "./support/certificates.mjs";
import {
  FakeUpstream,
  domain,
  features,
  header,
  login as playLogin,
  open,
  plainMechanism,
  secure,
  silent,
  startTlsFeature,
  stay,
  streamError,
} from "./support/fake_upstream.mjs";
import {
  begin,
  counted,
  expectUnreachable,
  login,
  logged,
  withGateway,
} from "./support/gateway.mjs";
import { freePort } from "./support/peer_server.mjs";
import { ns } from "./support/stream.mjs";

const soon = { connectTimeout: "1s" };
let folder, authority, ca, good, foreign, expired, untrusted;

before(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), "certificates-"));
  authority = new Authority(path.join(folder, "a"));
  ca = authority.ca;
  good = authority.issue([domain]);
  foreign = authority.issue(["elsewhere.example"]);
  expired = authority.issueExpired([domain]);
  untrusted = new Authority(path.join(folder, "b")).issue([domain]);
});

after(() => fs.rmSync(folder, { recursive: true }));

/// Runs `body` with a fake server that plays these scripts, and a gateway to
/// it.
async function withFake(
  scripts,
  { tls = "none", gateway = soon, others = [], entry },
  body,
) {
  const fake = await FakeUpstream.start(...scripts);
  entry ??= tls === "none" ? {} : { ca };
  const upstream = { address: fake.address, tls, ...entry };
  try {
    const fakes = [fake, ...others];
    await withGateway({ upstream: [upstream], gateway, fakes }, (server) =>
      body(server, fake),
    );
  } finally {
    await fake.stop();
  }
}

/// Declares a test: a server that behaves so is as good as none.
function fails(claim, cause, script, options = {}) {
  test(claim, () =>
    withFake([script], options, (server) =>
      expectUnreachable(server, { cause }),
    ),
  );
}

// -- no connection, or no answer ----------------------------------------------

test("a refused connection is told at once", async () => {
  const address = `127.0.0.1:${await freePort()}`;
  await withGateway({ upstream: [{ address, tls: "none" }] }, (server) =>
    expectUnreachable(server, {
      endpoint: new RegExp(address),
      cause: /unreachable/,
      detail: /refused/i,
    }),
  );
});

/// A port whose queue of connections is full: SYNs to it go unanswered.
const fullPort = `
import socket, sys
server = socket.create_server(("127.0.0.1", 0), backlog=0)
port = server.getsockname()[1]
waiting = [socket.socket() for _ in range(4)]
for client in waiting:
    client.setblocking(False)
    client.connect_ex(("127.0.0.1", port))
print(port, flush=True)
sys.stdin.read()`;

test("a connection that does not come about ends with the budget", async () => {
  const process = spawn("/usr/bin/python3", ["-c", fullPort]);
  const [port] = await once(process.stdout, "data");
  const address = `127.0.0.1:${`${port}`.trim()}`;
  const upstream = [{ address, tls: "none" }];
  try {
    await withGateway({ upstream, gateway: soon }, (server) =>
      expectUnreachable(server, { cause: /unreachable/ }),
    );
  } finally {
    process.kill();
  }
});

fails("a server that says nothing ends with the budget", /unreachable/, silent);
fails("features that do not come end with the budget", /unreachable/,
  async (peer) => {
    await peer.expect(/<stream:stream /);
    peer.send(header());
  });
fails("a server that closes at once is as good as none", /unreachable/,
  async (peer) => peer.close());
fails("a server that resets at once is as good as none", /unreachable/,
  async (peer) => peer.reset());
fails("a server that speaks another protocol is as good as none", /bad-stream/,
  async (peer) => peer.send("220 mail.example ESMTP ready\r\n"));
fails("a stream in another namespace is as good as none", /bad-stream/,
  async (peer) =>
    peer.send(header().replace("jabber:client", "jabber:server")));

// -- TLS ----------------------------------------------------------------------

test("a server with a good certificate is taken, by STARTTLS and direct TLS",
  async () => {
    const starttls = async (peer) => {
      await secure(peer, good);
      await playLogin(peer);
    };
    const direct = async (peer) => {
      await peer.startTls(good);
      await playLogin(peer);
    };
    for (const [tls, script] of Object.entries({ starttls, direct }))
      await withFake([script], { tls }, async (server, fake) => {
        await login(server);
        const { socket } = fake.peers[0];
        if (socket.servername !== domain)
          throw new Error(`SNI: ${socket.servername}`);
        if (tls === "direct" && socket.alpnProtocol !== "xmpp-client")
          throw new Error(`ALPN: ${socket.alpnProtocol}`);
        await counted(server, "upstream_connected", 1);
      });
  });

/// What `pin` says of the key in a certificate.
function pinOf({ certificate }) {
  const { publicKey } = new X509Certificate(fs.readFileSync(certificate));
  const key = publicKey.export({ type: "spki", format: "der" });
  return `sha256/${createHash("sha256").update(key).digest("base64")}`;
}

test("a pinned key is taken from anyone, and no other key", async () => {
  const pin = pinOf(untrusted);
  for (const [certificate, good] of [[untrusted, true], [foreign, false]]) {
    const script = async (peer) => {
      await secure(peer, certificate);
      await playLogin(peer);
    };
    await withFake([script], { tls: "starttls", entry: { pin } }, (server) =>
      good ? login(server) : expectUnreachable(server, { cause: /tls/ }),
    );
  }
});

test("certificateName is what the certificate must have", () =>
  withFake(
    [
      async (peer) => {
        await secure(peer, foreign);
        await playLogin(peer);
      },
    ],
    { tls: "starttls", entry: { ca, certificateName: "elsewhere.example" } },
    (server) => login(server),
  ));

const cases = {
  "another name": () => foreign,
  "an unknown authority": () => untrusted,
  "a time that is over": () => expired,
};
for (const [what, certificate] of Object.entries(cases)) {
  fails(`a certificate of ${what} is refused after STARTTLS`, /tls/,
    (peer) => secure(peer, certificate()), { tls: "starttls" });
  fails(`a certificate of ${what} is refused with direct TLS`, /tls/,
    (peer) => peer.startTls(certificate()), { tls: "direct" });
}

fails("a server without STARTTLS is refused", /tls/,
  (peer) => open(peer, plainMechanism), { tls: "starttls" });
fails("a server that refuses STARTTLS is refused", /tls/,
  async (peer) => {
    await open(peer, startTlsFeature);
    await peer.expect(/<starttls /);
    peer.send(`<failure xmlns='${ns.tls}'/></stream:stream>`);
    peer.close();
  }, { tls: "starttls" });
fails("garbage in place of a handshake is refused", /tls/,
  async (peer) => {
    await open(peer, startTlsFeature);
    await peer.expect(/<starttls /);
    peer.send(`<proceed xmlns='${ns.tls}'/>`);
    await peer.expect(/./s);
    peer.send("what is this?\r\n");
  }, { tls: "starttls" });
fails("garbage in place of direct TLS is refused", /tls/,
  async (peer) => peer.send(header()), { tls: "direct" });
fails("direct TLS that does not answer ends with the budget", /unreachable|tls/,
  silent, { tls: "direct" });
fails("bytes in the clear behind proceed are refused", /tls/,
  async (peer) => {
    await open(peer, startTlsFeature);
    await peer.expect(/<starttls /);
    peer.send(
      `<proceed xmlns='${ns.tls}'/>` + header() + features(plainMechanism),
    );
    await peer.startTls(good);
    await open(peer, plainMechanism);
  }, { tls: "starttls" });

// -- errors and redirections before the login ---------------------------------

test("a stream error before the login is passed on", () =>
  withFake(
    [
      async (peer) => {
        await open(peer, plainMechanism);
        await peer.expect(/<auth /);
        peer.send(streamError("policy-violation") + "</stream:stream>");
      },
    ],
    {},
    async (server) => {
      const stream = await begin(server);
      await stream.expect(/^<open /);
      await stream.expect(/^<stream:features/);
      stream.send(`<auth xmlns='${ns.sasl}' mechanism='PLAIN'>AGEAYg==</auth>`);
      await stream.expectError("policy-violation");
      await logged(server, "upstream_lost", { cause: /stream-error/ });
      await counted(server, "upstream_lost", 1);
    },
  ));

test("a stream error in place of features is passed on", () =>
  withFake(
    [
      async (peer) => {
        await peer.expect(/<stream:stream /);
        peer.send(header() + streamError("host-unknown") + "</stream:stream>");
      },
    ],
    {},
    async (server) => {
      const stream = await begin(server);
      await stream.expect(/^<open /);
      await stream.expectError("host-unknown");
      await logged(server, "upstream_failed", { cause: /stream-error/ });
      await counted(server, "upstream_failed", 1);
    },
  ));

/// A script that sends the gateway to another address.
const redirect = (target) => async (peer) => {
  await peer.expect(/<stream:stream /);
  peer.send(
    header() + streamError("see-other-host", target()) + "</stream:stream>",
  );
  await peer.ended();
};

test("see-other-host before the login is followed and not shown", async () => {
  const goal = await FakeUpstream.start(stay);
  const options = { others: [goal] };
  const script = redirect(() => goal.address);
  await withFake([script], options, async (server, first) => {
    const stream = await login(server);
    await counted(server, "upstream_redirected", 1);
    await stream.wire.cut();
    if (first.peers.length !== 1 || goal.peers.length !== 1)
      throw new Error("each server must have one connection");
  });
  await goal.stop();
});

test("see-other-host in a circle ends after three hops", async () => {
  let fake;
  await withFake([redirect(() => fake.address)], {}, async (server, self) => {
    fake = self;
    await expectUnreachable(server, {});
    await counted(server, "upstream_redirected", 3);
    if (self.peers.length > 4)
      throw new Error(`${self.peers.length} connections`);
  });
});
