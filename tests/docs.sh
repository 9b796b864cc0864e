#!/bin/sh
# README and --help agree with the program: every option and every keyword is in both.
. "$E2E/lib.sh"
readme=$TESTS/../README.md
src=$TESTS/../src

it "names every option of --help in the README, and the other way round"
am --help
status_is 0
grep -oE '^  (-., |    )--[a-z-]+' "$top/out" | grep -oE -- '--[a-z-]+' | sort -u >"$top/help"
sed -n '/^## The command/,/^## What/p' "$readme" | grep '^|' | grep -oE -- '--[a-z][a-z-]*' | sort -u >"$top/readme"
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
grep -q 'EXPAND_MOST_TASKS 200000' "$src/lang/expand.h" || fail "tasks"
grep -q 'EXPAND_MOST_FILES 1000' "$src/lang/expand.h" || fail "files"
grep -q 'EXPAND_DEEPEST 32' "$src/lang/expand.h" || fail "includes"
grep -q 'EXPAND_LARGEST_FILE (32u' "$src/lang/expand.h" || fail "a file"
grep -q 'EXPAND_LARGEST (96u' "$src/lang/expand.h" || fail "tasks"
grep -q 'VALUE_LARGEST (1024u' "$src/lang/value.h" || fail "a value"
grep -q 'GLOB_LONGEST 1024' "$src/match/glob.h" || fail "a pattern"
grep -q 'GLOB_MOST_BRACES 4096' "$src/match/glob.h" || fail "braces"

it "has a first Agentfile in the README that is all right"
repo first
sed -n '/^## The first Agentfile/,/^Two commands/p' "$readme" | sed -n '/^```$/,/^```$/p' | grep -v '^```' >Agentfile
am --check
status_is 0
am -n
out_has "2 tasks to run"
