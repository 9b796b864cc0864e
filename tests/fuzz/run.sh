#!/bin/sh
# Runs fuzz targets, one after the other: on their seeds, then for TIME seconds each. What new inputs are worth
# keeping stays in BUILD/corpus/TARGET for the next time, what does harm in BUILD/found/TARGET-*.
#
# usage: BUILD=FOLDER TIME=SECONDS sh run.sh TARGET…, in the checkout
set -u
: "${BUILD:?is where the targets were built}" "${TIME:=60}"
export ASAN_OPTIONS="detect_leaks=1:handle_abort=1:quarantine_size_mb=8:${ASAN_OPTIONS:-}"
export UBSAN_OPTIONS="print_stacktrace=1:${UBSAN_OPTIONS:-}" LC_ALL=C.UTF-8
status=0

# the words of the language, for inputs that get further
sed -n -e 's/^\tK(KW_[A-Z_]*, *\("[^"]*"\),.*/\1/p' -e 's/^\tL("\([^"]*\)",.*/"{{\1}}"/p' \
	src/lang/keyword_list.h src/lang/late.h >"$BUILD/agentfile.dict" || exit 1

mkdir -p "$BUILD/found" || exit 1
for target; do
	dict='' longest=4096
	seeds=tests/fuzz/seeds/$target
	case $target in
	agentfile)
		seeds=$BUILD/seeds/agentfile dict=-dict=$BUILD/agentfile.dict longest=65536
		rm -rf "$seeds" && mkdir -p "$seeds" && cp tests/corpus/*.agentfile tests/fuzz/seeds/agentfile/* "$seeds" || exit 1
		;;
	esac
	mkdir -p "$BUILD/corpus/$target" || exit 1
	echo "fuzz $target"
	# seconds and megabytes with sanitizers, which take several times as much
	"$BUILD/fuzz/$target" -max_total_time="$TIME" -max_len="$longest" -timeout=5 -rss_limit_mb=1024 \
		-report_slow_units=3 -print_final_stats=1 -artifact_prefix="$BUILD/found/$target-" ${dict:+"$dict"} \
		"$BUILD/corpus/$target" "$seeds" >"$BUILD/$target.log" 2>&1 || {
		status=1
		echo "fuzz $target: found something; see $BUILD/$target.log:"
		grep -a -e '^tests/fuzz/' -e '^src/' -e ' in .* src/' -e 'ERROR: ' -e 'Test unit written' -e DONE "$BUILD/$target.log" |
			head -n 20
	}
done
exit $status
