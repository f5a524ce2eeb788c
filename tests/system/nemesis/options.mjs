// The command line of tools/nemesis.
import { randomInt } from "node:crypto";
import { parseArgs } from "node:util";
import { weights } from "./nemesis.mjs";
import { kinds } from "./stage.mjs";

const events = Object.keys(weights);

export const usage = `Usage: tools/nemesis [OPTIONS]
Clients that come back for their sessions exchange messages, while connections,
links and causewayd break. Then every message must have arrived once, in order.
  --duration S     seconds of it (300)
  --clients N      over all domains (50)
  --rate R         messages per second of each client (5)
  --seed N         repeats the choices of an earlier run
  --events A[,B]   of ${events.join(", ")} (all)
  --only A[,B]     of ${kinds.join(", ")} (all)
  --drain S        seconds that the end may take (120)
  --json           a summary as JSON on stdout
  --log FILE       what happened, a line of JSON each, and the log of
                   causewayd in FILE.causewayd (nemesis.log)
  --build DIR      where causewayd and causewayctl are (build/release)
Exit code: 0 all arrived once and in order, 1 not so, 2 could not run.
`;

const defaults = {
  duration: "300",
  clients: "50",
  rate: "5",
  drain: "120",
  log: "nemesis.log",
  events: events.join(),
  only: kinds.join(),
};

function number(values, name, low, high) {
  const value = Number(values[name]);
  if (!(value >= low && value <= high))
    throw new Error(`--${name}: not between ${low} and ${high}`);
  return value;
}

function list(values, name, known) {
  const items = values[name].split(",");
  for (const item of items)
    if (!known.includes(item)) throw new Error(`--${name}: unknown ${item}`);
  return items;
}

/// Throws what is wrong with the command line.
export function parseOptions(args) {
  const text = { type: "string" };
  const { values } = parseArgs({
    args,
    options: {
      ...Object.fromEntries(Object.keys(defaults).map((key) => [key, text])),
      seed: text,
      json: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) return { help: true };
  const all = { seed: String(randomInt(2 ** 31)), ...defaults, ...values };
  const only = list(all, "only", kinds);
  return {
    only,
    events: list(all, "events", events),
    duration: number(all, "duration", 1, 86_400),
    // Two of each kind at least: somebody has to hear them.
    clients: number(all, "clients", 2 * only.length, 10_000),
    rate: number(all, "rate", 0.01, 1000),
    seed: number(all, "seed", 0, 2 ** 32 - 1),
    drain: number(all, "drain", 1, 3600),
    json: all.json ?? false,
    log: all.log,
  };
}
