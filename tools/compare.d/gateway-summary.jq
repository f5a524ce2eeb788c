# Lines of `measure` -> medians per hop and SM, and what they say of the target.
include "common";
def medians:
  # A run that delivered nothing has no cost per message.
  map(select(.result.messages.delivered > 0).result) as $good
  | def part($i): $good | map(.server.processes[$i].cpu_us_per_message) | median;
  {rounds: ($good | length),
   hop_us: part(0),
   prosody_us: part(1),
   per_second: ($good | map(.messages.per_second) | median),
   p50_ms: ($good | map(.messages.latency_ms.p50) | median),
   p99_ms: ($good | map(.messages.latency_ms.p99) | median),
   lost: (map(.result.messages.run.lost) | add),
   doubled: (map(.result.messages.run.doubled) | add),
   misordered: (map(.result.messages.run.misordered) | add),
   all_ok: all(.result.ok)};
def minus($a; $b): if $a and $b then $a - $b else null end;
def plus($a; $b): if $a and $b then $a + $b else null end;
def ratio($a; $b): if $a and $b then $a / $b else null end;
def below($a; $b): if $a and $b then $a <= $b else false end;
. as $all
| ($all | map(select(.kind == "echo").us) | median) as $echo
| [map(select(.kind == "busy")) | group_by([.server, .sm])[]
   | {server: .[0].server, sm: .[0].sm} + medians] as $hops
| def of($server; $sm):
    [$hops[] | select(.server == $server and .sm == $sm)] | first;
  # Without SM, where nothing else differs between the two ways.
  minus(of("nginx"; "off").prosody_us; of("causeway"; "off").prosody_us)
  as $mod_websocket
# The target is 30 us where the echo costs 8, without SM.
| (if $echo then $echo * 30 / 8 else null end) as $limit
| {hops: $hops,
   echo_us: $echo,
   limit_us: $limit,
   targets: ["off", "on"] | map(. as $sm
     | of("causeway"; $sm).hop_us as $causeway
     | of("nginx"; $sm).hop_us as $nginx
     | plus($nginx; $mod_websocket) as $websocket
     | {sm: $sm, causeway_us: $causeway, nginx_us: $nginx,
        mod_websocket_us: $mod_websocket, websocket_us: $websocket,
        ratio: ratio($causeway; $websocket),
        at_most_30_us: below($causeway; 30),
        # With Stream Management a message is more than one: acks and requests
        # of both legs, as often as Prosody wants them.
        limit_us: (if $sm == "off" then $limit else null end),
        below_limit:
          (if $sm == "off" then below($causeway; $limit) else null end),
        below_websocket: below($causeway; $websocket)}),
   results: $all}
