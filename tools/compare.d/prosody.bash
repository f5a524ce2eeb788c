# Prosody of Debian, with its defaults apart from limits and modules in use; on
# TCP too if port_of[prosody-tcp] is set.

prosody_install() { need_packages prosody:prosody; }

prosody_prepare() {
  pick_port prosody-ws
  pick_port prosody-wss
  mkdir -p "$work/prosody/data"
  cat >"$work/prosody/prosody.cfg.lua" <<END
data_path = "$work/prosody/data"
pidfile = "$work/prosody/prosody.pid"
run_as_root = true
log = { warn = "*console" }
interfaces = { "127.0.0.1" }
c2s_ports = { ${port_of[prosody-tcp]-} }
s2s_ports = {}
http_ports = { ${port_of[prosody-ws]} }
http_interfaces = { "127.0.0.1" }
https_ports = { ${port_of[prosody-wss]} }
https_interfaces = { "127.0.0.1" }
https_ssl = { certificate = "$work/cert.pem", key = "$work/key.pem" }
http_default_host = "$domain"
consider_websocket_secure = true
c2s_require_encryption = false
authentication = "internal_plain"
modules_enabled = {
  "roster", "saslauth", "disco", "ping", "websocket", "smacks", "posix"
}
VirtualHost "$domain"
END
}

prosody_launch() {
  launch prosody prosody prosody -F --config "$work/prosody/prosody.cfg.lua"
}

prosody_url() {
  echo "$1://localhost:${port_of[prosody-$1]}/xmpp-websocket"
}

# A file per account, in the form that its internal storage reads.
prosody_add_accounts() {
  local i folder=$work/prosody/data/$domain/accounts
  mkdir -p "$folder"
  for ((i = 0; i < $1; ++i)); do
    echo "return { [\"password\"] = \"$password\" };" >"$folder/load$i.dat"
  done
  [ "$(id -u)" != 0 ] || chown -R prosody "$work/prosody"
}
