# Shared by tools/compare and the files of its servers. Each of those defines,
# for its server S: S_install, S_prepare (files, once), S_launch (runs the
# server by `launch`), S_url ws|wss, S_add_accounts N (load0, load1 ...).

domain=localhost
password=secret
failures=0
declare -A pid_of port_of
# The server behind server S, whose CPU is then measured beside that of S.
declare -A behind

say() { echo "compare: $*" >&2; }

# Installs Debian packages whose command is missing: need_packages CMD:PKG ...
# Services of the packages must not start, now or at the next boot.
need_packages() {
  local missing=() pair policy=/usr/sbin/policy-rc.d made=
  for pair in "$@"; do
    command -v "${pair%%:*}" >/dev/null || missing+=("${pair#*:}")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  say "installing ${missing[*]}"
  if [ "$(id -u)" != 0 ]; then
    say "that needs root: apt-get install ${missing[*]}"
    exit 2
  fi
  if [ ! -e $policy ]; then
    printf '#!/bin/sh\nexit 101\n' >$policy
    chmod +x $policy
    made=1
  fi
  local ok=1
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
    --no-install-recommends "${missing[@]}" >&2 || ok=
  [ -z "$made" ] || rm $policy
  [ -n "$ok" ] || exit 2
  for pair in "${missing[@]}"; do
    if [ -e "/lib/systemd/system/$pair.service" ] \
      && command -v systemctl >/dev/null; then
      systemctl disable "$pair" >/dev/null 2>&1 || true
    fi
  done
}

make_work_folder() {
  work=$(mktemp -d "${TMPDIR:-/tmp}/compare.XXXXXX")
  chmod 755 "$work"
  trap clean_up EXIT
  trap 'exit 130' INT TERM
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes \
    -days 30 -subj /CN=localhost -addext subjectAltName=DNS:localhost \
    -keyout "$work/key.pem" -out "$work/cert.pem" 2>/dev/null
  cat "$work/key.pem" "$work/cert.pem" >"$work/both.pem"
  # The servers run as users of their own; the key is worth nothing.
  chmod 644 "$work"/*.pem
}

clean_up() {
  local server
  for server in "${!pid_of[@]}"; do
    stop "$server"
  done
  rm -rf "$work"
}

# Sets port_of[$1] to a loopback port that nobody listens on.
pick_port() {
  local port
  while :; do
    port=$((20000 + RANDOM % 10000))
    if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
      [[ " ${port_of[*]-} " == *" $port "* ]] || break
    fi
  done
  port_of[$1]=$port
}

# Runs a command in the background with its output in $work/SERVER.log:
# launch SERVER USER COMMAND ...; USER counts only if we are root.
launch() {
  local server=$1 user=$2
  shift 2
  local as=()
  if [ "$(id -u)" = 0 ] && [ "$user" != root ]; then
    as=(setpriv --reuid="$user" --regid="$user" --clear-groups)
    chown -R "$user" "$work/$server"
  fi
  (cd "$work/$server" && ulimit -n "$(ulimit -Hn)" \
    && exec "${as[@]}" "$@") >>"$work/$server.log" 2>&1 </dev/null &
  pid_of[$server]=$!
}

# Starts a server and waits until its ports are open: start SERVER [PORT ...],
# by default ws and wss.
start() {
  local server=$1 transport tries=0
  shift
  [ $# -gt 0 ] || set -- ws wss
  "${server}_launch"
  for transport in "$@"; do
    until (exec 3<>"/dev/tcp/127.0.0.1/${port_of[$server-$transport]}") \
      2>/dev/null; do
      if ((++tries > 300)) || ! kill -0 "${pid_of[$server]}" 2>/dev/null; then
        say "$server does not start; its log ends:"
        tail -n 20 "$work/$server.log" >&2
        exit 2
      fi
      sleep 0.1
    done
  done
}

stop() {
  local pid=${pid_of[$1]-} tries=0
  [ -n "$pid" ] || return 0
  unset "pid_of[$1]"
  kill "$pid" 2>/dev/null || return 0
  while kill -0 "$pid" 2>/dev/null && ((++tries < 100)); do
    sleep 0.1
  done
  kill -9 "$pid" 2>/dev/null || true
  wait "$pid" 2>/dev/null || true
}

# run_load SERVER ws|wss SM OPTIONS ...: prints the JSON of causeway-load.
run_load() {
  local server=$1 transport=$2 sm=$3 pids=${pid_of[$1]}
  local second=${behind[$server]-}
  [ -z "$second" ] || pids+=,${pid_of[$second]}
  shift 3
  "$build/causeway-load" --json --url "$("${server}_url" "$transport")" \
    --domain $domain --password $password --mechanism SCRAM-SHA-1 --sm "$sm" \
    --server-pid "$pids" --server-tree "$@" 2>"$work/load.log"
}

# measure SERVER ws|wss SM busy|idle ROUND OPTIONS ...
measure() {
  local server=$1 transport=$2 sm=$3 kind=$4 round=$5 out
  shift 5
  if ! out=$(run_load "$server" "$transport" "$sm" "$@"); then
    failures=1
    say "$server $transport, SM $sm: not in order:" \
      "$(jq -c '[.failure, .problems, .connections]' <<<"$out")"
    cat "$work/load.log" >&2
  fi
  jq -c --arg server "$server" --arg transport "$transport" --arg sm "$sm" \
    --arg kind "$kind" --argjson round "$round" \
    '{server: $server, transport: $transport, sm: $sm, kind: $kind,
      round: $round, result: .}' <<<"$out" >>"$work/results.jsonl"
  say "round $round $kind: $server $transport, SM $sm:" "$(jq -r '
    def tenths: . * 10 | round / 10;
    if .idle then "\(.server.pss_kib_per_session | tenths) KiB per session"
    else
      ([.server.processes[].cpu_us_per_message | tenths | tostring]
        | join(" + ")) + " us per message, "
        + "\(.messages.per_second | round) messages/s"
    end' <<<"$out")"
}

# measure_busy SERVER ws|wss SM ROUND
measure_busy() {
  measure "$1" "$2" "$3" busy "$4" --pairs "$pairs" --duration "$duration" \
    --warmup "$warmup" --body 300
}
