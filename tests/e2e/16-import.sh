#!/bin/sh
# --import: from the files of other tools to an Agentfile, and what is said of what they have and it has not.
. "$E2E/lib.sh"
cases=$TESTS/import

# programs that are there, and no agent
mkdir bin
for program in git sh make cat ls sort grep cp mkdir touch echo; do
	ln -s "$(command -v $program)" bin/$program
done
alone() {
	PATH=$top/bin am "$@"
}

# an import changes nothing but the one file
only_new() {
	is "$(git status --porcelain)" "?? $1" "what changed"
}

# like FILE: it is what GOLDEN says; UPDATE=1 writes that
like() {
	[ -z "${UPDATE:-}" ] || cp "$1" "$2"
	diff "$2" "$1" >"$top/diff" || fail "${2#"$TESTS/"} is not what came (>): $(cat "$top/diff")"
}

# case NAME FILE [WHERE]: the file of tests/import/NAME, in a fresh repository
imports() {
	it "imports $1"
	repo "$1"
	file=${3:-}$2
	mkdir -p "./${3:-}" && cp "$cases/$1/$2" "./$file"
	[ ! -d "$cases/$1/beside" ] || cp "$cases/$1"/beside/* "./${3:-}"
	git add -A && git commit -qm "what is imported"
	alone --import "$file"
	status_is 0
	like "$top/err" "$cases/$1/said"
	is "$(cat "$top/out")" ""
	only_new Agentfile
	like Agentfile "$cases/$1/Agentfile"
	am --check
	status_is 0
	is "$(cat "$top/err")" "" "--check"
	am --fmt=check
	status_is 0
	am -n -j3
	status_is 0
	# written to standard output it is the same
	cp Agentfile "$top/Agentfile" && rm Agentfile
	alone --import "$file" -f -
	status_is 0
	cmp -s "$top/out" "$top/Agentfile" || fail "-f - shows something else"
	is "$(git status --porcelain)" ""
	cp "$top/Agentfile" Agentfile
}

# uncommented: what is commented out from the first task on is right as well
uncommented() {
	it "comments out what is right without the '#': $1"
	sed '1,/^defaults/b; s/^# \(task\|    \)/\1/' Agentfile >all.agentfile
	grep -q '^task' all.agentfile || fail "no task was commented out"
	am -f all.agentfile --check
	status_is 0
	am --fmt=check all.agentfile
	status_is 0
	rm all.agentfile
}

imports taskmaster tasks.json .taskmaster/tasks/
imports tags tasks.json
imports speckit tasks.md specs/004-loans/
imports github CODEOWNERS .github/
uncommented github
imports gitlab CODEOWNERS
uncommented gitlab
imports makefile Makefile
uncommented makefile
imports commands list

it "runs what it imported, by an agent"
cd "$top/speckit" || exit 1
cat >"$top/bin/claude" <<'END_OF_FILE'
#!/bin/sh
echo "$AGENTMAKE_TASK" >>"$ORDER"
grep -q '^# Plan' specs/004-loans/plan.md || exit 1
case $AGENTMAKE_TASK in
T002-*) echo 1 >pyproject.toml ;;
T004-*) mkdir -p src/loans && echo 4 >src/loans/store.py ;;
T010-*) mkdir -p tests/contract && echo 10 >tests/contract/test_loans.py ;;
T014-*) mkdir -p 'web/app/loans/[id]' && echo 14 >'web/app/loans/[id]/page.tsx' ;;
T030-describe*) mkdir -p docs && echo 30 >docs/loans.md ;;
*) grep -o 'src/loans/[a-z/]*[.]py\|tests/integration/[a-z_]*[.]py' "$AGENTMAKE_BRIEF" | head -n 1 >.path
	read -r path <.path || path=src/other
	rm .path
	mkdir -p "$(dirname "$path")" && echo "$AGENTMAKE_TASK" >>"$path" ;;
esac
echo '{"type":"result","subtype":"success","is_error":false,"session_id":"x","result":"done"}'
END_OF_FILE
chmod +x "$top/bin/claude"
git add Agentfile && git commit -qm Agentfile
ORDER=$top/order PATH=$top/bin:$PATH am -y -j2
status_is 0
into_has src/loans/store.py 4
into_has 'web/app/loans/[id]/page.tsx' 14
into_has docs/loans.md 30
# before FIRST SECOND: tasks were asked in this order
before() {
	first=$(grep -n "^$1" "$top/order" | cut -d: -f1) second=$(grep -n "^$2" "$top/order" | cut -d: -f1)
	[ "$first" -lt "$second" ] || fail "$2 was before $1: $(cat "$top/order")"
}
before T002 T004
before T004 T010
before T010 T013
before T012 T013
before T013 T014
before T006 T020
before T014 T030-describe
am -q
status_is 0

it "keeps an Agentfile that is there, and writes a part for it"
repo part
cp "$cases/makefile/Makefile" . && git add -A && git commit -qm Makefile
agentfile <<'END_OF_FILE'
jobs 2
task first
    owns CHANGELOG
    run echo first >>CHANGELOG
END_OF_FILE
before=$(cksum Agentfile)
alone --import Makefile
status_is 2
err_has "'Agentfile' is there already and stays as it is; 'agentmake --import Makefile -f NAME.agentfile' writes another one"
err_has "include NAME.agentfile"
is "$(cksum Agentfile)" "$before"
alone --import Makefile -f site.agentfile
status_is 0
err_has "include site.agentfile"
is "$(grep -c '^jobs\|^defaults\|^setup' site.agentfile)" 0
am -f site.agentfile --check
status_is 0
alone --import Makefile -f "my part.agentfile"
status_is 0
err_has "wrote 'my part.agentfile'; bring it in with a line 'include \"my part.agentfile\"' in the Agentfile"
rm "my part.agentfile"
echo "include site.agentfile" >>Agentfile
am -n
status_is 0
out_has " first "
out_has " check "
alone --import Makefile -f site.agentfile
status_is 2

it "replaces nothing, whatever is there"
repo there
cp "$cases/commands/list" .
mkdir folder
ln -s nowhere dangling
for name in folder dangling src/f1; do
	alone --import list -f "$name"
	status_is 2
	err_has "is there already"
done
[ -L dangling ] && [ ! -e nowhere ] || fail "the link was followed"
is "$(cat src/f1)" "file 1"
alone --import list -f ../out
status_is 2
err_has "leaves the repository"
ln -s "$top" away
alone --import list -f away/x
status_is 2
err_has "leads out of the repository"
alone --import list -f no/x
status_is 2
err_has "its folder cannot be found"
alone --import list -f .git/x
status_is 2
err_has "inside .git"

it "says what it cannot read, and where"
repo bad
# bad TEXT: from the file `in`
bad() {
	alone --import in
	status_is 2
	err_has "$1"
	[ ! -e Agentfile ] || fail "an Agentfile was written"
}
printf '{"tasks": [\n  {"id": 1,}\n]}\n' >in
bad "in:2:"
echo '{"name": "x", "tasks": {}}' >in
bad "in:1: this is JSON, but it holds no tasks"
echo '{"tasks": [{"id": 1, "id": 2}]}' >in
bad "duplicate"
echo '{"tasks": [{"id": 1, "title": "a\u0000b"}]}' >in
bad "in:1:"
echo 'Once upon a time there was a file.' >in
bad "none of the files that --import knows"
: >in
bad "none of the files that --import knows"
printf 'for f in *; do\n    echo $f\ndone\necho\n' >in
alone --import commands:in
status_is 2
err_has "in:1: 'for' begins what goes over several lines"
for text in 'cat <<EOF >f' "cat <<-'EOF'" 'echo "one' "echo 'it" 'ls src &&' 'ls src |'; do
	printf 'ls\n%s\nls\nls\nls\n' "$text" >in
	bad "in:2: '${text%% *}' begins what goes over several lines"
done
printf 'cat <<<one\necho $((1 << 2)) $((1<<n)) "it'"'"'s" \\" # it'"'"'s\nls &\n' >in
alone --import in -f -
status_is 0
printf '# Tasks\n\377\n' >in
bad "in:2: this is not UTF-8"
printf '# Tasks\n\000\n' >in
bad "in:2: a NUL byte"
printf 'build:\n  script:\n    - make\n' >in
bad "none of the files that --import knows"
printf 'def f():\n    return 1\n' >in
bad "none of the files that --import knows"
rm in && mkdir in
bad "'in' is no file"
rmdir in && mkfifo in
bad "'in' is no file"
rm in
bad "cannot open 'in'"
head -c 17000000 /dev/zero >in
bad "larger than 16777216 bytes"
python3 -c 'print("[" * 5000)' >in
bad "none of the files"
python3 -c "print('{\"a\":' * 5000)" >in
bad "in:1:"
alone --import in more
status_is 2
err_has "'--import' takes no task"
alone --import in A=b
status_is 2
err_has "'--import' takes no variable"

it "can be told what it is"
printf 'Once upon a time\n' >in
alone --import commands:in
status_is 0
grep -q '^    run  Once upon a time$' Agentfile || fail "$(cat Agentfile)"
rm Agentfile
alone --import codeowners:in
status_is 2
err_has "in: nobody owns anything in it"
printf -- '- [ ] one\n' >tasks:x
alone --import ./tasks:x -f -
status_is 0
out_has "task one"

it "puts lines together as make and the shell do"
printf 'all: one\\\n  two\n\t./build\\\n\t  a b\\\n\tc \\\n\t d\none:\n\ttrue\ntwo:\n\ttrue\n' >in
alone --import makefile:in -f -
status_is 0
out_has "task all: one two"
out_has "run  ./build a bc d"
printf 'ls a\\\n  b\\\nc\n' >in
alone --import commands:in -f -
status_is 0
out_has "run  ls a bc"

it "reads tasks as they are written, not only as the template has them"
cat >tasks.md <<'END_OF_FILE'
## Phase 1
- [ ] **T001** [P] one in `src/f1`
- [ ] **T002 [P]** two in src/f2 (depends on T003)
- [ ] **T003**: [P] three in src/f3

  More of it.

  ```
  - [ ] T099 an example
  ```
1. [ ] T004 four in src/f4
2. [x] T005 five
- [~] T006 six in src/f6
- [~](link) no task

## Phase 2
- [ ] T007 [P] seven in src/f7. Depends on: T001–T003, T004-T006
- [ ] T008 eight in src/f8 (depends on T009)
- [ ] T009 nine in src/f9
and src/f10, too
**Checkpoint**: nine is ready
```
- [ ] T010 ten
END_OF_FILE
alone --import tasks.md -f -
status_is 0
is "$(grep '^task' "$top/out")" "task T001-one-in-src-f1
task T002-two-in-src-f2-depends-on: T003-three-in-src-f3
task T003-three-in-src-f3
task T004-four-in-src-f4: T001-one-in-src-f1 T002-two-in-src-f2-depends-on T003-three-in-src-f3
task T006-six-in-src-f6: T004-four-in-src-f4
task T007-seven-in-src-f7-depends
task T008-eight-in-src-f8-depends: T007-seven-in-src-f7-depends
task T009-nine-in-src-f9: T008-eight-in-src-f8-depends"
is "$(sed -n '/^task T007/,/owns/p' "$top/out" | grep -c 'T00[12346]')" 2
out_has "        - [ ] T099 an example"
out_has "        and src/f10, too"
out_lacks Checkpoint
grep -q '^    owns .*src/f9 src/f10$' "$top/out" || fail "what the second line names: $(cat "$top/out")"
err_has "tasks.md:13: the mark '[~]' is not known; it was taken as open"
err_has "tasks.md:18: 'T008-eight-in-src-f8-depends' does not wait for 'T009', which stands below"
err_has "tasks.md:22: what begins here has no end, so what is below was not read"
rm tasks.md

it "takes a range of tasks for what it is, up to a limit"
python3 - >in <<'END_OF_FILE'
print("\n".join("- [ ] T%05d [P] x%s" % (i, " (depends on T00001-T09999)" if i > 300 else "") for i in range(1, 400)))
END_OF_FILE
alone --import in -f -
status_is 0
err_has "in:301: of what 'T00301-x-depends-on-t00001' depends on, 'T00001' and more, just the first 200 are carried over"
python3 - >in <<'END_OF_FILE'
print("\n".join("- [ ] T%05d [P] x (depends on T00001-T00200)" % i for i in range(1, 6000)))
END_OF_FILE
alone --import in -f -
status_is 2
err_has "in: its tasks depend on one another in more than 1000000 ways"

it "leaves to make what only make knows of a rule"
cat >Makefile <<'END_OF_FILE'
# first of two lines
# and the second
.PHONY: begun
begun:
ifdef FAST
	echo fast: yes
else
	echo slow
endif
	echo $$OUT

spaced:
  ifndef FAST
	echo slow
  endif
	true

env: export OUT = 1
env: begun
	echo $$OUT

tail:
	-rm -f x &
	-rm -f y # all

both too &: tail
	true
V = 1

ifdef FAST
plain:
	true
endif
last:
	true
END_OF_FILE
alone --import Makefile -f -
status_is 0
grep -v '^#' "$top/out" | sed '1,/^task/{/^task/!d;}' | tr -s ' \n' ' ' >"$top/flat"
is "$(cat "$top/flat")" "task begun title first of two lines run make begun task spaced run make spaced task env: begun run make env \
task tail run make tail task both: tail run true task too: tail run true task last run true "
for text in "Makefile:5: 'begun' has a condition" "Makefile:13: 'spaced' has a condition" "Makefile:18: 'env' has a variable of its own" \
	"Makefile:23: 'tail' has a line that cannot stand alone" "Makefile:30: a condition, up to line 33, is left out"; do
	err_has "$text"
done

it "leaves every command to make where something holds for all"
for text in 'SHELL = /bin/bash' 'export OUT := 1' 'export' 'PATH := bin:$(PATH)' '.ONESHELL:' '.EXPORT_ALL_VARIABLES:' \
	"$(printf 'ifdef X\n  export Y = 1\nendif')"; do
	printf '%s\none:\n\tfalse\n' "$text" >Makefile
	alone --import Makefile -f -
	status_is 0
	out_has "run  make one"
	err_has "holds for every command, which only make knows: all tasks run make"
	cp Makefile "$top/outside.mk"
	alone --import "$top/outside.mk" -f -
	status_is 0
	out_has "# task one"
	err_has "all tasks are commented out"
done
printf 'SHELL := /bin/sh\none:\n\tfalse\n' >Makefile
alone --import Makefile -f -
out_has "run  false"
rm Makefile

it "names a target without commands that waits for itself"
printf 'a:\n\ttrue\nb: a b\n' >in
alone --import makefile:in -f -
status_is 0
err_has "in:3: 'b' waits for itself; that was left out"

it "runs what a Makefile in a folder says in that folder"
mkdir -p lib/x && touch lib/x/in ../outside
printf 'out.txt: in ../../src/f1 ../../../outside\n\tcp in out.txt\n' >lib/x/Makefile
alone --import lib/x/Makefile -f -
status_is 0
is "$(sed -n '/^task/,$p' "$top/out")" "task out-txt
    owns   lib/x/out.txt
    reads  lib/x/in src/f1
    run    make -C lib/x out.txt"
err_has "'out.txt' waits for '../../../outside', which is neither a target nor a file"
rm -r lib

it "leaves out a command that is longer than a value may be"
python3 -c 'print("echo one\necho", "漢" * 400000)' >in
alone --import commands:in
status_is 0
err_has "in:2: 'echo 漢漢"
err_has "漢…' cannot be written as one command, and is left out"
is "$(grep -c '^task' Agentfile)" 1
rm Agentfile

it "takes a dependency 2.1 for the subtask, a status in any case, and names the task in what it says"
echo '{"tasks": [{"id": 1, "title": "One", "dependencies": [2.1, null]}, {"id": 2, "title": "Two", "subtasks": [
  {"id": 1, "title": "Sub"}, {"id": 2, "title": "Was", "status": "Done"}]},
  {"id": 3, "title": "A title that is longer than forty columns are", "status": "deferred"}]}' >in
alone --import in -f -
status_is 0
is "$(grep '^task' "$top/out" | tr '\n' ' ')" "task 1-one: 2/1-sub task 2/1-sub "
err_has "in:1: 'One' waits for '(no id)', and there is no such task"
err_has "in:3: 'A title that is longer than forty colum…' is deferred, and left out"

it "takes what is in a folder for what its pattern names, in GitHub"
printf '/plugins/foo-* @a\n*.js @a\n/docs/* @a\nt? @a\n' >in
alone --import codeowners:in -f -
status_is 0
out_has "owns    plugins/foo-* plugins/foo-*/** **/*.js docs/* **/t? **/t?/**"
mkdir .gitlab && mv in .gitlab/CODEOWNERS
alone --import .gitlab/CODEOWNERS -f -
status_is 0
out_has "owns    plugins/foo-* **/*.js docs/* **/t?"
rm -r .gitlab

it "makes names of ids that hold no letter"
echo '{"tasks": [{"id": "-", "title": "+"}, {"id": "../..", "title": "x", "subtasks": [{"id": "*", "title": "y"}]}]}' >in
alone --import in
status_is 0
is "$(grep '^task' Agentfile | tr '\n' ' ')" "task task-task task task/task-y "
rm Agentfile

it "takes CRLF, a byte order mark, and a file outside of the repository"
printf '\357\273\277- [ ] T1 one\r\n- [x] T2 two\r\n- [ ] T3 three (depends on T1, T2)\r\n' >"$top/crlf.md"
mkdir -p sub && cd sub || exit 1
alone --import ../../crlf.md
status_is 0
err_has "wrote '../Agentfile'"
grep -q '^task T3-three-depends-on-t1-t2: T1-one$' ../Agentfile || fail "$(cat ../Agentfile)"
! grep -q "$(printf '\r')" ../Agentfile || fail "a carriage return is left"
cd .. && rm Agentfile

it "cuts a text that is longer than the language can say, and says so"
python3 - >"$top/long.md" <<'END_OF_FILE'
print("- [ ] T1 one in src/f1\n" + "  {{a}} é\n" * 100000 + "- [ ] T2 two in src/f2")
END_OF_FILE
alone --import ../long.md
status_is 0
err_has "long.md:1: the text of 'T1-one-in-src-f1' is"
am --check
status_is 0
rm Agentfile

it "imports 20,000 tasks"
python3 - >many.json <<'END_OF_FILE'
import json
tasks = [{"id": i, "title": "the same", "details": "x" * 200, "status": "pending", "dependencies": [i - 1] if i > 1 else [],
    "subtasks": [{"id": k, "title": "the same", "status": "pending", "dependencies": list(range(1, k))} for k in range(1, 10)]}
    for i in range(1, 2001)]
print(json.dumps({"tasks": tasks}))
END_OF_FILE
alone --import many.json
status_is 0
is "$(grep -c '^task ' Agentfile)" 18000
am --check
status_is 0
