#!/bin/sh
# A file in src/LAYER includes only from its own layer or from those above it in the list of
# src/README.md, and libraries only where they belong.
#
# usage: SRC=CHECKOUT layers.sh
cd "${SRC:-.}" || exit 2
LC_ALL=C export LC_ALL

found=$(awk '
# the list: "layer/  what it is  …  (… the only user of libname …)"
FILENAME == "src/README.md" {
	if (match($0, /^[a-z0-9]+\/ /)) {
		layer = substr($0, 1, RLENGTH - 2)
		rank[layer] = ++layers
		if (match($0, /only user of lib[a-z0-9]+/))
			users[substr($0, RSTART + 13, RLENGTH - 13)] = layer
	}
	next
}
FNR == 1 {
	split(FILENAME, part, "/")
	mine = part[2]
	if (!(mine in rank) && !(mine in said)) {
		said[mine] = 1
		print FILENAME ":1: the layer " mine "/ is not in the list of src/README.md; add it"
	}
}
/^[ \t]*#[ \t]*include[ \t]*"/ {
	split($0, part, "\"")
	split(part[2], step, "/")
	if (step[1] == part[2])
		complain("\"" part[2] "\" names no layer; write \"" mine "/" part[2] "\"")
	else if (!(step[1] in rank))
		complain("\"" part[2] "\" is of no layer that src/README.md lists")
	else if (mine in rank && rank[step[1]] > rank[mine])
		complain("\"" part[2] "\" is of a layer below " mine "/ (src/README.md); move what needs it there")
}
/^[ \t]*#[ \t]*include[ \t]*</ {
	header = $0
	sub(/^[^<]*</, "", header)
	sub(/>.*$/, "", header)
	library = header
	sub(/[.\/].*$/, "", library)
	# where README names the only user, it decides; of the others it says nothing
	if (library == "git2")
		only = " " users["libgit2"] " "
	else if (library == "uv")
		only = " " users["libuv"] " "
	else if (library == "pcre2")
		only = " match "
	else if (library == "jansson")
		only = " store app "
	else
		next
	if (!index(only, " " mine " "))
		complain("<" header "> does not belong here, but in" only "only; use what that layer offers")
}
function complain(what) {
	print FILENAME ":" FNR ": " what
}
END {
	if (!layers)
		print "src/README.md:1: no list of layers (lines such as \"base/ …\"); write one"
	if (!users["libgit2"] || !users["libuv"])
		print "src/README.md:1: it names no \"only user of\" libgit2 or libuv; say which layer that is"
}' src/README.md src/*/*.[ch])
[ -z "$found" ] || { printf '%s\n' "$found"; exit 1; }
