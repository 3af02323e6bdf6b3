#!/bin/sh
# Prints a table of how fast kops-stack renders and plans, beside helm and kustomize.
# Helm and kubectl come from tools/oracles.sh; without them the table says so.
set -eu
cd "$(dirname "$0")/.."
exec cargo bench --quiet --bench speed
