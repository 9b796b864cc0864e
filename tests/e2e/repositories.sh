# For the scripts about the table "Repositories as they are" of the README: `row NAME VERDICT` begins
# what tries one of its rows, and tests/docs.sh holds the names and verdicts to each other.

with_sandbox # as users run it

row() {
	current="$1 ($2)"
	cd "$top" || exit 1
	rm -rf r r.agentmake up
}

# an Agentfile whose tasks edit, add, delete and make executable; one depends on the others
tasks() {
	agentfile <<END
jobs 2
${1-}
agent scripted
    run  cat >/dev/null; echo edited >> src/f1; echo new > src/new; rm src/f2; chmod +x src/f1; ${2-}
task edit
    agent scripted
    owns src/f1 src/f2 src/new ${3-}
    prompt Do it.
    verify test -e src/new
task cmd
    owns src/f3
    run ${4-} echo three >> src/f3
    verify grep -q three src/f3
task join: edit cmd
    owns src/f4
    run cat src/f1 src/f3 > src/f4
    verify grep -q edited src/f4
END
}

changes='A src/new
D src/f2
M src/f1
M src/f3
M src/f4'

is_sound() {
	git fsck --full --strict >"$top/fsck" 2>&1 || fail "git fsck: $(cat "$top/fsck")"
	! grep -q 'missing\|broken\|error' "$top/fsck" || fail "git fsck: $(cat "$top/fsck")"
}

# the integration branch has just what the tasks did, and what else is named
is_right() {
	is "$(git diff --no-renames --name-status "${base:-main}" "agentmake/into/${base:-main}" | tr '\t' ' ' \
		| LC_ALL=C sort)" "$(printf '%s\n' "$changes" "$@" | LC_ALL=C sort)" "what the tasks changed"
	git show "agentmake/into/${base:-main}:./${up-}src/f4" >"$top/f4"
	grep -qia three "$top/f4" || fail "src/f4 is not made of what was merged before"
	git ls-tree "agentmake/into/${base:-main}" "${up-}src/f1" | grep -q '^100755' || fail "the mode was lost"
}

# whole [CHANGE…]: a run, what it did, --status, --land, a run that has nothing to do, --clean
whole() {
	before=$(git status --porcelain 2>/dev/null)
	trees=$(git worktree list | wc -l)
	am -j2
	status_is 0
	is "$(git status --porcelain 2>/dev/null)" "$before" "the checkout after the run"
	is_right "$@"
	am --status
	status_is 0
	am --land
	status_is 0
	is "$(git status --porcelain 2>/dev/null)" "$before" "the checkout after --land"
	am -j2
	status_is 0
	err_has "nothing to do"
	am --clean
	status_is 0
	is "$(git worktree list | wc -l)" "$trees" "work trees after --clean"
	is_sound
}

# refused TEXT: a run ends with that message, before anything is written or run
refused() {
	refs=$(git for-each-ref)
	am -j2
	status_is 2
	err_has "$1"
	is "$(git for-each-ref)" "$refs" "references"
	[ ! -e "$(git rev-parse --git-common-dir)/agentmake" ] || fail "something was written"
	[ ! -e ../r.agentmake ] || fail "a work tree was made"
}

upper() {
	git config filter.upper.clean "tr a-z A-Z"
	git config filter.upper.smudge "tr A-Z a-z"
	git config filter.upper.required true
}

# clone OPTION…: `up` becomes r
clone() {
	cd "$top" && git clone -q "$@" "file://$top/up" r 2>/dev/null && cd r || fail "git clone"
	git config user.name Tester
	git config user.email tester@example.com
}
