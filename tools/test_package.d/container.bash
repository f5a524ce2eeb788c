# The container of tools/test_package: a root folder, systemd as its first
# process, and a network of its own that has loopback alone.

# Runs a command in the container; while it is not booted, by chroot.
inside() {
  if [[ -n ${init:-} ]]; then
    nsenter -t "$init" -a env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin \
      LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"
  else
    chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin \
      LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"
  fi
}

# With the network of this machine: what the package needs, and nothing of it.
install_dependencies() {
  local needs
  needs=$(dpkg-deb -f "$1" Depends)
  echo "installing what the package needs"
  cp /etc/resolv.conf "$root/etc/resolv.conf" 2>/dev/null || true
  printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
  chmod +x "$root/usr/sbin/policy-rc.d"
  { inside apt-get -q update \
    && inside apt-get -q -y --no-install-recommends satisfy "$needs"; } \
    >"$work/apt.log" 2>&1 || { tail "$work/apt.log" >&2; exit 1; }
  rm "$root/usr/sbin/policy-rc.d"
}

boot() {
  systemd-nspawn --quiet --directory="$root" --machine=causeway-test \
    --register=no --keep-unit --private-network --boot --console=read-only \
    </dev/null >"$work/console.log" 2>&1 &
  nspawn=$!
  local i
  for ((i = 0; i < 300; ++i)); do
    init=$(cat "/proc/$nspawn/task/$nspawn/children" 2>/dev/null) || true
    init=${init%% *}
    if [[ -n $init ]] \
      && inside systemctl is-system-running --wait >/dev/null 2>&1; then
      return 0
    fi
    kill -0 "$nspawn" 2>/dev/null || break
    sleep 0.2
  done
  echo "the container does not boot:" >&2
  tail "$work/console.log" >&2
  return 1
}

power_off() {
  [[ -n ${nspawn:-} ]] || return 0
  inside systemctl --no-block poweroff 2>/dev/null || true
  local i
  for ((i = 0; i < 150; ++i)); do
    kill -0 "$nspawn" 2>/dev/null || break
    sleep 0.2
  done
  kill -KILL "$nspawn" 2>/dev/null || true
  wait "$nspawn" 2>/dev/null || true
  nspawn= init=
}

show_journal() {
  echo "the journal of the service:" >&2
  journalctl --directory="$root/var/log/journal" --no-pager -u causeway \
    2>/dev/null | tail -40 >&2 || true
}

# Makes a package of the next version whose conffile has one line more.
repack() {
  local from=$1 to=$2 line=$3 folder version
  folder=$(mktemp -d "$work/repack.XXXXXX")
  dpkg-deb -R "$from" "$folder"
  version=$(dpkg-deb -f "$from" Version)
  sed -i "s/^Version: .*/Version: $version+1/" "$folder/DEBIAN/control"
  echo "$line" >>"$folder/etc/causeway/causeway.yaml"
  (cd "$folder" && find . -type f ! -path './DEBIAN/*' -printf '%P\0' \
    | sort -z | xargs -0 md5sum >DEBIAN/md5sums)
  dpkg-deb --root-owner-group -b "$folder" "$to" >/dev/null
  rm -rf "$folder"
}

# Waits up to $1 seconds until the rest, a command, succeeds.
within() {
  local limit=$((SECONDS + $1))
  shift
  until "$@"; do
    if ((SECONDS >= limit)); then
      echo "in vain for so long: $*" >&2
      return 1
    fi
    sleep 0.2
  done
}
