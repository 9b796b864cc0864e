#!/bin/sh
# Runs fuzz targets, JOBS at a time: on their seeds, then for TIME seconds each. What new inputs are worth
# keeping stays in BUILD/corpus/TARGET for the next time, what does harm in BUILD/found/TARGET-*.
#
# usage: BUILD=FOLDER TIME=SECONDS JOBS=N sh run.sh TARGET…, in the checkout
set -u
: "${BUILD:?is where the targets were built}" "${TIME:=60}" "${JOBS:=1}"
export ASAN_OPTIONS="detect_leaks=1:handle_abort=1:quarantine_size_mb=8:${ASAN_OPTIONS:-}"
export UBSAN_OPTIONS="print_stacktrace=1:${UBSAN_OPTIONS:-}" LC_ALL=C.UTF-8
status=0

# the words of the language, for inputs that get further
sed -n -e 's/^\tK(KW_[A-Z_]*, *\("[^"]*"\),.*/\1/p' -e 's/^\tL("\([^"]*\)",.*/"{{\1}}"/p' \
	src/lang/keyword_list.h src/lang/late.h >"$BUILD/agentfile.dict" || exit 1

mkdir -p "$BUILD/found" || exit 1

# one TARGET
fuzz() {
	target=$1 dict='' longest=4096
	seeds=tests/fuzz/seeds/$target
	case $target in
	agentfile | format)
		seeds=$BUILD/seeds/$target dict=-dict=$BUILD/agentfile.dict longest=65536
		rm -rf "$seeds" && mkdir -p "$seeds" &&
			cp tests/corpus/*.agentfile tests/fuzz/seeds/"$target"/* "$seeds" || return 1
		;;
	esac
	mkdir -p "$BUILD/corpus/$target" || return 1
	# seconds and megabytes with sanitizers, which take several times as much
	"$BUILD/fuzz/$target" -max_total_time="$TIME" -max_len="$longest" -timeout=5 -rss_limit_mb=1024 \
		-report_slow_units=3 -print_final_stats=1 -artifact_prefix="$BUILD/found/$target-" ${dict:+"$dict"} \
		"$BUILD/corpus/$target" "$seeds" >"$BUILD/$target.log" 2>&1 && {
		runs=$(grep -a -o -E 'number_of_executed_units: +[0-9]+|^[0-9]+ rounds' "$BUILD/$target.log" | grep -o '[0-9]*')
		if [ "${runs:-0}" = 0 ]; then
			echo "fuzz $target: $BUILD/$target.log does not say that anything was tried" >&2
			return 1
		fi
		echo "fuzz $target: $runs inputs, nothing found"
		return
	}
	{
		echo "fuzz $target: found something; see $BUILD/$target.log:"
		grep -a -e '^tests/fuzz/' -e '^src/' -e ' in .* src/' -e 'ERROR: ' -e 'Test unit written' -e DONE "$BUILD/$target.log" |
			head -n 20
	} >&2
	return 1
}

# JOBS at a time: the first is over before the next but JOBS begins
pids=''
for target; do
	# shellcheck disable=SC2086
	set -- $pids
	if [ $# -ge "$JOBS" ]; then
		wait "$1" || status=1
		shift
		pids=$*
	fi
	fuzz "$target" &
	pids="$pids $!"
done
for pid in $pids; do
	wait "$pid" || status=1
done
exit $status
