#!/usr/bin/env bash
# Has numpy, pandas, python-dateutil and zoneinfo answer random questions about calendars, for `cargo test` to compare with.
# Needs python3 with venv and pip; everything is kept inside target/differential.
set -euo pipefail
cd "$(dirname "$0")/.."

seed=${1:-20261127}
count=${2:-8000}
home=target/differential
mkdir -p "$home"
if [ ! -x "$home/venv/bin/python" ]; then
  python3 -m venv "$home/venv"
fi
"$home/venv/bin/pip" install --quiet --disable-pip-version-check --requirement tests/differential/requirements.txt
"$home/venv/bin/python" tests/differential/vectors.py "$seed" "$count" > "$home/vectors.jsonl.part"
mv "$home/vectors.jsonl.part" "$home/vectors.jsonl"
echo "$(wc -l < "$home/vectors.jsonl") lines in $home/vectors.jsonl (seed $seed)"
