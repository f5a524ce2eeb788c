// What /metrics says, and what became of it since the last look.

/// Prometheus text as a map: "name{a="b"}" -> value.
export function parse(text) {
  const samples = new Map();
  for (const line of text.split("\n")) {
    if (line === "" || line.startsWith("#")) continue;
    const space = line.lastIndexOf(" ");
    samples.set(line.slice(0, space), Number(line.slice(space + 1)));
  }
  return samples;
}

/// {name: value} of the labels of a sample.
export function labels(sample) {
  const out = {};
  for (const [, name, text] of sample.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g))
    out[name] = text.replace(/\\(.)/g, (_, c) => (c === "n" ? "\n" : c));
  return out;
}

/// [labels, value] of all samples of a family.
export function family(samples, name) {
  return [...samples]
    .filter(([key]) => key === name || key.startsWith(`${name}{`))
    .map(([key, value]) => [labels(key), value]);
}

/// Sum of a family, or of those of its samples whose labels fit.
export function sum(samples, name, wanted = {}) {
  return family(samples, name)
    .filter(([has]) => Object.entries(wanted).every(([k, v]) => has[k] === v))
    .reduce((total, [, value]) => total + value, 0);
}

/// Growth per second of a counter; nothing where the node was restarted.
export function rate(before, now, seconds, name, wanted) {
  const growth = sum(now, name, wanted) - sum(before, name, wanted);
  return growth < 0 || seconds <= 0 ? null : growth / seconds;
}

/// Quantiles of what a histogram has gathered between two looks, in seconds;
/// null where that is nothing. Within a bucket the times are taken to be even.
export function quantiles(before, now, name, wanted) {
  const buckets = family(now, `${name}_bucket`)
    .map(([{ le }, value]) => ({
      bound: le === "+Inf" ? Infinity : Number(le),
      count: value - (before.get(`${name}_bucket{le="${le}"}`) ?? 0),
    }))
    .sort((a, b) => a.bound - b.bound);
  const all = buckets.at(-1)?.count ?? 0;
  return wanted.map((q) => {
    if (!(all > 0)) return null;
    const rank = q * all;
    const i = buckets.findIndex((x) => x.count >= rank);
    const low = i > 0 ? buckets[i - 1] : { bound: 0, count: 0 };
    const high = buckets[i];
    if (high.bound === Infinity) return low.bound;
    const part = (rank - low.count) / (high.count - low.count);
    return low.bound + part * (high.bound - low.bound);
  });
}
