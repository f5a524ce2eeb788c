// Converse.js in headless Chromium: a page per user, served from node_modules
// over loopback; the browser can reach nothing else.
import { once } from "node:events";
import fs from "node:fs";
import http from "node:http";
import path from "node:path";
import { fileURLToPath } from "node:url";
import puppeteer from "puppeteer-core";
import { patience, within } from "./server.mjs";

const here = path.dirname(fileURLToPath(import.meta.url));
const converse = path.join(here, "../node_modules/converse.js/dist");

const project = "https://conversejs.org";

const page = `<!DOCTYPE html>
<html lang="en">
<meta charset="utf-8">
<title>Converse.js</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/dist/converse.min.css">
<script type="module">
  import converse from "/dist/converse.min.js";
  window.converse = converse;
</script>
<body class="converse-fullscreen"></body>
</html>`;

const types = {
  ".css": "text/css",
  ".js": "text/javascript",
  ".json": "application/json",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".wasm": "application/wasm",
  ".woff2": "font/woff2",
};

/// Serves the page and the files of Converse.js; `url` is its origin.
class PageServer {
  async start() {
    this.server = http.createServer((request, response) => {
      const { pathname } = new URL(request.url, "http://localhost");
      if (pathname === "/") {
        response.setHeader("Content-Type", "text/html");
        return response.end(page);
      }
      const file = path.join(converse, pathname.replace(/^\/dist\//, ""));
      const type = types[path.extname(file)] ?? "application/octet-stream";
      const stream = fs.createReadStream(file);
      stream.once("open", () => response.setHeader("Content-Type", type));
      stream.once("error", () => response.writeHead(404).end());
      stream.pipe(response);
    });
    this.server.listen(0, "127.0.0.1");
    await once(this.server, "listening");
    this.url = `http://127.0.0.1:${this.server.address().port}`;
  }

  stop() {
    this.server.closeAllConnections();
    this.server.close();
  }
}

/// One user's Converse.js, in a profile of its own.
class Converse {
  /// Errors of the console and of the page.
  errors = [];

  constructor(tab) {
    this.tab = tab;
    tab.setDefaultTimeout(patience);
    tab.on("pageerror", (error) => this.errors.push(String(error)));
    tab.on("console", (message) => {
      const { url = "" } = message.location();
      // The foot of the page shows logos of sponsors, which are elsewhere.
      if (message.type() !== "error" || url.startsWith(`${project}/media/`))
        return;
      this.errors.push(`${message.text()} ${url}`);
    });
  }

  /// Logs in; returns once the account is connected.
  async login(page, { jid, password, url }) {
    this.jid = jid;
    await this.tab.goto(page);
    await this.tab.waitForFunction(() => window.converse);
    const connected = this.tab.evaluate(
      (settings) =>
        new Promise((resolve, reject) => {
          converse.plugins.add("causeway-test", {
            initialize() {
              const { api, session } = this._converse;
              Object.assign(window, { api, session });
              api.listen.on("connected", resolve);
              api.listen.on("disconnected", () =>
                reject(new Error("disconnected")),
              );
            },
          });
          converse.initialize(settings).catch(reject);
        }),
      {
        jid,
        password,
        websocket_url: url,
        authentication: "login",
        auto_login: true,
        auto_reconnect: false,
        // Asks for keys that only a contact may have, and logs the refusal.
        blacklisted_plugins: ["converse-omemo"],
        discover_connection_methods: false,
        allow_non_roster_messaging: true,
        assets_path: "/dist/",
        i18n: "en",
        loglevel: "warn",
        play_sounds: false,
        view_mode: "fullscreen",
        whitelisted_plugins: ["causeway-test"],
      },
    );
    await within(connected, `${jid} logs in with Converse.js`);
  }

  /// Whether Stream Management (XEP-0198) is on.
  isManaged() {
    return this.tab.evaluate(() => window.session.get("smacks_enabled"));
  }

  /// COMPAT(Converse.js 14): waits for ever where the server has no block list
  /// (XEP-0191), and logs errors where it has no PEP (XEP-0163).
  async openChat(jid) {
    // Returns nothing, since a model can not cross to this process.
    await this.tab.evaluate(async (jid) => {
      await window.api.chats.open(jid, {}, true);
    }, jid);
    await this.tab.waitForSelector("textarea.chat-textarea", { visible: true });
  }

  /// Types a message as a user would.
  async type(text) {
    const field = await this.tab.$("textarea.chat-textarea");
    await field.type(text);
    await field.press("Enter");
  }

  /// Waits until so many messages are shown; returns [{from, text}].
  async shown(count) {
    const messages = await this.tab.waitForFunction(
      (count) => {
        const found = [...document.querySelectorAll("converse-chat-message")]
          .map((message) => ({
            from: message.querySelector(".chat-msg")?.dataset.from,
            text: message.querySelector(".chat-msg__text")?.textContent.trim(),
          }))
          .filter(({ text }) => text);
        return found.length >= count && found;
      },
      {},
      count,
    );
    return messages.jsonValue();
  }

  screenshot(file) {
    return this.tab.screenshot({ path: file });
  }
}

/// A headless Chromium that can reach loopback alone.
function launch() {
  const loopback = "MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1";
  return puppeteer.launch({
    protocolTimeout: patience,
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: [
      "--disable-dev-shm-usage",
      "--disable-gpu",
      `--host-resolver-rules=${loopback}`,
      // The sandbox does not work for root.
      ...(process.getuid() === 0 ? ["--no-sandbox"] : []),
    ],
  });
}

/// Runs `body` with a function that opens a tab in a profile of its own.
export async function withTabs(body) {
  const browser = await launch();
  try {
    await body(async () => {
      const context = await browser.createBrowserContext();
      return context.newPage();
    });
  } finally {
    await browser.close();
  }
}

/// Runs `body` with the origin of the page and a function that opens a
/// Converse.js in a profile of its own.
export async function withBrowser(body) {
  const server = new PageServer();
  await server.start();
  try {
    await withTabs((open) =>
      body(server.url, async () => {
        const tab = await open();
        await tab.setViewport({ width: 1000, height: 640 });
        return new Converse(tab);
      }),
    );
  } finally {
    server.stop();
  }
}
