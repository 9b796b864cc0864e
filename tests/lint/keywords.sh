#!/bin/sh
# The words of the language are the same in src/lang/keyword_list.h, in the grammar and in Vim's files, where
# each also has its place and what follows it;
# the productions in the comments of src/lang are the grammar's, word for word, and all of them.
#
# usage: SRC=CHECKOUT keywords.sh
cd "${SRC:-.}" || exit 2
LC_ALL=C export LC_ALL
grammar=grammar/agentfile.ebnf
vim=vim/syntax/agentfile.vim
[ -e "$vim" ] || vim=
table=vim/autoload/agentfile.vim
[ -e "$table" ] || table=

found=$(awk -v grammar="$grammar" -v vim="$vim" -v table="$table" '
BEGIN {
	# words only in one place each: no keywords
	split("in glob lines changed fresh", list)
	for (i in list)
		other[list[i]] = 1
}
function complain(file, line, what) {
	print file ":" line ": " what
}
function squeeze(s) {
	gsub(/[ \t]+/, " ", s)
	sub(/^ /, "", s)
	sub(/ $/, "", s)
	return s
}

FILENAME == "src/lang/keyword_list.h" {
	if (match($0, /^[ \t]*K\(KW_[A-Z_]+,[ \t]*"[^"]+"/)) {
		split($0, part, "\"")
		keyword[part[2]] = FNR
		nkeywords++
		value = $0
		sub(/.*VALUE_/, "", value)
		sub(/\).*/, "", value)
		n = split(part[3], place, /IN_/)
		for (i = 2; i <= n; i++) {
			sub(/[^A-Z].*/, "", place[i])
			stands[tolower(place[i]) " " part[2] " " tolower(value)] = FNR
		}
	}
}

# the grammar, without its comments; a production goes to the ";" at the end of a line
FILENAME == grammar {
	s = $0
	for (;;) {
		if (in_comment) {
			at = index(s, "*)")
			if (!at)
				next
			s = substr(s, at + 2)
			in_comment = 0
		}
		at = index(s, "(*")
		if (!at)
			break
		in_comment = 1
		s = substr(s, at + 2)
	}
	t = s
	while (match(t, /"[^"]*"/)) {
		word = substr(t, RSTART + 1, RLENGTH - 2)
		t = substr(t, RSTART + RLENGTH)
		if (word ~ /^[a-z][a-z?-]*$/)
			quoted[word] = quoted[word] ? quoted[word] : FNR
	}
	if (rule == "" && match(s, /^[a-z]+[ \t]*=/)) {
		name = substr(s, 1, RLENGTH - 1)
		sub(/[ \t]+$/, "", name)
		at_line[name] = FNR
		rule = name
	}
	if (rule != "") {
		text[rule] = text[rule] " " s
		if (s ~ /;[ \t]*$/) {
			text[rule] = squeeze(text[rule])
			rule = ""
		}
	}
	next
}

# in Vim: the table s:words, a part for each place
FILENAME == table {
	if (/^let s:words = /)
		tabled = "-"
	else if (tabled && !/^ *\\/)
		tabled = ""
	s = $0
	while (tabled && match(s, /\047[^\047]+\047: (\{|\047[a-z]+\047)/)) {
		split(substr(s, RSTART, RLENGTH), part, "\047")
		if (part[4] == "")
			tabled = part[2]
		else
			in_table[tabled " " part[2] " " part[4]] = FNR
		s = substr(s, RSTART + RLENGTH)
	}
	next
}

FILENAME == vim {
	if (/^[ \t]*"/)
		next
	s = $0
	while (match(s, /[a-z][a-z-]*\??/)) {
		named[substr(s, RSTART, RLENGTH)] = 1
		word = substr(s, RSTART, RLENGTH)
		sub(/\?$/, "", word)
		named[word] = 1
		s = substr(s, RSTART + RLENGTH)
	}
	# of the groups for keywords (agentfileStatement, …Property, …Keyword) each word is one
	if ($1 ~ /^syn(tax)?$/ && $2 == "keyword" && $3 ~ /(Statement|Setting|Property|Keyword)$/)
		for (i = 4; i <= NF; i++)
			if ($i ~ /^[a-z][a-z?-]*$/ && $i !~ /^(contained|skipwhite|skipnl|skipempty|transparent)$/ \
				&& !($i in keyword) && !($i in other))
				complain(vim, FNR, "\"" $i "\" is no keyword (src/lang/keyword_list.h); take it away")
	next
}

# src/lang: in a comment, a line that begins as a production does, up to a ";" at a line end
{
	s = $0
	if (!commented) {
		while (match(s, /^[^"\/]*"([^"\\]|\\.)*"/)) # a string holds no comment
			s = substr(s, RLENGTH + 1)
		at = index(s, "/*")
		if (!at)
			next
		s = substr(s, at + 2)
		commented = 1
	} else {
		sub(/^[ \t]*\*([ \t]|$)/, "", s)
	}
	at = index(s, "*/")
	if (at)
		s = substr(s, 1, at - 1)
	s = squeeze(s)
	if (said == "" && match(s, /^[a-z]+ = /)) {
		said = substr(s, 1, RLENGTH - 3)
		said_text = ""
		said_line = FNR
	}
	if (said != "") {
		said_text = squeeze(said_text " " s)
		if (s ~ /;$/ || at) {
			if (!(said in text)) {
				if (s ~ /;$/)
					complain(FILENAME, said_line, "there is no production \"" said "\" in " grammar \
						"; take it away, or add it there")
			} else if (said_text != text[said]) {
				complain(FILENAME, said_line, "the production \"" said "\" is not that of " grammar ":" \
					at_line[said] "; copy it from there")
			}
			said_once[said] = 1
			said = ""
		}
	}
	if (at)
		commented = 0
}

END {
	for (word in keyword) {
		if (!(word in quoted))
			complain("src/lang/keyword_list.h", keyword[word], "\"" word "\" is not in " grammar "; add it there")
		if (vim != "" && !(word in named))
			complain("src/lang/keyword_list.h", keyword[word], "\"" word "\" is not in " vim "; add it there")
	}
	for (entry in stands)
		if (table != "" && !(entry in in_table))
			complain("src/lang/keyword_list.h", stands[entry], "\"" entry "\" is not in s:words of " table "; add it there")
	for (entry in in_table)
		if (!(entry in stands))
			complain(table, in_table[entry], "\"" entry "\" is not in src/lang/keyword_list.h; take it away")
	for (word in quoted)
		if (!(word in keyword) && !(word in other))
			complain(grammar, quoted[word], "\"" word "\" is not in src/lang/keyword_list.h; add it there, or to the " \
				"other words in tests/lint/keywords.sh")
	for (name in text)
		if (!(name in said_once))
			complain(grammar, at_line[name], "the production \"" name "\" stands in no comment of src/lang; " \
				"copy it above the function that parses it")
	if (!nkeywords)
		complain("src/lang/keyword_list.h", 1, "no K(KW_…, \"word\", …) found; tell tests/lint/keywords.sh how it looks")
}' "$grammar" src/lang/keyword_list.h ${vim:+"$vim"} ${table:+"$table"} src/lang/*.[ch] | sort -u -t: -k1,1 -k2,2n -k3)
[ -z "$found" ] || { printf '%s\n' "$found"; exit 1; }
