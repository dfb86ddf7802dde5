#!/usr/bin/env bash
# needs.sh WHAT...   WHAT: python, venv, node, browser, nchan
#
# The law: says nothing when everything is there. What is missing is installed if that is allowed (root, and apt-get
# is there); otherwise it is named in one line, with what to type, and the exit code is 1.
set -euo pipefail

python=${PYTHON:-python3}

missing() {
  printf 'Missing: %s\n' "$1" >&2
  exit 1
}

# apt WHY PACKAGE...
apt() {
  local why=$1
  shift
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    missing "$why. On Debian or Ubuntu: sudo apt-get install $*"
  fi
  printf 'Installing %s\n' "$*" >&2
  export DEBIAN_FRONTEND=noninteractive
  local log
  log=$(mktemp)
  # an old package list names files that are gone by now: fetch a new one, then try once more
  if ! apt-get install -y --no-install-recommends "$@" >"$log" 2>&1 </dev/null &&
    ! { apt-get update && apt-get install -y --no-install-recommends "$@"; } >"$log" 2>&1 </dev/null; then
    tail -n 5 "$log" >&2
    rm -f "$log"
    missing "$why. apt-get install $* failed, see above"
  fi
  rm -f "$log"
}

need_python() {
  command -v "$python" >/dev/null ||
    missing "Python 3.11 or newer ($python is not there). Install it, or name one: make PYTHON=python3.12"
  "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' ||
    missing "Python 3.11 or newer ($python is $("$python" -V 2>&1)). Install one, or name it: make PYTHON=python3.12"
}

need_venv() {
  "$python" -c 'import ensurepip, venv' 2>/dev/null || apt "Python's venv module" "$(basename "$python")-venv"
}

need_node() {
  command -v node >/dev/null && command -v npm >/dev/null ||
    missing "Node.js 20 or newer (node and npm). Get it from https://nodejs.org or your system's packages"
  node -e 'process.exit(parseInt(process.versions.node, 10) < 20 ? 1 : 0)' ||
    missing "Node.js 20 or newer (node is $(node --version)). Get it from https://nodejs.org or your system's packages"
}

find_browser() {
  [ -n "${CHROMIUM:-}" ] && command -v "$CHROMIUM" && return
  command -v chromium || command -v chromium-browser || command -v google-chrome
}

need_browser() {
  find_browser >/dev/null ||
    apt "Chromium, for the browser tests (or set CHROMIUM to its path)" chromium fonts-liberation
}

find_nchan() {
  PATH="$PATH:/usr/sbin:/usr/local/sbin" command -v nginx >/dev/null || return 1
  local folder
  for folder in /usr/lib/nginx/modules /usr/lib64/nginx/modules /usr/local/lib/nginx/modules; do
    [ -e "$folder/ngx_nchan_module.so" ] && return
  done
  return 1
}

need_nchan() {
  find_nchan || apt "nginx with the nchan module, a server nobody here wrote" nginx-light libnginx-mod-nchan
}

for what in "$@"; do
  case $what in
    python | venv | node | browser | nchan) "need_$what" ;;
    *) missing "a meaning for '$what': needs.sh knows python, venv, node, browser, nchan" ;;
  esac
done
