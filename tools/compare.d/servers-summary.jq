# Lines of `measure` -> medians per server, transport and SM, and ratios.
include "common";
def medians:
  # A run that delivered nothing has no cost per message.
  map(select(.result.messages.delivered > 0).result) as $good
  | {rounds: ($good | length),
   cpu_us_per_message: ($good | map(.server.cpu_us_per_message) | median),
   per_second: ($good | map(.messages.per_second) | median),
   p50_ms: ($good | map(.messages.latency_ms.p50) | median),
   p99_ms: ($good | map(.messages.latency_ms.p99) | median),
   login_cpu_ms: ($good | map(.server.login_cpu_ms) | median),
   lost: (map(.result.messages.run.lost) | add),
   doubled: (map(.result.messages.run.doubled) | add),
   misordered: (map(.result.messages.run.misordered) | add),
   all_ok: all(.result.ok)};
def ratio($a; $b): if $a and $b and $b > 0 then $a / $b else null end;
. as $all
| [group_by([.server, .transport, .sm])[] | map(select(.kind == "busy"))
   | select(length > 0)
   | {server: .[0].server, transport: .[0].transport, sm: .[0].sm} + medians]
  as $busy
| def cpu($s; $t; $sm):
    [$busy[] | select(.server == $s and .transport == $t and .sm == $sm)
     | .cpu_us_per_message] | first;
  {busy: $busy,
   ratios: [["ws", "wss"][] as $t
     | (["off", "on"][] as $sm
        | {what: "causeway / ejabberd, \($t), SM \($sm)",
           value: ratio(cpu("causeway"; $t; $sm); cpu("ejabberd"; $t; $sm))},
          {what: "causeway / prosody, \($t), SM \($sm)",
           value: ratio(cpu("causeway"; $t; $sm); cpu("prosody"; $t; $sm))}),
       (["causeway", "ejabberd", "prosody"][] as $s
        | {what: "SM on / off, \($s), \($t)",
           value: ratio(cpu($s; $t; "on"); cpu($s; $t; "off"))})]
     | map(select(.value)),
   idle: [$all[] | select(.kind == "idle")
     | {server, transport, sm, sessions: .result.sessions,
        ok: .result.ok}
       + if .result.failure == "" then
           {kib_per_session: .result.server.pss_kib_per_session,
            cpu_percent: .result.server.cpu_percent}
         else {kib_per_session: null, cpu_percent: null} end],
   results: $all}
