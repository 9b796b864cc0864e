#!/bin/sh
# `make demo`: installs what is missing, builds, and runs the main job on a clone of this repository.
set -e
top=$(cd "$(dirname "$0")/.." && pwd)
cd "$top"

need= libs=
have() { command -v "$1" >/dev/null 2>&1; }
lib() { case $(PKG_CONFIG=pkg-config sh src/package/libs.sh "$1" 2>/dev/null) in *-l*) ;; *) libs="$libs $1"; false ;; esac; }
have cc || need="$need build-essential"
have git || need="$need git"
lib libgit2 || need="$need libgit2-dev"
lib libuv || need="$need libuv1-dev"
lib libpcre2-8 || need="$need libpcre2-dev"
lib jansson || need="$need libjansson-dev"
lib check || need="$need check"
if [ -n "$need" ]; then
	if ! have apt-get; then
		sh tests/lint/missing.sh $libs
		echo "make demo: install that first; it installs by apt-get alone" >&2
		exit 1
	fi
	sudo=
	[ "$(id -u)" = 0 ] || sudo=sudo
	echo "==> installing:$need"
	$sudo apt-get update -qq
	# shellcheck disable=SC2086
	DEBIAN_FRONTEND=noninteractive $sudo apt-get install -y -qq $need >/dev/null
fi

echo "==> building"
make -s

work=$(mktemp -d "${TMPDIR:-/tmp}/agentmake-demo.XXXXXX")
trap 'rm -rf "$work"' EXIT
echo "==> a clone of this repository, with examples/layers.agentfile"
if ! git clone -q "$top" "$work/agentmake" 2>/dev/null; then
	mkdir "$work/agentmake" # not a git checkout: its files will do
	tar -cf - --exclude=./build . | tar -xf - -C "$work/agentmake"
	git -C "$work/agentmake" init -q -b main
fi
cd "$work/agentmake"
git config user.name "agentmake demo"
git config user.email demo@example.com
[ "$(git symbolic-ref --short -q HEAD)" ] || git switch -q -c demo
cp "$top/examples/layers.agentfile" Agentfile
git add -A
git commit -q -m "the tasks of the demo"

echo "==> agentmake --dry-run"
"$top/agentmake" --dry-run
echo "==> agentmake -j4"
"$top/agentmake" -j4 -y
echo "==> agentmake, again"
"$top/agentmake" -y
echo "==> agentmake --land"
"$top/agentmake" --land
echo "==> what was merged"
git log --graph --format='%h %s' -n 30
