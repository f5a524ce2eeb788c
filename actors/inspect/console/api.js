// The way to the node: commands as causewayctl has them, and metrics.
const place = "causeway.token";

/// The token, kept until the tab is closed.
export const token = {
  get: () => sessionStorage.getItem(place),
  set: (text) => sessionStorage.setItem(place, text),
  forget: () => sessionStorage.removeItem(place),
};

/// The node refused, or cannot be reached.
export class Refusal extends Error {
  constructor(text, status) {
    super(text);
    this.status = status;
  }
}

const patience = 20_000;

/// The answer, if it is good or has one of the statuses in `also`.
async function ask(path, options = {}, also = []) {
  let answer;
  try {
    answer = await fetch(path, {
      ...options,
      headers: { ...options.headers, Authorization: `Bearer ${token.get()}` },
      cache: "no-store",
      credentials: "omit",
      signal: AbortSignal.timeout(patience),
    });
  } catch (error) {
    const late = error.name === "TimeoutError";
    throw new Refusal(
      late ? "The node does not answer." : "The node cannot be reached.",
      0,
    );
  }
  if (answer.ok || also.includes(answer.status)) return answer;
  const text = await answer.text();
  let reason = text.trim();
  try {
    reason = JSON.parse(text).error ?? reason;
  } catch {
    // It is a plain text.
  }
  throw new Refusal(reason || `HTTP ${answer.status}`, answer.status);
}

/// {role, token}: who we are to the node.
export async function whoami() {
  return (await ask("/api")).json();
}

/// Carries out a command; throws what the node says against it.
export async function command(name, keys = {}) {
  const answer = await ask("/api", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ command: name, ...keys }),
  });
  return answer.json();
}

/// The text of /metrics, and how long the node took to answer in seconds.
export async function metrics() {
  const start = performance.now();
  const answer = await ask("/metrics");
  const text = await answer.text();
  return { text, took: (performance.now() - start) / 1000 };
}

/// {ready, checks}, whatever the state: a node that is not ready answers 503.
export async function health() {
  return (await ask("/readyz", {}, [503])).json();
}
