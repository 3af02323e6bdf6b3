#!/bin/sh
# Builds the program with the files of others that modules list, and tries it where there is nothing else.
#
#   tools/release.sh [--from MIRROR-OR-FOLDER] [--profile PROFILE]
#
# What it fetched stays in vendor/, which git ignores: later builds carry it too, until it is removed.
set -eu

cd "$(dirname "$0")/.."
from=
profile=release
while [ $# -gt 1 ]; do
    case $1 in
    --from) from=$2 ;;
    --profile) profile=$2 ;;
    *) break ;;
    esac
    shift 2
done
[ $# -eq 0 ] || { echo 'release: usage: tools/release.sh [--from MIRROR-OR-FOLDER] [--profile PROFILE]' >&2; exit 64; }
case $profile in dev) folder=debug ;; *) folder=$profile ;; esac
kops_stack=${CARGO_TARGET_DIR:-$PWD/target}/$folder/kops-stack

cargo build --quiet --locked --profile "$profile"
# This repository's own modules are locked by git: the lock that `vendor` writes is for users' repositories.
locked=$(mktemp -d)
trap 'rm -rf "$locked"' EXIT
[ ! -e kops-stack.lock ] || cp kops-stack.lock "$locked/"
"$kops_stack" vendor --catalogue ${from:+--from "$from"}
rm kops-stack.lock
[ ! -e "$locked/kops-stack.lock" ] || cp "$locked/kops-stack.lock" .
cargo build --quiet --locked --profile "$profile"

"$kops_stack" --version
"$kops_stack" --version | grep -q '^with all ' || { echo 'release: the program does not carry all files' >&2; exit 1; }

# A mirror that does not exist: whatever is not in the program fails.
trial=$locked/trial
mkdir "$trial"
"$kops_stack" -C "$trial" init
"$kops_stack" -C "$trial" new environment trial
file=$trial/environments/trial/environment.yaml
sed 's/^crds: stand-in$/crds: vendored/' "$file" >"$file.new"
mv "$file.new" "$file"
offline='env HTTPS_PROXY=http://127.0.0.1:9 https_proxy=http://127.0.0.1:9'
$offline "$kops_stack" -C "$trial" vendor
$offline "$kops_stack" -C "$trial" render
$offline "$kops_stack" -C "$trial" check
echo "release: $kops_stack"
