#!/bin/sh
# README and --help agree with the program: every option and every keyword is in both.
. "$E2E/lib.sh"
readme=$TESTS/../README.md
src=$TESTS/../src

it "names every option of --help in the README, and the other way round"
am --help
status_is 0
grep -oE '^  (-., |    )--[a-z-]+' "$top/out" | grep -oE -- '--[a-z-]+' | sort -u >"$top/help"
sed -n '/^## The command/,/^## The sandbox/p' "$readme" | grep '^|' | grep -oE -- '--[a-z][a-z-]*' | sort -u >"$top/readme"
[ "$(wc -l <"$top/help")" -gt 20 ] || fail "--help lists too few options"
diff "$top/help" "$top/readme" >"$top/diff" || fail "options differ: $(cat "$top/diff")"
grep -oE '^  -., ' "$top/out" | grep -oE -- '-[A-Za-z]' | while read -r letter; do
	grep -q -- "\`$letter\`" "$readme" || { echo "$letter" >"$top/missing"; break; }
done
[ -e "$top/missing" ] && fail "the README lacks $(cat "$top/missing")"

it "names every keyword in the README"
grep -oE 'K\(KW_[A-Z_]+, *"[^"]+"' "$src/lang/keyword_list.h" | grep -oE '"[^"]+"' | tr -d '"' | while read -r word; do
	grep -qE "(\`|^)$word([ \`]|\$)" "$readme" || { echo "$word" >"$top/missing"; break; }
done
[ -e "$top/missing" ] && fail "the README lacks the keyword '$(cat "$top/missing")'"

it "names every setting that the README names"
sed -n '/^\*\*Settings/,/^\*\*Globs/p' "$readme" | grep -oE '^\| `[a-z-]+' | tr -d '|` ' | while read -r word; do
	grep -q "\"$word\"" "$src/lang/keyword_list.h" || { echo "$word" >"$top/missing"; break; }
done
[ -e "$top/missing" ] && fail "there is no keyword '$(cat "$top/missing")'"

it "has the exit statuses of --help in the README"
for status in "0 all done or up to date" "1 a task failed" "3 work" "4 something must be decided"; do
	grep -q "$status" "$top/out" || fail "--help lacks '$status'"
	grep -q "$status" "$readme" || fail "the README lacks '$status'"
done

it "has limits in the README that are those of the program"
# what the program says, and how the README puts it
limit() {
	grep -q "^#define $1[ \t]" "$src/base/limits.h" && grep -qF "$1 $2" "$src/base/limits.h" || fail "$1 is not $2"
	sed -n '/^\*\*Limits/,/^## /p' "$readme" | tr '\n' ' ' | tr -s ' ' | grep -qF "$3" || fail "the README lacks: $3"
}
limit EXPAND_LARGEST_FILE '(32u * 1024 * 1024)' 'of 32 MiB'
limit EXPAND_MOST_FILES 1000 '1,000 files'
limit EXPAND_DEEPEST 32 '32 includes deep'
limit EXPAND_MOST_LISTED 1000000u '1,000,000 tracked files'
limit EXPAND_MOST_ROUNDS 1000000 '1,000,000 rounds'
limit EXPAND_LARGEST_TREE '(64u * 1024 * 1024)' '64 MiB for one statement'
limit PARSE_MOST_WORDS 500000u '500,000 words'
limit VALUE_LARGEST '(1024u * 1024)' '1 MiB a value'
limit EXPAND_LARGEST '(96u * 1024 * 1024)' '96 MiB of all tasks and variables'
limit EXPAND_MOST_TASKS 200000 '200,000 tasks'
limit EXPAND_MOST_AGENTS 250 '250 agents'
limit EXPAND_MOST_REGEXES 1000 '1,000 regular expressions'
limit EXPAND_MOST_POOLS 64 '64 pools'
limit EXPAND_MOST_VARIANTS 64 '64 variants of a task'
limit EXPAND_MOST_PAIRS 200 '200 `NAME=value`'
limit GLOB_LONGEST 1024 '1,024 bytes'
limit GLOB_MOST_BRACES 4096 '4,096 others'
limit EXPAND_MOST_PATTERNS 10000 '10,000 patterns a list'
limit CONFLICT_MOST_PATTERNS 1000000u '1,000,000 patterns of all tasks'
limit GRAPH_MOST_EDGES 3000000u '3,000,000 blockers'
limit CONFLICT_MOST_HOLDS 1000000u '1,000,000 tasks that wait'

