# tools/compare gateway: Causeway in front of Prosody's TCP beside nginx in front
# of Prosody's own WebSocket. Each load finds a Prosody that has just started:
# one that has served some loads costs up to three times as much per message,
# and the hop before it half as much again, with fewer messages per wake-up.

# What an echo by Boost.Beast costs at this moment.
calibrate() {
  local us
  us=$("$build/causeway-echo" --duration "$warmup")
  say "an echo by Boost.Beast: $us us"
  jq -nc --argjson us "$us" '{kind: "echo", us: $us}' >>"$work/results.jsonl"
}

compare_gateway() {
  local round sm hop hops=(causeway nginx)
  say "starting causeway and nginx, prosody has $((2 * pairs)) accounts"
  pick_port prosody-tcp
  prosody_prepare
  prosody_add_accounts $((2 * pairs))
  causeway_upstream="upstream: [{address: '127.0.0.1:${port_of[prosody-tcp]}',"
  causeway_upstream+=" tls: none}]"
  for hop in "${hops[@]}"; do
    behind[$hop]=prosody
    "${hop}_prepare"
    start "$hop" ws
  done

  for ((round = 1; round <= rounds; ++round)); do
    for sm in off on; do
      calibrate
      for hop in "${hops[@]}"; do
        stop prosody
        start prosody ws tcp
        measure_busy "$hop" ws "$sm" "$round"
      done
    done
  done
}
