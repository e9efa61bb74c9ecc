#!/bin/sh
# Streams a million generated events through `rulebook run` and tells the peak of its memory.
# usage: scripts/bench-memory.sh [events] [people]
set -eu
cd "$(dirname "$0")/.."
events=${1:-1000000}
people=${2:-1000}
cargo build --release --bin rulebook --example generate_year
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
target/release/examples/generate_year --people "$people" --events "$events" --out "$folder/events.jsonl"
echo "events: $(wc -l <"$folder/events.jsonl"), bytes: $(wc -c <"$folder/events.jsonl")"
began=$(date +%s)
target/release/rulebook run policies/sales-service "$folder/events.jsonl" >"$folder/summary" &
run=$!
peak=0
# VmHWM is the high-water mark that the kernel keeps; the last reading before the end is the peak.
while [ -r "/proc/$run/status" ]; do
    seen=$(awk '/^VmHWM:/ {print $2}' "/proc/$run/status" 2>/dev/null || true)
    [ -n "$seen" ] && peak=$seen
    sleep 0.2
done
wait "$run"
echo "seconds: $(($(date +%s) - began)), peak memory: $peak kB"
head -40 "$folder/summary"
