// Converse.js in headless Chromium talks through the gateway to Prosody: two
// users log in and chat; what each of them sees is kept as a picture.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import test from "node:test";
import { withBrowser } from "./support/browser.mjs";
import { Prosody } from "./support/prosody.mjs";
import { withServer } from "./support/server.mjs";

const users = ["romeo", "juliet"];
const jid = (user) => `${user}@localhost`;

/// Both chat over the WebSocket at `url`; pictures go to `artefacts`.
async function chat(page, open, url, artefacts) {
  const [romeo, juliet] = await Promise.all(
    users.map(async (user) => {
      const converse = await open();
      await converse.login(page, { jid: jid(user), password: "secret", url });
      return converse;
    }),
  );
  for (const user of [romeo, juliet]) assert.ok(await user.isManaged());
  await romeo.openChat(juliet.jid);
  await juliet.openChat(romeo.jid);

  const lines = [
    [romeo, "Lady, by yonder blessed moon I swear"],
    [juliet, "O, swear not by the moon <&> 'tis inconstant"],
    [romeo, "What shall I swear by? 🌙"],
    [juliet, "Do not swear at all ❤️ žluťoučký Ω"],
  ];
  const expected = [];
  for (const [speaker, text] of lines) {
    await speaker.type(text);
    expected.push({ from: speaker.jid, text });
    for (const reader of [romeo, juliet]) {
      const shown = await reader.shown(expected.length);
      assert.deepEqual(
        shown.map(({ from, text }) => ({ from: from.split("/")[0], text })),
        expected,
        `what ${reader.jid} sees`,
      );
    }
  }

  fs.mkdirSync(artefacts, { recursive: true });
  for (const user of [romeo, juliet]) {
    const [name] = user.jid.split("@");
    await user.screenshot(path.join(artefacts, `converse-${name}.png`));
    assert.deepEqual(user.errors, [], `console of ${user.jid}`);
  }
}

test("two users of Converse.js chat through the gateway", async () => {
  const prosody = await Prosody.start({
    domains: ["localhost"],
    accounts: users,
  });
  try {
    await withBrowser((page, open) => {
      const config = {
        websocket: { origins: [page] },
        domains: { localhost: { upstream: [prosody.upstream("none")] } },
      };
      return withServer({ config }, (server) =>
        chat(page, open, server.ws, path.join(server.build, "artefacts")),
      );
    });
  } finally {
    await prosody.stop();
  }
});
