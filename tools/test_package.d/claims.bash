# What tools/test_package claims, in the order in which it is tried. Each runs
# with `errexit` off, so every check ends it by itself.

config=/etc/causeway/causeway.yaml

fail() {
  echo "    $*" >&2
  return 1
}

# "$1" must be the same as "$2".
same() {
  [[ $1 == "$2" ]] || fail "got '$1', not '$2'${3:+: $3}"
}

property() {
  inside systemctl show -P "$1" causeway
}

is_active() {
  [[ $(property ActiveState) == active ]]
}

dpkg_quietly() {
  inside dpkg "$@" >"$work/dpkg.log" 2>&1 || {
    cat "$work/dpkg.log" >&2
    return 1
  }
}

# Every file with type, mode and owner, and accounts; without what changes in
# any run of any system.
list_files() {
  inside find / -xdev \( -path /proc -o -path /sys -o -path /dev -o -path /run \
    -o -path /tmp -o -path /packages -o -path /var/lib/dpkg \
    -o -path /var/cache -o -path /var/log -o -path /var/lib/systemd \
    -o -path /var/tmp \) -prune -o ! -name '*-' -printf '%y %m %u %g %p\n' |
    sort
  inside cat /etc/passwd /etc/group
}

# The head of the answer to a WebSocket handshake.
handshake() {
  inside bash -c 'exec 3<>/dev/tcp/127.0.0.1/7070 && printf "%s\r\n" \
    "GET /ws/ HTTP/1.1" "Host: localhost" "Upgrade: websocket" \
    "Connection: Upgrade" "Sec-WebSocket-Version: 13" \
    "Sec-WebSocket-Protocol: xmpp" \
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==" "" >&3 \
    && read -r -t 5 line <&3 && echo "${line%?}"'
}

claim_01_installs_where_no_systemd_runs_and_leaves_nothing() {
  list_files >"$work/before"
  dpkg_quietly -i /packages/first.deb || return
  inside causewayd --version | grep -q xerces || fail "no version" || return
  inside causewayd --check --config $config >/dev/null || return
  dpkg_quietly --purge causeway || return
  list_files >"$work/after"
  diff "$work/before" "$work/after" || fail "the purge left this behind"
}

claim_02_starts_with_its_installation() {
  boot || return
  list_files >"$work/before"
  dpkg_quietly -i /packages/first.deb || return
  is_active || fail "the service is $(property ActiveState)" || return
  same "$(inside systemctl is-enabled causeway)" enabled || return
  same "$(handshake)" "HTTP/1.1 101 Switching Protocols" || return
  property StatusText | grep -Eq 'listening on ws://|sessions' \
    || fail "status: $(property StatusText)" || return
  inside causewayctl status | grep -q 'node a, running'
}

claim_03_runs_as_a_user_of_its_own_in_a_sandbox() {
  same "$(inside stat -c '%U %G %a' /var/lib/causeway)" \
    'causeway causeway 750' || return
  same "$(inside stat -c '%U %G %a' /etc/causeway)" 'root causeway 750' \
    || return
  same "$(inside stat -c %U "/proc/$(property MainPID)")" causeway || return
  # As systemd measures it, from 0 (locked up) to 100.
  inside systemd-analyze security --no-pager --threshold=20 causeway \
    >"$work/security" || fail "$(tail -1 "$work/security")" || return
  echo "    $(tail -1 "$work/security" | grep -o 'Overall.*[0-9A-Z]')"
}

claim_04_logs_to_the_journal_with_fields() {
  within 10 inside journalctl -q --no-pager -o cat -u causeway \
    CAUSEWAY_EVENT=node_started -g 'node_started name=a' >/dev/null
}

claim_05_keeps_accounts_and_shows_them_to_root_alone() {
  inside sh -c 'echo secret | causewayctl account add romeo@localhost \
    --password-stdin' >/dev/null || return
  same "$(inside causewayctl account list)" romeo@localhost || return
  ! inside setpriv --reuid=nobody --regid=nogroup --clear-groups \
    causewayctl status >/dev/null 2>&1 || fail "nobody may ask"
}

levels_of_c2s() {
  inside causewayctl log level | sed -n 's/^c2s  *//p'
}

claim_06_reloads_in_place_or_refuses() {
  local before
  before=$(property MainPID)
  same "$(levels_of_c2s)" info || return
  inside sh -c "cp -p $config /root/kept && printf '%s\n' 'log:' \
    '  levels: {c2s: debug}' >>$config" || return
  inside systemctl reload causeway || return
  same "$(levels_of_c2s)" debug || return
  # A wrong one is refused, and changes nothing.
  inside sh -c "echo 'nodes: {}' >>$config" || return
  ! inside systemctl reload causeway 2>/dev/null \
    || fail "the reload succeeds" || return
  within 10 inside journalctl -q --no-pager -u causeway \
    -g 'causeway.yaml:[0-9]+:[0-9]+: nodes: unknown key' >/dev/null || return
  same "$(levels_of_c2s)" debug || return
  inside sh -c "cp -p /root/kept $config && rm /root/kept" || return
  inside systemctl reload causeway || return
  same "$(levels_of_c2s)" info || return
  is_active || return
  same "$(property MainPID)" "$before"
}

