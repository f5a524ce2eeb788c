# The summary for people.
include "common";
def row: [.[0] | left(10)] + [.[1] | left(4)] + (.[2:] | map(right(10)))
  | join(" ");
def line($name; $digits):
  ($name | left(40)) + (map(fixed($digits) | right(10)) | join(""));
def verdict($ok): if $ok then "reached" else "MISSED" end;
"CPU per delivered message, closed loop, 300-byte bodies",
(["hop", "SM", "hop us", "Prosody us", "both us", "msg/s", "p50 ms", "p99 ms",
  "lost", "doubled", "misordered"] | row),
(.hops[]
 | [.server, .sm, (.hop_us | fixed(1)), (.prosody_us | fixed(1)),
    (.hop_us + .prosody_us | fixed(1)), (.per_second | fixed(0)),
    (.p50_ms | fixed(2)), (.p99_ms | fixed(2)), (.lost | tostring),
    (.doubled | tostring), (.misordered | tostring)] | row),
"",
("us per message over Prosody's TCP" | left(40)) + ("SM off" | right(10))
  + ("SM on" | right(10)),
(.targets | map(.causeway_us) | line("Causeway"; 1)),
(.targets | map(.nginx_us) | line("nginx"; 1)),
(.targets | map(.mod_websocket_us)
 | line("mod_websocket (Prosody's ws - TCP)"; 1)),
(.targets | map(.websocket_us) | line("nginx + mod_websocket"; 1)),
(.targets | map(.ratio) | line("Causeway / (nginx + mod_websocket)"; 2)),
"",
"An echo by Boost.Beast costs \(.echo_us | fixed(1)) us here; "
+ "30 us where it costs 8 are \(.limit_us | fixed(1)) us here",
(.targets[]
 | "target, SM \(.sm): "
   + (if .limit_us then "at most \(.limit_us | fixed(1)) us "
      + "\(verdict(.below_limit)), " else "" end)
   + "below nginx + mod_websocket \(verdict(.below_websocket))")
