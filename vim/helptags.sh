#!/bin/sh
# Writes the tags of the help files in a folder, as `:helptags` does, also where there is no Vim: other packages may
# have theirs in the same one. Where there are none, there is no file.
#
# usage: helptags.sh FOLDER
[ -d "$1" ] && cd "$1" || exit 0
rm -f tags
set -- *.txt
[ -e "$1" ] || exit 0
awk '{
	while (match($0, /\*[^*| \t]+\*([ \t]|$)/)) {
		tag = substr($0, RSTART + 1, RLENGTH - 2)
		sub(/\*.*/, "", tag)
		before = RSTART > 1 ? substr($0, RSTART - 1, 1) : " "
		$0 = substr($0, RSTART + RLENGTH - 1)
		if (before ~ /[ \t]/) {
			shown = tag
			gsub(/[\\\/]/, "\\\\&", shown)
			print tag "\t" FILENAME "\t/*" shown "*"
		}
	}
}' "$@" | LC_ALL=C sort >tags
