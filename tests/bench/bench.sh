#!/bin/sh
# `make bench`: agentmake beside ninja, make and git on the same work, in the same run. What counts
# are the ratios; the times are this machine's. Nothing is asserted.
#
# Environment: AGENTMAKE; BENCH_TASKS="1000 10000 100000"; BENCH_ROUNDS=5
set -e
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/agentmake-bench.XXXXXX")
trap 'rm -rf "$work"' EXIT
export HOME="$work" GIT_CONFIG_NOSYSTEM=1
unset MAKEFLAGS MAKELEVEL
git config --global user.name Bench
git config --global user.email bench@example.com
git config --global init.defaultBranch main
exec python3 "$here/bench.py" "$here" "$work"
