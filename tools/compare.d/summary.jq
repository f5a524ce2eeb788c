# Lines of `measure` -> medians per server, transport and SM, and ratios.
def median:
  sort | if length == 0 then null
         elif length % 2 == 1 then .[length / 2 | floor]
         else (.[length / 2 - 1] + .[length / 2]) / 2 end;
def medians:
  {rounds: length,
   cpu_us_per_message: (map(.result.server.cpu_us_per_message) | median),
   per_second: (map(.result.messages.per_second) | median),
   p50_ms: (map(.result.messages.latency_ms.p50) | median),
   p99_ms: (map(.result.messages.latency_ms.p99) | median),
   login_cpu_ms: (map(.result.server.login_cpu_ms) | median),
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
        kib_per_session: .result.server.pss_kib_per_session,
        cpu_percent: .result.server.cpu_percent, ok: .result.ok}],
   results: $all}
