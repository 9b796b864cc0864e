#!/bin/sh
# The Agentfiles in examples/ do what they say. (examples/layers.agentfile is what `make demo` runs.)
. "$E2E/lib.sh"
examples=$TESTS/../examples

# example NAME: its files in a fresh repository, and us in it
example() {
	cd "$top" || exit 1
	cp -R "$examples/$1" "$1" && cd "$1" || exit 1
	git init -q -b main . && git config user.name Tester && git config user.email tester@example.com
	git add -A && git commit -qm 'the example'
}

it "releases three packages and lands the result"
example release
am -j4
status_is 0
err_has "5 merged"
is "$(cat INDEX.md)" "$(printf -- '- cli 1.1.0\n- core 1.1.0\n- web 1.1.0')"
is "$(grep -c 1.1.0 CHANGELOG.md)" 3
is "$(git status --porcelain)" ""
am
status_is 0
err_has "nothing to do"
am VERSION=1.2.0
status_is 0
is "$(cat packages/web/VERSION)" 1.2.0

it "mends what failed"
example mend
remember
am -j2
status_is 0
is_untouched
err_has "3 merged"
err_has "docs: attempt 1 of 3 failed: it changed 1 file that it does not own, README.md"
err_has "parser: attempt 1 of 3 failed: the verification exited with status 1"
into_has src/parser.sh "tr -d"
into_has docs/usage.md "src/parser.sh"
is "$(git show agentmake/into/main:README.md)" "# Words"

it "migrates three routes, one of which the reviewer rejects once"
example migration
remember
am -j3
status_is 0
is_untouched
err_has "5 merged"
err_has "migrate/routes/items.sh: attempt 1 of 3 failed: the reviewer 'reviewer' rejected it:"
err_has "delete the old call"
is "$(grep -c 'rejected it' "$top/err")" 1
into_has routes/items.sh 'reply 200 "all items"'
git grep -q send_text agentmake/into/main -- lib routes && fail "the old function is still there"
is "$(git log --format=%B agentmake/into/main | grep -c '^Agentmake-Reviewer: reviewer$')" 3
am
status_is 0
err_has "nothing to do"

it "ends that migration when its budget is spent"
rm -rf "$top/migration" "$top/migration.agentmake"
example migration
sed -i 's/^budget  *8 /budget 2 /' Agentfile && git commit -qam 'less'
am -j1
status_is 4
err_has "the budget of 2 attempts is spent"

it "tries three ways and merges the best"
example experiment
remember
am -j3
status_is 0
is_untouched
err_has "'binary' is chosen"
err_has "2 merged"
into_has lib/search.awk "low + high"
am --compare search
out_has linear
out_has jump
is "$(git for-each-ref refs/agentmake/kept/search | wc -l)" 2

it "runs what an agent has planned"
example planner
remember
am -j2 --junit "$top/report.xml"
status_is 0
is_untouched
err_has "plan: attempt 1 of 3 failed: "
err_has "unknown property 'verfy'"
err_has "3 more tasks have joined the run"
grep -q 'tests="4" failures="0"' "$top/report.xml" || fail "$(cat "$top/report.xml")"
err_has "4 merged"
is "$(git show agentmake/into/main:bin/upper.sh >"$top/upper.sh" && echo some words | sh "$top/upper.sh")" "SOME WORDS"
am
status_is 0
err_has "nothing to do: 4 tasks are up to date"

it "plans its own layers side by side"
cd "$top" && git init -q -b main layers && cd layers || exit 1
git config user.name Tester && git config user.email tester@example.com
cp -R "$TESTS/../src" . && cp "$TESTS/../GNUmakefile" . && cp "$examples/layers.agentfile" Agentfile
git add -A && git commit -qm 'the sources'
am -n -j4
status_is 0
out_has "licence/base"
out_has "rename"
am --conflicts
status_is 0
out_has "licence/app"

sound
