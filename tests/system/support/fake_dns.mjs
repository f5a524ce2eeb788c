// A name server (RFC 1035) on a loopback port that knows a handful of records;
// everything else does not exist.
import dgram from "node:dgram";
import { once } from "node:events";

const types = { A: 1, SRV: 33 };

function encodeName(name) {
  const labels = name.split(".").filter((label) => label.length > 0);
  return Buffer.concat([
    ...labels.map((x) => Buffer.from([x.length, ...Buffer.from(x)])),
    Buffer.from([0]),
  ]);
}

function decodeName(bytes, start) {
  const labels = [];
  let at = start;
  while (bytes[at] !== 0) {
    labels.push(bytes.toString("latin1", at + 1, at + 1 + bytes[at]));
    at += bytes[at] + 1;
  }
  return [labels.join(".").toLowerCase(), at + 1];
}

const number16 = (value) => Buffer.from([value >> 8, value & 255]);

function encodeData({ type, address, priority, weight, port, target }) {
  if (type === "A") return Buffer.from(address.split(".").map(Number));
  const numbers = [priority ?? 0, weight ?? 0, port ?? 0].map(number16);
  return Buffer.concat([...numbers, encodeName(target)]);
}

function encodeRecord(record) {
  const data = encodeData(record);
  const pointer = number16(0xc00c); // to the name in the question
  const ttl = Buffer.from([0, 0, 0, 1]);
  const head = [pointer, number16(types[record.type]), number16(1), ttl];
  return Buffer.concat([...head, number16(data.length), data]);
}

export class FakeDns {
  /// The names that were asked for, each with its type: "SRV NAME".
  questions = [];

  /// records: [{name, type: "A", address}, {name, type: "SRV", priority,
  /// weight, port, target}]; they may change later.
  static async start(records, { silent = false } = {}) {
    const dns = new FakeDns();
    dns.records = records;
    dns.socket = dgram.createSocket("udp4", (question, from) => {
      const answer = dns.#answer(question);
      if (!silent) dns.socket.send(answer, from.port, from.address);
    });
    dns.socket.bind(0, "127.0.0.1").unref();
    await once(dns.socket, "listening");
    dns.address = `127.0.0.1:${dns.socket.address().port}`;
    return dns;
  }

  #answer(question) {
    const [name, end] = decodeName(question, 12);
    const code = question.readUInt16BE(end);
    const type = Object.keys(types).find((key) => types[key] === code) ?? code;
    this.questions.push(`${type} ${name}`);
    const ofName = this.records.filter((record) => record.name === name);
    const found = ofName.filter((record) => record.type === type);
    const head = Buffer.alloc(12);
    question.copy(head, 0, 0, 2);
    head.writeUInt16BE(ofName.length > 0 ? 0x8580 : 0x8583, 2); // NXDOMAIN
    head.writeUInt16BE(1, 4);
    head.writeUInt16BE(found.length, 6);
    const asked = question.subarray(12, end + 4);
    return Buffer.concat([head, asked, ...found.map(encodeRecord)]);
  }

  stop() {
    this.socket.close();
  }
}
