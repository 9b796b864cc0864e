#!/bin/sh
# Each header compiles alone and has a guard that is named for it; each .c includes its own header
# first, or one of its layer that does. None is longer than 100 lines: one that wants to be holds two
# things.
#
# usage: SRC=CHECKOUT headers.sh        (CC: the compiler)
cd "${SRC:-.}" || exit 2
LC_ALL=C export LC_ALL

flags="-std=c11 -D_GNU_SOURCE -Isrc $(pkg-config --cflags libgit2 libuv libpcre2-8 jansson 2>/dev/null)"
found=$(
	# shellcheck disable=SC2086
	${CC:-cc} -fsyntax-only -w $flags -x c src/*/*.h 2>&1 | awk '
		/ error: / {
			place = $1
			sub(/(:[0-9]+)?:$/, "", place) # the column
			sub(/^.* error: /, "")
			print place ": the header does not compile alone: " $0 "; include what it needs"
		}'
	awk '
	BEGIN { longest = 100 }
	function complain(file, line, what) {
		print file ":" line ": " what
	}
	function finish() {
		if (size > longest)
			complain(file, size, "the header is longer than " longest " lines; split it by what it is about")
		if (guard == "")
			return
		if (!guarded)
			complain(file, 1, "no include guard; begin with #ifndef " guard " and #define " guard)
		else if (last != "#endif")
			complain(file, lines, "the include guard does not end with the file; put #endif last")
	}
	FNR == 1 {
		finish()
		file = FILENAME
		guard = file
		sub(/^src\//, "", guard)
		gsub(/[^A-Za-z0-9]/, "_", guard)
		guard = toupper(guard)
		guarded = seen = 0
	}
	{ size = FNR }
	NF {
		last = $0
		lines = FNR
	}
	/^#/ && ++seen == 1 {
		if ($1 == "#ifndef" && $2 == guard)
			guarded = 1
		else if ($1 == "#ifndef") {
			complain(file, FNR, "the include guard is " $2 "; name it " guard)
			guard = ""
		}
	}
	/^#/ && seen == 2 && guarded && ($1 != "#define" || $2 != guard) {
		complain(file, FNR, "no #define " guard " behind its #ifndef; write it there")
		guard = ""
	}
	END { finish() }' src/*/*.h
	for c in src/*/*.c; do
		own=${c%.c}.h
		[ -e "$own" ] || continue
		awk -v own="${own#src/}" -v layer="$(basename "$(dirname "$c")")" '
		/^[ \t]*#[ \t]*include/ {
			if (index($0, "\"" own "\"") == 0 && index($0, "\"" layer "/") == 0)
				print FILENAME ":" FNR ": the first include is not \"" own "\"; put it first"
			seen = 1
			exit
		}
		END {
			if (!seen)
				print FILENAME ":1: \"" own "\" is not included; put it first"
		}' "$c"
	done
)
[ -z "$found" ] || { printf '%s\n' "$found"; exit 1; }
