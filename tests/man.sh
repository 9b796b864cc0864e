#!/bin/sh
# The manuals are clean, and say of options, words, limits, variables and statuses what the code says,
# all of it and nothing else; what is shown as an Agentfile is one.
. "$E2E/lib.sh"
src=$TESTS/../src
program=$src/man/agentmake.1 language=$src/man/Agentfile.5

# part FILE KIND TITLE: a section (Sh), or a part of one (Ss)
part() {
	awk -v kind=".$2" -v title="$3" '
		/^\.Sh / || (kind == ".Ss" && /^\.Ss /) { on = 0 }
		on
		$0 == kind " " title { on = 1 }' "$1"
}

# same WHAT: what the code has, in ../code, is what the manual has, in ../said, in the same order
same() {
	[ "$(wc -l <"$top/code")" -ge "$2" ] || fail "$1: too few are found in the code; tell ${0##*/} how they look"
	diff "$top/code" "$top/said" >"$top/diff" || fail "$1: the code (<) and the manual (>) differ: $(cat "$top/diff")"
}

it "passes mandoc's lint"
if command -v mandoc >/dev/null; then
	for page in "$program" "$language"; do
		mandoc -T lint -W warning "$page" >"$top/lint" 2>&1 || fail "${page##*/}: $(cat "$top/lint")"
		is "$(cat "$top/lint")" ""
	done
else
	echo "NOT TRIED: there is no mandoc here, so the manuals were not linted"
fi

it "has a --help in groups, of 80 columns"
am --help
status_is 0
out_has "agentmake(1) and Agentfile(5)"
python3 -c 'import sys; sys.exit(max(len(line.rstrip("\n")) for line in sys.stdin) > 80)' <"$top/out" || fail "a line is wider"
cp "$top/out" "$top/help"
: >"$top/out"

it "has the options of --help, in its groups"
sed -n '/^  \(-.,\|    --\)/p; /^[A-Z].*:$/p' "$top/help" | sed 's/^\([A-Z][A-Za-z ]*[a-z]\).*:$/\1/; s/^  *//; s/   *.*//' >"$top/code"
part "$program" Sh OPTIONS | sed -n 's/^\.Ss //p; s/^\.It Fl //p' | sed '/^[a-zA-Z] ,\|^-/{
	s/^\(.\) , Fl -/-\1, --/
	s/^-\([a-z][a-z]\)/--\1/
	s/ Ns Op = Ns Ar \(.*\)/[=\1]/
	s/ Ns = Ns Ar /=/
	s/ | /|/g
	s/ \.\.\./…/
	s/ Ar / /
}' >"$top/said"
same options 45

it "has the exit statuses of --help"
sed -n '/^Exit status:/,$p' "$top/help" | grep -oE '\b[0-9]+\b' >"$top/code"
part "$program" Sh "EXIT STATUS" | sed -n 's/^\.It //p' >"$top/said"
same statuses 7

it "has each variable that the program reads, those that it sets, and those that it takes away"
grep -ohE 'getenv\("[A-Za-z_]+"\)' "$src"/*/*.c | cut -d '"' -f 2 | LC_ALL=C sort -u >"$top/code"
part "$program" Ss "Read by agentmake" | sed -n 's/^\.It Ev //p' >"$top/said"
same "variables that are read" 8
grep -ohE 'add_env\([^"]*"[A-Z_]+", [^N]' "$src/app/phase.c" | cut -d '"' -f 2 | LC_ALL=C sort -u >"$top/code"
part "$program" Ss "Set for commands" | sed -n 's/^\.It Ev //p' | LC_ALL=C sort >"$top/said"
same "variables that are set" 8
sed -n '/^static void leave_git_environment/,/^}/p' "$src/app/main.c" | grep -oE '"[A-Z_]+"' | tr -d '"' >"$top/code"
part "$program" Sh ENVIRONMENT | sed -n '/taken away first/,/^\.Ss/p' | grep -oE 'GIT_[A-Z_]+' >"$top/said"
same "variables that are taken away" 10

it "has the states of tasks"
sed -n 's/.*S(STATE_[A-Z_]*, *"\([a-z ]*\)").*/\1/p' "$src/plan/state.h" >"$top/code"
part "$program" Sh DIAGNOSTICS | sed -n 's/^\.It Sy //p' >"$top/said"
same states 12

