// What a run has shown, for people and as a value.

/// Problems that are shown; the log has them all.
const shown = 10;

function describe(problem, journal) {
  const { what, at, message, stanza, ...rest } = problem;
  const value = { what, at: journal.time(at), ...rest };
  if (stanza) value.stanza = stanza.slice(0, 500);
  if (!message) return value;
  const { from, to, number, state, resent, arrivals } = message;
  const time = (moment) => moment && journal.time(moment);
  const moments = [
    message.at,
    message.ackedAt,
    message.resentAt,
    ...arrivals.map((arrival) => arrival.at),
  ].filter(Boolean);
  return {
    ...value,
    message: { from, to, number, state },
    sent: time(message.at),
    acked: time(message.ackedAt),
    resent: resent ? { times: resent, last: time(message.resentAt) } : 0,
    arrived: arrivals.map((arrival) => time(arrival.at)),
    events: journal.near(moments, [from, to]),
  };
}

/// Prints the verdict; returns the summary.
export function report({ options, journal, ledger, nemesis, sessions, ...run }) {
  const problems = ledger.problems.map((x) => describe(x, journal));
  for (const problem of problems) journal.note("problem", problem);
  for (const { events = [], ...problem } of problems.slice(0, shown)) {
    run.say(`problem: ${JSON.stringify(problem)}`);
    for (const event of events.slice(0, 20))
      run.say(`  around it: ${JSON.stringify(event)}`);
  }
  if (problems.length > shown)
    run.say(`and ${problems.length - shown} more problems, see the log`);
  const { sent, acked, arrived, resent, inDoubt, again } = ledger.counts;
  const { reordered, lostByServer } = ledger.counts;
  run.say(
    `${sent} sent, ${resent} times again by h, ${acked} acked, ` +
      `${arrived} arrived (their server sent ${reordered} in another order ` +
      `and ${lostByServer} never); ` +
      `${sessions.resumed} sessions resumed, ${sessions.lost} lost ` +
      `(${sessions.lostByServer} by their server, ${inDoubt} messages in ` +
      `doubt, ${again} came again); ${problems.length} problems`,
  );
  const { seed, duration, clients, rate, only } = options;
  return {
    ...{ seed, duration, clients, rate, kinds: only },
    messages: { ...ledger.counts },
    sessions,
    events: nemesis.counts,
    counters: run.counters,
    problems,
  };
}
