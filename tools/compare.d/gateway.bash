# tools/compare gateway: Causeway in front of Prosody's TCP beside nginx in front
# of Prosody's own WebSocket. One Prosody serves both, so its heap is the same.

# What an echo by Boost.Beast costs at this moment.
calibrate() {
  local us
  us=$("$build/causeway-echo" --duration "$warmup")
  say "an echo by Boost.Beast: $us us"
  jq -nc --argjson us "$us" '{kind: "echo", us: $us}' >>"$work/results.jsonl"
}

compare_gateway() {
  local round sm hop hops=(causeway nginx)
  say "starting prosody, with $((2 * pairs)) accounts, causeway and nginx"
  pick_port prosody-tcp
  prosody_prepare
  prosody_add_accounts $((2 * pairs))
  start prosody ws tcp
  causeway_upstream="upstream: [{address: '127.0.0.1:${port_of[prosody-tcp]}',"
  causeway_upstream+=" tls: none}]"
  for hop in "${hops[@]}"; do
    behind[$hop]=prosody
    "${hop}_prepare"
    start "$hop" ws
  done

  for ((round = 1; round <= rounds; ++round)); do
    calibrate
    for sm in off on; do
      for hop in "${hops[@]}"; do
        measure_busy "$hop" ws "$sm" "$round"
      done
    done
  done
}
