#!/bin/sh
# Writes anew what is committed and made of the catalogue: goldens of the modules' cases, the manifests
# of environments/, and the locks and manifests of examples/. Look at the difference before you commit it.
#
# It does not touch tests/frozen/digests.txt: what a published release renders does not change.
set -eu

cd "$(dirname "$0")/.."
cargo build --quiet
kops_stack=${CARGO_TARGET_DIR:-$PWD/target}/debug/kops-stack
"$kops_stack" test module --update
"$kops_stack" -C examples/custom-module test module --update
"$kops_stack" render
for example in examples/*/; do
    "$kops_stack" -C "$example" lock
    "$kops_stack" -C "$example" render
done
git status --short -- modules environments examples
