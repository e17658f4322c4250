#!/bin/sh
# Removes what a system writes about itself, and says what it removed. usage: remove_remains.sh [--look]
set -eu
look=${1:-}
{
  find /etc/ssh -name 'ssh_host_*' -type f
  [ -e /etc/machine-id ] && [ ! -s /etc/machine-id ] || echo /etc/machine-id
  find /var/lib/dbus/machine-id -type f 2>/dev/null || true
  find /var/log /var/cache/apt /var/lib/apt/lists /var/lib/systemd /var/lib/guyub /var/lib/chrony /var/backups \
    /var/cache/ldconfig /root /var/tmp -xdev -type f 2>/dev/null |
    grep -v -e '^/root/\.bashrc$' -e '^/root/\.profile$' || true
} | while read -r path; do
  echo "$path"
  if [ "$look" = --look ]; then
    continue
  elif [ "$path" = /etc/machine-id ]; then
    : >"$path" # empty, not absent: systemd takes the identity from the kernel's command line
  else
    rm -rf -- "$path"
  fi
done
