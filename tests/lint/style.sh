#!/bin/sh
# What a compiler does not see: how long functions, files and lines are, what is left to be done,
# and calls that are not for here. In tests/unit as in src.
#
# usage: SRC=CHECKOUT style.sh
cd "${SRC:-.}" || exit 2
LC_ALL=C export LC_ALL # bytes: what UTF-8 makes of them is counted below

found=$(
	awk '
	BEGIN {
		longest_body = 80
		longest_file = 600
		widest = 120
		split("strcpy strcat sprintf gets strtok atoi alloca", list)
		split("memcpy or snprintf|a struct buf|snprintf or buf_addf|fgets|strtok_r or strcspn|strtol" \
			"|xmalloc or an array", instead, "|")
		for (i in list)
			unsafe[list[i]] = instead[i]
	}
	function complain(line, what) {
		print FILENAME ":" line ": " what
	}
	# columns of a line: tabs to the next 8, one for each character of UTF-8
	function columns(s, i, n, c) {
		gsub(/[\200-\277]/, "", s)
		if (index(s, "\t") == 0)
			return length(s)
		n = split(s, part, "\t")
		c = 0
		for (i = 1; i <= n; i++) {
			c += length(part[i])
			if (i < n)
				c += 8 - c % 8
		}
		return c
	}
	# a line without comments, strings and characters; in_comment goes on to the next line
	function code(s, out, at) {
		out = ""
		while (s != "") {
			if (in_comment) {
				at = index(s, "*/")
				if (!at)
					return out
				s = substr(s, at + 2)
				in_comment = 0
			} else if (match(s, /\/\*|\/\/|"|\047/)) {
				out = out substr(s, 1, RSTART - 1)
				at = substr(s, RSTART, 2)
				s = substr(s, RSTART)
				if (at == "/*") {
					in_comment = 1
					s = substr(s, 3)
				} else if (at == "//") {
					return out
				} else if (match(s, /^"([^"\\]|\\.)*"/) || match(s, /^\047([^\047\\]|\\.)*\047/)) {
					s = substr(s, RLENGTH + 1)
					out = out "x"
				} else {
					return out
				}
			} else {
				return out s
			}
		}
		return out
	}
	function end_file() {
		if (lines > longest_file && file ~ /\.c$/)
			print file ":" lines ": the file is longer than " longest_file " lines; split it"
	}
	FNR == 1 {
		end_file()
		file = FILENAME
		split(file, part, "/")
		below_app = part[1] == "src" && part[2] != "app" && file != "src/base/mem.c"
		in_comment = body = 0
	}
	{ lines = FNR }
	length($0) * 8 > widest && columns($0) > widest { # a tab is at most 8
		complain(FNR, "the line is wider than " widest " columns; break it")
	}
	/[ \t\r]$/ { complain(FNR, "blanks at the end of the line; take them away") }
	/TODO|FIXME|XXX|HACK/ {
		if (match($0, /(^|[^A-Za-z0-9_])(TODO|FIXME|XXX|HACK)([^A-Za-z0-9_]|$)/))
			complain(FNR, "a word for what is left to be done; do it, or take it away")
	}
	/^[{]/ { body = FNR }
	/^[}]/ {
		if (body && FNR - body - 1 > longest_body)
			complain(body, "the function is " FNR - body - 1 " lines long, more than " longest_body \
				"; split it")
		body = 0
	}
	{
		if (in_comment || /[\/"\047]/)
			s = code($0)
		else
			s = $0
		while (match(s, /[A-Za-z_][A-Za-z0-9_]*[ \t]*\(/)) {
			name = substr(s, RSTART, RLENGTH - 1)
			s = substr(s, RSTART + RLENGTH)
			sub(/[ \t]+$/, "", name)
			if (name in unsafe)
				complain(FNR, name "() is unsafe; use " unsafe[name])
			else if (below_app && (name == "exit" || name == "abort"))
				complain(FNR, name "() below app/; return an error, or BUG() (src/base/mem.h)")
		}
	}
	END { end_file() }' src/*/*.[ch] tests/unit/*.[ch]
	for f in src/*/*.[ch] tests/unit/*.[ch]; do
		[ -z "$(tail -c 1 "$f")" ] || echo "$f:$(($(wc -l <"$f") + 1)): no newline at the end; add one"
	done
)
[ -z "$found" ] || { printf '%s\n' "$found"; exit 1; }
