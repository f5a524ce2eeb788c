# ejabberd of Debian, with its defaults apart from limits and modules in use.

ejabberd_install() { need_packages ejabberdctl:ejabberd curl:curl; }

ejabberd_prepare() {
  pick_port ejabberd-ws
  pick_port ejabberd-wss
  mkdir -p "$work/ejabberd/spool"
  cat >"$work/ejabberd/ejabberd.yml" <<END
hosts: [$domain]
loglevel: error
certfiles: [$work/both.pem]
listen:
  - port: ${port_of[ejabberd-ws]}
    ip: 127.0.0.1
    module: ejabberd_http
    request_handlers: {/ws: ejabberd_http_ws, /api: mod_http_api}
  - port: ${port_of[ejabberd-wss]}
    ip: 127.0.0.1
    module: ejabberd_http
    tls: true
    request_handlers: {/ws: ejabberd_http_ws}
auth_method: internal
auth_password_format: scram
api_permissions:
  accounts: {from: [mod_http_api], who: [{ip: 127.0.0.1/8}], what: [register]}
modules:
  mod_disco: {}
  mod_offline: {}
  mod_ping: {}
  mod_roster: {}
  mod_stream_mgmt: {}
END
}

# The options of ejabberdctl, without a node name: no epmd is left behind.
ejabberd_launch() {
  local code
  code=$(echo /usr/lib/*/ejabberd-*/ebin)
  launch ejabberd ejabberd env HOME="$work/ejabberd" \
    EJABBERD_CONFIG_PATH="$work/ejabberd/ejabberd.yml" \
    EJABBERD_LOG_PATH="$work/ejabberd/ejabberd.log" \
    ERL_CRASH_DUMP="$work/ejabberd/crash" SPOOL_DIR="$work/ejabberd/spool" \
    ERL_LIBS="$(dirname "$(dirname "${code%% *}")")" \
    erl +K true +P 250000 -noinput -mnesia dir "\"$work/ejabberd/spool\"" \
    -s ejabberd
}

ejabberd_url() { echo "$1://localhost:${port_of[ejabberd-$1]}/ws"; }

ejabberd_add_accounts() {
  local i url=http://127.0.0.1:${port_of[ejabberd-ws]}/api/register
  for ((i = 0; i < $1; ++i)); do
    [ "$i" = 0 ] || echo next
    printf 'url = %s\nsilent\nshow-error\nfail\noutput = /dev/null\n' "$url"
    printf 'header = "Content-Type: application/json"\n'
    printf 'data = "{\\"user\\":\\"load%d\\",\\"host\\":\\"%s\\",' "$i" $domain
    printf '\\"password\\":\\"%s\\"}"\n' $password
  done >"$work/ejabberd.curl"
  curl --config "$work/ejabberd.curl" || {
    say "cannot register accounts at ejabberd"
    exit 2
  }
}
