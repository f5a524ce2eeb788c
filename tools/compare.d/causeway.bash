# Causeway, built by tools/build release; causeway_upstream makes it a gateway.

causeway_install() {
  local program
  for program in causewayd causewayctl; do
    [ -x "$build/$program" ] || {
      say "no $build/$program; run tools/build release first"
      exit 2
    }
  done
}

causeway_prepare() {
  pick_port causeway-ws
  pick_port causeway-wss
  mkdir -p "$work/causeway/data"
  cat >"$work/causeway/causeway.yaml" <<END
node:
  data: $work/causeway/data
  threads: ${causeway_threads:-0}
listeners:
  - address: 127.0.0.1:${port_of[causeway-ws]}
  - address: 127.0.0.1:${port_of[causeway-wss]}
    tls: {certificate: $work/cert.pem, key: $work/key.pem}
# The load comes from one address.
websocket: {maxConnectionsPerAddress: 0}
domains:
  $domain: {${causeway_upstream-}}
admin: {socket: $work/causeway/causeway.sock}
log: {level: warn}
END
}

causeway_launch() {
  launch causeway root "$build/causewayd" \
    --config "$work/causeway/causeway.yaml"
}

causeway_url() { echo "$1://localhost:${port_of[causeway-$1]}/ws/"; }

causeway_add_accounts() {
  local i
  for ((i = 0; i < $1; ++i)); do
    "$build/causewayctl" --socket "$work/causeway/causeway.sock" \
      account add "load$i@$domain" --password-stdin <<<"$password" >/dev/null
  done
}