claim_07_is_started_anew_when_it_hangs() {
  inside mkdir -p /run/systemd/system/causeway.service.d || return
  inside sh -c 'printf "[Service]\nWatchdogSec=2s\n" \
    >/run/systemd/system/causeway.service.d/watchdog.conf' || return
  inside systemctl daemon-reload || return
  inside systemctl restart causeway || return
  local before
  before=$(property MainPID)
  # The signs of life keep it up longer than the watchdog waits.
  sleep 5
  same "$(property MainPID) $(property NRestarts)" "$before 0" || return
  inside sh -c "kill -STOP $before" || return
  within 20 eval '[[ $(property NRestarts) == 1 ]] && is_active' || return
  within 10 inside journalctl -q --no-pager -g 'Watchdog timeout' \
    -u causeway >/dev/null || return
  same "$(handshake)" "HTTP/1.1 101 Switching Protocols" || return
  inside rm -r /run/systemd/system/causeway.service.d || return
  inside systemctl daemon-reload && inside systemctl restart causeway
}

claim_08_stops_within_its_deadline_with_clients_that_hang() {
  # Each has a WebSocket, and answers nothing.
  inside bash -c 'for i in 1 2 3; do exec {fd}<>/dev/tcp/127.0.0.1/7070
    printf "%s\r\n" "GET /ws/ HTTP/1.1" "Host: localhost" \
      "Upgrade: websocket" "Connection: Upgrade" \
      "Sec-WebSocket-Version: 13" "Sec-WebSocket-Protocol: xmpp" \
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==" "" >&$fd
    done; exec sleep 600' &
  local clients=$! begin
  within 10 eval 'inside causewayctl --json status | grep -q "\"sessions\":3"' \
    || return
  begin=${EPOCHREALTIME/./}
  inside systemctl stop causeway || return
  echo "    stopped in $(((${EPOCHREALTIME/./} - begin) / 1000)) ms"
  kill "$clients"
  same "$(property Result) $(property ExecMainStatus)" 'success 0' || return
  # node.stopGrace is 5 s.
  (((${EPOCHREALTIME/./} - begin) < 8000000)) || fail "too late" || return
  [[ ! -e $root/run/causeway ]] || fail "/run/causeway is left" || return
  inside systemctl start causeway
}

claim_09_refuses_a_bad_configuration_and_is_not_tried_again() {
  inside sh -c "cp -p $config /root/kept && echo 'node: {}' >>$config" || return
  ! inside systemctl restart causeway 2>/dev/null \
    || fail "it starts" || return
  same "$(property ExecMainStatus)" 2 || return
  within 10 inside journalctl -q --no-pager -u causeway \
    -g "causeway.yaml:[0-9]+.*node" >/dev/null || return
  inside sh -c "mv /root/kept $config" || return
  inside systemctl restart causeway
}

claim_10_upgrades_and_takes_a_conffile_that_nobody_changed() {
  local before
  before=$(property MainPID)
  dpkg_quietly -i /packages/second.deb || return
  is_active || return
  [[ $(property MainPID) != "$before" ]] || fail "not restarted" || return
  inside grep -q 'of the second package' $config || fail "old conffile" || return
  same "$(inside causewayctl account list)" romeo@localhost
}

claim_11_upgrades_and_keeps_a_conffile_that_was_changed() {
  inside sh -c "echo '# of the operator' >>$config" || return
  inside chmod 0751 /etc/causeway || return
  # What dpkg does where nobody answers its question.
  dpkg_quietly --force-confdef --force-confold -i /packages/third.deb || return
  inside tail -1 $config | grep -qx '# of the operator' || return
  inside grep -q 'of the third package' $config.dpkg-dist || return
  same "$(inside stat -c '%a' /etc/causeway)" 751 || return
  is_active
}

claim_12_removal_keeps_configuration_and_accounts() {
  dpkg_quietly --remove causeway || return
  [[ ! -e $root/usr/sbin/causewayd ]] || return
  inside grep -qx '# of the operator' $config || return
  dpkg_quietly --force-confdef --force-confold -i /packages/third.deb || return
  is_active || return
  same "$(inside causewayctl account list)" romeo@localhost
}

claim_13_purge_leaves_nothing_behind() {
  dpkg_quietly --purge causeway || return
  list_files >"$work/after"
  diff "$work/before" "$work/after" || fail "the purge left this behind" \
    || return
  local left
  left=$(inside find / -xdev \( -path /proc -o -path /sys -o -path /packages \) \
    -prune -o -iname '*causeway*' -print)
  same "$left" ''
}
