#!/bin/sh
# The README's recipes for CI: what they run is run, in fresh clones as a service makes them, with a remote that is a
# folder; programs of others (apt-get, curl, npm, gh) are stand-ins. The results must come back as branches there.
. "$E2E/lib.sh"
with_sandbox
if ! python3 -c 'import yaml' 2>/dev/null; then
	echo "NOT TRIED: python3 has no yaml here (Debian's python3-yaml), so the README's recipes were not run"
	exit 0
fi

# what each recipe runs, as files: NAME.FIRST ends with the run of agentmake, NAME.LAST comes after it, whatever it said
python3 - "$TESTS/../README.md" <<'END_OF_FILE' || fail "the recipes cannot be read"
import re, sys, yaml
text = open(sys.argv[1], encoding="utf-8").read().split("\n## In CI\n")[1].split("\n## ")[0]
blocks = {kind: body for kind, body in re.findall(r"```(\w+)\n(.*?)```", text, re.S) if kind != "yaml"}
files = {re.match(r"# (\S+)", body)[1]: yaml.safe_load(body) for body in re.findall(r"```yaml\n(.*?)```", text, re.S)}

def value(m):
    known = {"vars.AGENTMAKE_DEB": "https://example.com/agentmake.deb", "secrets.ANTHROPIC_API_KEY": "sk-a-secret",
             "github.token": "gh-token", "hashFiles('package-lock.json')": "0"}
    return known[m[1].strip()]

def write(name, lines):
    with open(name, "w", encoding="utf-8") as f:
        f.write("\n".join(["set -eo pipefail", *lines]) + "\n")

workflow = files[".github/workflows/agents.yml"]
assert workflow["permissions"]["contents"] == "write" and workflow[True]["schedule"][0]["cron"]
(job,) = workflow["jobs"].values()
assert job["steps"][0]["uses"].startswith("actions/checkout@") and job["steps"][0]["with"]["fetch-depth"] == 0
first, last = [], []
for step in job["steps"]:
    words = lambda s: re.sub(r"\$\{\{(.*?)\}\}", value, s)
    if "run" in step:
        set_them = [f"export {k}={words(v)}" for k, v in step.get("env", {}).items()]
        (last if step.get("if") == "always()" else first).extend(["(", *set_them, words(step["run"]), ")"])
    assert set(step) <= {"uses", "with", "run", "env", "if"}, step
write("github.first", first)
write("github.last", last)

(job,) = files[".gitlab-ci.yml"].values()
assert job["variables"]["GIT_DEPTH"] == 0 and job["artifacts"]["reports"]["junit"]
write("gitlab.first", job["script"])
write("gitlab.last", job["after_script"])
open("make.first", "w").write("make -f ../recipe.mk agents\n")
open("make.last", "w").write("")
open("recipe.mk", "w").write(blocks["make"])
END_OF_FILE

mkdir bin
ln -s "$AGENTMAKE" bin/agentmake
stand_in() {
	cat >"bin/$1" && chmod +x "bin/$1"
}
for name in apt-get npm; do
	printf '#!/bin/sh\necho %s "$@" >>"$CALLS"\n' "$name" | stand_in "$name"
done
printf '#!/bin/sh\nexec "$@"\n' | stand_in sudo
stand_in curl <<'END_OF_FILE'
#!/bin/sh
echo curl "$@" >>"$CALLS"
[ "$1" = -fsSLo ] && [ "$3" = https://example.com/agentmake.deb ]
END_OF_FILE
stand_in gh <<'END_OF_FILE'
#!/bin/sh
# there is a pull request once it was made
echo gh "$@" >>"$CALLS"
[ "$GH_TOKEN" = gh-token ] || exit 4
case "$1 $2" in
"pr view") [ -e "$CALLS.open" ] && echo OPEN ;;
"pr create") touch "$CALLS.open" ;;
*) exit 1 ;;
esac
END_OF_FILE
export PATH="$top/bin:$PATH" CALLS="$top/calls"
export AGENTMAKE_DEB=https://example.com/agentmake.deb CI_COMMIT_BRANCH=main CI_DEFAULT_BRANCH=main