it "has a table of repositories in the README that is tried row by row"
sed -n '/^## Repositories as they are/,/^## Vim/p' "$readme" | sed -n 's/^| \([^|]*\) | \([a-z]*\) |.*/\1 = \2/p' \
	| sort >"$top/said"
sed -n 's/^row "\(.*\)" \([a-z]*\)$/\1 = \2/p' "$E2E"/7[567]-repositories.sh | sort >"$top/tried"
[ "$(wc -l <"$top/said")" -gt 40 ] || fail "the table has too few rows"
diff "$top/said" "$top/tried" >"$top/diff" || fail "rows differ: $(cat "$top/diff")"

it "shows Agentfiles as --fmt leaves them, in the README and as examples"
awk -v to="$top/snippet" '
	/^```$/ { file = file ? "" : to (++n); next }
	file { print >file }' "$readme"
shown=0
for file in $(grep -lE '^(task|agent) [a-z]' "$top"/snippet*) "$TESTS"/../examples/*.agentfile "$TESTS"/../examples/*/Agentfile; do
	am --fmt=check "$file"
	[ "$status" = 0 ] || fail "$file: --fmt=check says $status"
	shown=$((shown + 1))
done
[ "$shown" -ge 9 ] || fail "only $shown Agentfiles were found"

it "has a first Agentfile in the README that is all right"
repo first
sed -n '/^## The first Agentfile/,/^Two commands/p' "$readme" | sed -n '/^```$/,/^```$/p' | grep -v '^```' >Agentfile
am --check
status_is 0
am -n
out_has "2 tasks to run"

it "shows how a task is done by hand, and ends up nowhere else where it cannot be"
repo "by hand"
agentfile <<'END_OF_FILE'
task docs
    agent   claude
    owns    README.md
    prompt  Say what it is
    verify  grep -q edited README.md
END_OF_FILE
PATH=$top:$PATH
echo edited >"$top/edited"
steps=$(sed -n '/^Do a task by hand/,/^\.Ed/p' "$src/man/agentmake.1" | sed '1,2d; $d')
(EDITOR="cp $top/edited" && eval "$steps") >"$top/out" 2>"$top/err" || fail "the manual: $steps"
err_has "1 merged"
for line in "$(echo "$steps" | grep -- --claim)" "$(grep -o '`cd .*--claim TASK[^`]*' "$readme" | tr -d '`')"; do
	eval "$line" 2>"$top/err" # it is up to date, or there is no such task
	is "$PWD" "$top/by hand"
done

it "shows how a conflict is resolved, and no run begins on the branch where that is done"
repo conflict
mkdir src/routes && printf '%s\n' 1 2 3 >src/routes/users.ts && git add -A && git commit -qm routes
agentfile <<'END_OF_FILE'
jobs 2
task route-orders
    owns    a
    shares  src/routes/users.ts
    run     sed -i 's/2/two/' src/routes/users.ts
task route-users
    owns    b
    shares  src/routes/users.ts
    run
        sed -i 's/2/zwei/' src/routes/users.ts
        until git show agentmake/into/main:src/routes/users.ts | grep -q two; do sleep 0.1; done
END_OF_FILE
am
status_is 4
err_has "resolve, commit, go back to main, and run agentmake again"
printf '%s\n' 1 both 3 >"$top/resolved"
steps=$(sed -n '/^After exit status 4/,/^\.Ed/p' "$src/man/agentmake.1" | sed '1,2d; $d')
git switch -q agentmake/task/route-users
am
status_is 2
err_has "agentmake/task/route-users, is agentmake's own"
git switch -q main
(export EDITOR="cp $top/resolved" && eval "$steps") >"$top/out" 2>"$top/err"
into_has src/routes/users.ts both
is "$(git branch --format='%(refname:short)' --list 'agentmake/into/*')" agentmake/into/main
