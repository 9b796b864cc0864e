#!/bin/sh
# Says how to compile and link with libraries, in one line for make: words with `-`, and the names of those that
# are missing. pkg-config is asked; where there is none (or PKG_CONFIG is empty), the compiler tries.
#
# usage: CC=cc PKG_CONFIG=pkg-config libs.sh [--static] LIBRARY…     names as pkg-config has them: libgit2 …
#
# --static: for a program that needs no library when it runs. Archives seldom say themselves what else they
# need, so it is found out by trying; where that comes to nothing, `archives` is missing.
CC=${CC:-cc}
static= missing=
[ "$1" = --static ] && { static=1; shift; }

# the header of a library and its words for the linker, the most that it may need first
header() {
	case $1 in
	libgit2) echo git2.h ;;
	libuv) echo uv.h ;;
	libpcre2-8) echo pcre2.h ;;
	*) echo "$1.h" ;;
	esac
}
words() {
	case $1 in
	check) echo '-lcheck -lsubunit -lrt -lm -lpthread' ;;
	*) echo "-l${1#lib}" ;;
	esac
}

# links FUNCTIONS WORD…: whether the compiler makes a program with them; what it says is in $said
links() {
	source=$1
	shift
	said=$(printf '%b' "$source" | $CC -DPCRE2_CODE_UNIT_WIDTH=8 -x c - -x none $cflags -o /dev/null "$@" 2>&1)
}

cflags= libs=
if [ -n "${PKG_CONFIG:-}" ] && command -v "${PKG_CONFIG%% *}" >/dev/null; then
	if ! $PKG_CONFIG --exists "$@"; then
		for l; do $PKG_CONFIG --exists "$l" || missing="$missing $l"; done
		echo "$missing"
		exit
	fi
	cflags=$($PKG_CONFIG --cflags "$@")
	libs=$($PKG_CONFIG ${static:+--static} --libs "$@")
else
	for l; do
		if links "#include <$(header "$l")>\nint main(void) { return 0; }" $(words "$l"); then
			libs="$libs $(words "$l")"
		elif [ "$l" = check ] && links '#include <check.h>\nint main(void) { return 0; }' -lcheck -lm -lpthread; then
			libs="$libs -lcheck -lm -lpthread"
		else
			missing="$missing $l"
		fi
	done
	[ -z "$missing" ] || { echo "$missing"; exit; }
fi
[ -n "$static" ] || { echo "$cflags" "$libs"; exit; }

# ---- everything into the program ----

# something of each library, so that all of it is needed that ours will need
program='#include <git2.h>\n#include <jansson.h>\n#include <pcre2.h>\n#include <uv.h>\n
int main(void) { return git_libgit2_init() + !json_null() + !pcre2_config_8(0, 0) + !uv_default_loop(); }'

# tries WORD…: links all of it, and keeps the words where that works
tries() {
	links "$program" -static "$@" || return 1
	echo "$cflags" -static "$@"
	exit
}
# Debian calls it libuv_a.a
uv=$(echo "$libs" | sed 's/-luv\( \|$\)/-luv_a\1/')
# what libgit2 may have been built with; those that are here
network=$(for n in mbedtls mbedx509 mbedcrypto http_parser llhttp ssh2 ssl crypto pcre z; do
	case $($CC -print-file-name="lib$n.a") in */*) echo "-l$n" ;; esac
done)
for words in "$libs" "$uv"; do
	tries $words -lm -lpthread -ldl -lrt
	tries $words $network -lm -lpthread -ldl -lrt
	# Kerberos, for which Debian has no archives: only libgit2 would ask it, and only to log in to a server by HTTP.
	# agentmake opens no connection by libgit2 (git fetches and pushes): whoever came there would end.
	kerberos=$(echo "$said" | sed -n "s/.*undefined reference to [\`']\(\(gss\|GSS\)_[A-Za-z0-9_]*\)'.*/-Wl,--defsym=\1=abort/p" | sort -u)
	[ -n "$kerberos" ] && tries $words $network $kerberos -lm -lpthread -ldl -lrt
done
echo "$said" | sed -n 's/.*\(cannot find -l[^:]*\|undefined reference to .*\)/libs.sh: \1/p' | sort -u | head -n 8 >&2
echo archives
