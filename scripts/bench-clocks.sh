#!/bin/sh
# A million live clocks, and in SQLite a tenth of them: started, kept in order, run out. The same seed every time, no network.
# usage: scripts/bench-clocks.sh [clocks]
set -eu
cd "$(dirname "$0")/.."
count=${1:-1000000}
bench() { cargo bench --quiet --bench clocks -- "$@"; }
for due in none same spread; do bench memory "$due" "$count"; done
for part in engine index; do bench "$part" same "$count"; done
for due in none same spread; do bench sqlite "$due" "$((count / 10))"; done