# job RECIPE: runs it in a fresh clone of the remote
job() {
	cd "$top" && rm -rf job job.agentmake && git clone -q remote.git job 2>/dev/null && cd job || exit 1
	case $1 in
	gitlab) git checkout -q --detach && git branch -q -D main ;;
	make) git config user.name Tester && git config user.email tester@example.com ;;
	esac
	: >"$CALLS"
	bash "$top/$1.first" >"$top/out" 2>"$top/err" </dev/null
	status=$?
	bash "$top/$1.last" >"$top/last" 2>&1 </dev/null || fail "what follows the run: $(cat "$top/last")"
}

# on_remote REF PATH TEXT
on_remote() {
	is "$(git -C "$top/remote.git" show "$1:$2" 2>&1)" "$3" "$1:$2"
}

for recipe in github gitlab make; do
	it "brings back what was merged, and what was not, with the recipe for $recipe"
	cd "$top" && rm -rf remote.git work work.agentmake "$CALLS.open"
	repo work
	agentfile <<'END_OF_FILE'
task good
    title  The good one
    owns   good
    run    echo good >good
task late
    title  The late one
    owns   late
    run    cat src/f1 >late
    verify grep -q new late
END_OF_FILE
	git clone -q --bare . "$top/remote.git" && git remote add origin "$top/remote.git" || fail "the remote"
	job $recipe
	[ $recipe = make ] && { [ "$status" = 2 ] && status=1; } # make has one status for all failures
	status_is 1
	err_has "1 merged, 1 failed"
	[ $recipe = make ] || grep -q 'tests="2" failures="1"' agentmake.xml || fail "the JUnit report: $(cat agentmake.xml)"
	grep -q '1 of 2 tasks failed' agentmake.html || fail "the page"
	on_remote agentmake/into/main good good
	on_remote agentmake/task/late late "file 1"
	[ $recipe = github ] && { grep -q '^gh pr create --head agentmake/into/main --base main --fill$' "$CALLS" || fail "$(cat "$CALLS")"; }

	it "goes on from there, with the recipe for $recipe"
	cd "$top/work" && echo new >src/f1 && git commit -qam 'what it waited for' && git push -q origin main || exit 1
	job $recipe
	status_is 0
	err_has "late: merged"
	err_lacks "good: "
	on_remote agentmake/into/main late new
	on_remote refs/agentmake/kept/late/1 late "file 1"
	[ $recipe = github ] && grep -q 'pr create' "$CALLS" && fail "a second pull request: $(cat "$CALLS")"

	it "has nothing to do when that was merged, with the recipe for $recipe"
	cd "$top/work" && git pull -q --no-rebase --no-edit origin agentmake/into/main 2>/dev/null && git push -q origin main || fail "the merge"
	before=$(git -C "$top/remote.git" for-each-ref)
	job $recipe
	status_is 0
	err_has "nothing to do"
	is "$(git -C "$top/remote.git" for-each-ref)" "$before"
	[ $recipe = github ] && grep -q '^gh' "$CALLS" && fail "a pull request without a change: $(cat "$CALLS")"
done

it "does not take away what somebody put on a task's branch meanwhile"
cd "$top/work" && echo newer >src/f1 && sed -i 's/grep -q new late/grep -q newest late/' Agentfile && git commit -qam 'again' &&
	git push -q origin main || exit 1
cd "$top" && rm bin/agentmake && stand_in agentmake <<END_OF_FILE
#!/bin/sh
"$AGENTMAKE" "\$@"
status=\$?
cd "$top/work" && git checkout -q --detach && git commit -q --allow-empty -m theirs &&
	git push -q -f origin HEAD:refs/heads/agentmake/task/late
exit \$status
END_OF_FILE
cd "$top" && rm -rf job job.agentmake && git clone -q remote.git job && cd job || exit 1
bash "$top/github.first" >"$top/out" 2>"$top/err" </dev/null
bash "$top/github.last" >"$top/last" 2>&1 </dev/null && fail "it is pushed over: $(cat "$top/last")"
is "$(git -C "$top/remote.git" log -1 --format=%s agentmake/task/late)" theirs
sound
