#!/bin/sh
# `make dist`: the files of HEAD as build/agentmake-VERSION.tar.gz, the same bytes each time.
set -eu
cd "$(dirname "$0")/../.."
if ! git ls-files --error-unmatch src/package/dist.sh >/dev/null 2>&1; then
	echo "make dist: this is no git checkout, so there is no telling which files are the sources'" >&2
	exit 1
fi
git diff --quiet HEAD -- . || echo "make dist: what is not committed is left out:" \
	"$(git diff --name-only HEAD -- . | wc -l | tr -d ' ') files" >&2
name=agentmake-$VERSION
mkdir -p build
git -c tar.umask=0022 archive --format=tar --prefix="$name/" HEAD >"build/$name.tar"
gzip -9n <"build/$name.tar" >"build/$name.tar.gz.new"
rm "build/$name.tar"
mv "build/$name.tar.gz.new" "build/$name.tar.gz"
echo "build/$name.tar.gz"
