// Edits of the configuration of a running server, and what it says to them.
import assert from "node:assert/strict";
import { once } from "node:events";
import fs from "node:fs";
import net from "node:net";
import path from "node:path";
import tls from "node:tls";
import { eventually, within } from "./server.mjs";

/// One request over the control socket, without a process for it.
export async function control(server, request) {
  const socket = net.connect(path.join(server.folder, "causeway.sock"));
  let answer = "";
  socket.setEncoding("utf8").on("data", (text) => (answer += text));
  socket.write(`${JSON.stringify(request)}\n`);
  const read = async () => {
    while (!answer.includes("\n")) await once(socket, "data");
  };
  await within(read(), `an answer to ${JSON.stringify(request)}`);
  socket.destroy();
  return JSON.parse(answer);
}

export const config = (server, verb, rest = {}) =>
  control(server, { command: "config", verb, ...rest });

/// Replaces the file in one step.
export function replace(file, text) {
  fs.writeFileSync(`${file}.draft`, text);
  fs.renameSync(`${file}.draft`, file);
}

/// Writes the content after `change` has changed a copy of it; an object that
/// replaces sections whole will do.
export function edit(server, change) {
  const content = structuredClone(server.content);
  if (typeof change === "function") change(content);
  else Object.assign(content, change);
  replace(server.config, JSON.stringify(content, null, 2));
  return content;
}

/// The same, put in force.
export async function reload(server, change) {
  // A server looks at its file at its start; what is new must be ours.
  await config(server, "history");
  const content = edit(server, change);
  const answer = await config(server, "reload");
  assert.ok(answer.accepted, JSON.stringify(answer));
  server.content = content;
  return answer;
}

export const management = (settings) => ({ stream: { management: settings } });

/// What is in force: number and all values.
export async function inForce(server) {
  const { generation, yaml, settings, ...rest } = await config(server, "show");
  return { generation, yaml, settings, ...rest };
}

export const generation = async (server) => (await inForce(server)).generation;

/// Waits for a number.
export const generationIs = (server, number) =>
  eventually(`generation ${number}`, async () =>
    (await generation(server)) === number);

/// The URLs that are listened on now.
export const urls = async (server) =>
  (await server.query("status")).listeners.map(({ url }) => url);

/// The serial number of the certificate that a new connection is shown.
export async function serial(url, servername = "localhost") {
  const { hostname: host, port } = new URL(url);
  const socket = tls.connect({
    host,
    port,
    servername,
    rejectUnauthorized: false,
  });
  await within(once(socket, "secureConnect"), `connect to ${url}`);
  const { serialNumber } = socket.getPeerCertificate();
  socket.destroy();
  return serialNumber;
}

/// A port of loopback that nobody listens on.
export async function freePort() {
  const server = net.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}
