#!/usr/bin/env bash
# Finds the Chromium that the tests and the examples drive, and prints its path as the last line. Where there is none,
# and Debian's package manager can be used without asking anybody, it is installed.
# With --headless-shell the same for Debian's chromium-headless-shell, which only `npm run bench` looks for.
set -euo pipefail

wanted=chromium
if [ "${1:-}" = --headless-shell ]; then wanted=chromium-headless-shell; fi

find_browser() {
  if [ "$wanted" = chromium-headless-shell ]; then
    command -v "$wanted"
    return
  fi
  if [ -n "${CHROME_PATH:-}" ]; then
    if [ -x "$CHROME_PATH" ]; then
      echo "$CHROME_PATH"
      return
    fi
    echo "CHROME_PATH is $CHROME_PATH, and that is no program." >&2
  fi
  local name app
  for name in chromium chromium-browser google-chrome-stable google-chrome microsoft-edge-stable; do
    if command -v "$name"; then return; fi
  done
  for app in "Google Chrome.app/Contents/MacOS/Google Chrome" "Chromium.app/Contents/MacOS/Chromium"; do
    if [ -x "/Applications/$app" ]; then
      echo "/Applications/$app"
      return
    fi
  done
  return 1
}

if find_browser; then exit 0; fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then as_root=(sudo --non-interactive); fi

if command -v apt-get >/dev/null && { [ "$(id -u)" -eq 0 ] || sudo --non-interactive true 2>/dev/null; }; then
  echo "No $wanted found: installing Debian's." >&2
  {
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$wanted" ||
      { [ "$wanted" = chromium ] &&
        "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium-browser; }
  } >&2
  hash -r
  if find_browser; then exit 0; fi
fi

if [ "$wanted" = chromium-headless-shell ]; then
  echo "No chromium-headless-shell was found, and it could not be installed from here: it is a package of Debian's." >&2
  exit 1
fi

cat >&2 <<'MISSING'
No Chromium or Chrome was found, and it could not be installed from here. Install one, then run this again:
  Debian, Ubuntu   sudo apt-get install chromium
  Fedora           sudo dnf install chromium
  Alpine           sudo apk add chromium
  macOS, Windows   Google Chrome
or set CHROME_PATH to the program of the one you have.
MISSING
exit 1