# keywords WHERE SECTION…: those that may stand there, and those that the sections list
keywords() {
	sed -n "s/.*K(KW_[A-Z_]*, *\"\([^\"]*\)\",.*$1.*/\1/p" "$src/lang/keyword_list.h" | LC_ALL=C sort >"$top/code"
	where=$1
	shift
	for title; do part "$language" Sh "$title"; done | sed -n 's/^\.It Ic \([^ ]*\).*/\1/p' | LC_ALL=C sort >"$top/said"
	same "keywords $where" 10
}

it "has every keyword, where it may stand"
keywords IN_TOP STATEMENTS SETTINGS
keywords IN_TASK TASKS
keywords IN_AGENT AGENTS

it "has every word that a keyword takes"
grep -ohE '(one_of|convert_choice)\(e, s, "[a-z -]+"' "$src"/lang/*.c | cut -d '"' -f 2 >"$top/code"
[ "$(wc -l <"$top/code")" -ge 7 ] || fail "too few choices are found in the code"
while read -r words; do
	grep -q "^\.It Ic [a-z]* Cm $(echo "$words" | sed 's/ / | /g')\$" "$language" || fail "it lacks the choice of: $words"
done <"$top/code"

it "has every late name, and where it may stand"
sed -n 's/.*L("\([a-z_]*\)", *\(.*\)) *\\*$/\1: \2/p' "$src/lang/late.h" \
	| sed 's/LATE_EVERY/LATE_TEXT | LATE_COMMAND | LATE_AGENT/; s/LATE_TEXT/prompts/; s/LATE_COMMAND/commands/
		s/LATE_AGENT/agents/; s/LATE_NOTIFY/notify/; s/LATE_BRIEF/briefs/; s/ |/,/g' >"$top/code"
part "$language" Ss "Late names" | sed -n '/^\.It Cm /{s/^\.It Cm //;N;s/\n\.Pq /: /p;}' >"$top/said"
same "late names" 15

it "has the built-in agents and their variables"
awk '
	function tell() {
		if (agent != "")
			print agent " Ta" names
	}
	/^agent / { tell(); agent = $2; names = "" }
	/^ +with / {
		gsub(/="[^"]*"/, "=")
		for (i = 2; i <= NF; i++)
			names = names " " substr($i, 1, index($i, "=") - 1)
	}
	END { tell() }' "$src/lang/prelude.agentfile" >"$top/code"
part "$language" Sh AGENTS | sed -n 's/^\.It Cm \(.* Ta .*\)/\1/p' >"$top/said"
same agents 8

it "has the caches that tasks may write"
sed -n '/ caches\[\] = {/,/^};/p' "$src/app/confine.c" | grep -oE '"[~$][^"]*"' | tr -d '"' >"$top/code"
part "$language" Sh SANDBOX | sed -n '/^\.Bd -unfilled/,/^\.Ed/p' | grep -v '^\.' | tr ' ' '\n' >"$top/said"
same caches 15
grep -oE '^\$[A-Za-z_]+' "$top/code" | tr -d '$' | while read -r name; do
	part "$program" Sh ENVIRONMENT | grep -qw "$name" || { echo "$name" >"$top/missing"; break; }
done
[ -e "$top/missing" ] && fail "ENVIRONMENT lacks $(cat "$top/missing")"

it "has the limits, in the order of limits.h"
grep '^#define [A-Z_]*[ 	]*[(0-9]' "$src/base/limits.h" | python3 -c '
import re, sys
for line in sys.stdin:
    value = re.sub(r"/\*.*", "", line).split(None, 2)[2].replace("u", "")
    factors = [int(n) for n in re.findall(r"\d+", value)]
    print("%d MiB" % (factors[0] * factors[1] // 1024 if len(factors) == 3 else 1) if "1024 *" in value else f"{factors[0]:,}")
' >"$top/code"
part "$language" Sh LIMITS | sed -n 's/^\.It //p' >"$top/said"
same limits 20

it "shows Agentfiles that are right"
repo shown
mkdir docs && echo "Build it." >docs/brief.md && git add -A && git commit -qm docs
awk -v to="$top/shown/example" '
	/^\.Bd -literal/ { n++; file = to n; next }
	/^\.Ed/ { file = "" }
	file { gsub(/\\&/, ""); gsub(/\\e/, "\\"); print >file }' "$language"
set -- example*
[ $# -ge 6 ] || fail "too few examples are found"
for example; do
	am -f "$example" --check
	[ "$status" = 0 ] || fail "$example: --check says $status"
	is "$(cat "$top/err")" "" "$example"
	am --fmt=check "$example"
	[ "$status" = 0 ] || fail "$example: --fmt=check says $status"
done

it "shows a diagnostic as it is"
sed -n '/^Agentfile:2:5/,/^\.Ed/p' "$program" | grep -v '^\.Ed' >"$top/said"
printf 'task a\n    verfy make check\n' >Agentfile
am --check
cp "$top/err" "$top/code"
same diagnostic 3

# keys TITLE: those that the manual shows of an output, in their order
keys() {
	part "$program" Sh "OUTPUT FOR PROGRAMS" | sed -n "/^\.It Fl -$1 /,/^\.Ed/p" | grep -v '^\.' | grep -oE '"[a-z_]+"' \
		| tr -d '"' >"$top/said"
}

it "has the keys of what is written for programs"
for kind in plan:dry-run status:status; do
	python3 - "$TESTS/schema/check.py" ${kind%:*} >"$top/code" <<'END_OF_FILE'
import ast, sys

def keys(node):
    if isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values):
            print(key.value)
            keys(value)
    elif isinstance(node, ast.List):
        keys(node.elts[0])

for statement in ast.parse(open(sys.argv[1]).read()).body:
    if isinstance(statement, ast.Assign) and statement.targets[0].id == sys.argv[2]:
        keys(statement.value)
END_OF_FILE
	keys ${kind#*:}
	same "keys of --${kind#*:}=json" 15
done
printf 'A = 1\ntask a\n    owns x\n    tags t\n    variants v w\n    choose ask\n    run true\n' >Agentfile
printf 'task b: a\n    owns x/1\n    run true\ntask c\n    owns x\n    run true\n' >>Agentfile
am --graph=json
grep -oE '"[a-z_]+":' "$top/out" | tr -d '":' | awk '!seen[$0]++' | LC_ALL=C sort >"$top/code"
keys graph
LC_ALL=C sort -o "$top/said" "$top/said"
same "keys of --graph=json" 9

it "has the kinds of events"
grep -ohE '(run_line\(&j|jsonout_string\(&j, "e"), "[a-z]+"' "$src"/app/*.c | grep -oE '[a-z]+"$' | tr -d '"' \
	| LC_ALL=C sort -u >"$top/code"
part "$program" Sh "OUTPUT FOR PROGRAMS" | sed -n 's/^\.Pq Cm //p' | grep -oE '[a-z]+' | LC_ALL=C sort >"$top/said"
same events 8

it "names the files that a run leaves"
agentfile <<'END_OF_FILE'
task a
    owns a
    run echo >a
END_OF_FILE
am --yes
status_is 0
part "$program" Sh FILES >"$top/said"
for file in .git/agentmake/* ../shown.agentmake/*; do
	name=$(basename "$file" | sed 's/-[0-9]*$/-N/')
	grep -q "^\.It Pa .*\b$name\b\|^\.Pa $name\$" "$top/said" || fail "FILES lacks $name"
done

it "is installed and uninstalled, with what completes"
[ -x "$outer_agentmake" ] || fail "there is no program"
target() {
	make -s -C "$TESTS/.." -o "$outer_agentmake" BIN="$outer_agentmake" MISSING= PREFIX=/usr DESTDIR="$top/root" "$1" \
		>"$top/out" 2>"$top/err" || fail "make $1"
}
target install
is "$(cat "$top/out")" "installed below $top/root/usr"
for file in bin/agentmake share/man/man1/agentmake.1 share/man/man5/Agentfile.5 share/zsh/site-functions/_agentmake \
	share/bash-completion/completions/agentmake share/fish/vendor_completions.d/agentmake.fish; do
	[ -s "$top/root/usr/$file" ] || fail "$file is not installed"
done
is "$(find "$top/root" -type f | grep -vc /vim/)" 6
[ -x "$top/root/usr/bin/agentmake" ] || fail "it cannot be run"
target uninstall
is "$(find "$top/root" -type f)" ""
