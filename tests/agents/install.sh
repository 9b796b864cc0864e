#!/bin/sh
# Installs the agent programs that `make check-agents` runs, in the versions that package.json pins.
#
# usage: install.sh FOLDER
#
# They are in FOLDER/node_modules/.bin afterwards. Where these very versions are there already, nothing
# is done. Needs the npm registry (or npm's cache); nothing outside FOLDER and npm's cache is written.
set -u

say() { printf 'install.sh: %s\n' "$*"; }
die() { printf 'install.sh: %s\n' "$*" >&2; exit 1; }

[ $# = 1 ] || { echo "usage: install.sh FOLDER" >&2; exit 64; }
here=$(cd "$(dirname "$0")" && pwd) || exit 1
folder=$1

for p in node npm; do
	command -v $p >/dev/null 2>&1 \
		|| die "$p is not installed; on Debian: apt-get install nodejs npm"
done
major=$(node -p 'process.versions.node.split(".")[0]') || die "node does not run"
[ "$major" -ge 18 ] || die "node $(node --version) is too old: 18 or later is needed"

# What is pinned is what is there: each program of package.json is in FOLDER in that version, and runs.
there() {
	cmp -s "$here/package.json" "$folder/package.json" || return 1
	node - "$folder" <<-'END' || return 1
		const fs = require("fs"), folder = process.argv[2];
		const want = JSON.parse(fs.readFileSync(folder + "/package.json")).dependencies;
		for (const [name, version] of Object.entries(want)) {
			const p = folder + "/node_modules/" + name + "/package.json";
			if (!fs.existsSync(p) || JSON.parse(fs.readFileSync(p)).version !== version) process.exit(1);
		}
	END
	[ -x "$folder/node_modules/.bin/codex" ] && [ -x "$folder/node_modules/.bin/opencode" ]
}

if there; then
	say "already in $folder"
	exit 0
fi
mkdir -p "$folder" || exit 1
folder=$(cd "$folder" && pwd) || exit 1
cp "$here/package.json" "$folder/package.json" || exit 1
say "installing from npm into $folder:" \
	"$(node -p 'Object.entries(require(process.argv[1]).dependencies).map(e => e.join(" ")).join(", ")' "$folder/package.json")"
begin=$(date +%s)
# opencode runs once as it is installed, and makes its folders
XDG_CONFIG_HOME="$folder/xdg" XDG_CACHE_HOME="$folder/xdg" XDG_DATA_HOME="$folder/xdg" XDG_STATE_HOME="$folder/xdg" \
	npm install --fetch-retries=2 --fetch-retry-mintimeout=2000 --fetch-retry-maxtimeout=8000 --no-audit --no-fund --no-save --loglevel=error --prefix "$folder" \
	|| die "npm install failed; is the npm registry reachable? ($(npm config get registry))"
rm -rf "$folder/xdg"
there || die "npm installed something else than package.json asks for"
say "installed in $(($(date +%s) - begin)) s:" \
	"$(du -sh "$folder/node_modules" | cut -f1)"
