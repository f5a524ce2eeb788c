# The summary for people.
include "common";
def row($widths):
  [., $widths] | transpose | to_entries
  | map(if .key < 3 then .value[0] | left($widths[0] // 9)
        else .value[0] | right(10) end) | join(" ");
"CPU of the server per delivered message, closed loop, 300-byte bodies",
(["server", "", "SM", "us/msg", "msg/s", "p50 ms", "p99 ms", "lost", "doubled",
  "misordered"] | row([9])),
(.busy[]
 | [.server, .transport, .sm, (.cpu_us_per_message | fixed(1)),
    (.per_second | fixed(0)), (.p50_ms | fixed(2)), (.p99_ms | fixed(2)),
    (.lost | tostring), (.doubled | tostring), (.misordered | tostring)]
 | row([9])),
"",
"Ratios of CPU per message",
(.ratios[] | (.what | left(36)) + (.value | fixed(2) | right(8))),
"",
(if .idle | length > 0 then
   "Idle sessions",
   (["server", "", "SM", "sessions", "KiB each", "CPU %"] | row([9])),
   (.idle[]
    | [.server, .transport, .sm, (.sessions | tostring),
       (.kib_per_session | fixed(1)), (.cpu_percent | fixed(3))] | row([9]))
 else empty end)
