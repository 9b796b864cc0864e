#!/bin/sh
# What others read when a run is over: a JUnit report, annotations for GitHub Actions.
. "$E2E/lib.sh"

# the value of a Python expression over the report: `suite`, `cases` by name
xml() {
	python3 -c '
import sys, xml.etree.ElementTree as et
from datetime import datetime
root = et.parse(sys.argv[1]).getroot()
assert root.tag == "testsuites" and len(root) == 1
suite = root[0]
assert suite.tag == "testsuite"
cases = {c.get("name"): c for c in suite}
assert len(cases) == len(suite) == int(suite.get("tests"))
for kind, n in ("failure", "failures"), ("error", "errors"), ("skipped", "skipped"):
    assert len(suite.findall("testcase/" + kind)) == int(suite.get(n)), kind
def text(name, kind):
    return cases[name].find(kind).text
print(eval(sys.argv[2]))' "$top/report.xml" "$1"
}

xml_is() {
	got=$(xml "$1") || fail "the report: $(cat "$top/report.xml")"
	is "$got" "$2" "$1"
}

counts='[suite.get(k) for k in ("tests", "failures", "errors", "skipped")]'

it "writes a test case for each task"
repo junit
agentfile <<'END'
agent bot
    run
        echo 'in 100 out 7 cost 0.25'
        echo $AGENTMAKE_ATTEMPT > src/f1
    capture /in (?<tokens_in>\d+) out (?<tokens_out>\d+) cost (?<cost>[0-9.]+)/
task good
    agent   bot
    owns    src/f1
    retries 1
    prompt  Do it.
    verify  grep -q 2 src/f1
task bad: good
    owns    src/f2
    run     printf 'a \001\033[31m<b> & "c" ]]>\377\n'; exit 3 # <&"
task after: bad
    owns    src/f3
    run     echo x > src/f3
task never
    owns    src/f4
    when    changed nothing/**
    run     echo x > src/f4
task gate: good
    verify  true
END
am -j2 --junit "$top/report.xml"
status_is 1
xml_is "suite.get('name'), $counts" "('agentmake', ['5', '1', '0', '2'])"
xml_is 'list(cases)' "['good', 'bad', 'after', 'never', 'gate']"
xml_is 'set(c.get("classname") for c in suite)' "{'Agentfile'}"
xml_is 'float(suite.get("time")) > 0 and all(float(c.get("time")) >= 0 for c in suite)' True
xml_is 'abs((datetime.utcnow() - datetime.fromisoformat(suite.get("timestamp"))).seconds) < 300' True
xml_is 'cases["after"].find("skipped").get("message")' blocked
xml_is 'cases["never"].find("skipped").get("message")' skipped
xml_is '[e.tag for e in cases["good"]]' "['system-out']"
commit=$(git log --format=%H --grep '^Task good\.$' agentmake/into/main)
for line in "state: done" "attempts: 2" "attempt 1: failed after" "commit: $commit" "tokens in: 200" \
	"tokens out: 14" 'cost: $0.5000'; do
	xml_is "'\n$line' in '\n' + text('good', 'system-out')" True
done
xml_is 'cases["bad"].find("failure").get("message").split(":")[0]' "the command exited with status 3"
xml_is 'cases["bad"].find("failure").get("message").endswith("# <&\"")' True
xml_is '"a \ufffd<b> & \"c\" ]]>\ufffd" in text("bad", "failure")' True
log=$(xml 'text("bad", "failure").split("Its log: ")[1].split("\n")[0]')
[ -s "$log" ] || fail "no log '$log'"
is "$(ls "$top" | grep report)" report.xml "only the report"

it "has what is up to date as passed, also when there is nothing to do"
am -j2 --junit "$top/report.xml" good gate
status_is 0
err_has "nothing to do"
xml_is "$counts" "['2', '0', '0', '0']"
xml_is '"state: up to date" in text("good", "system-out")' True

it "has what waits for a decision as an error, and every variant that failed"
repo undecided
agentfile <<'END'
agent bot
    run echo $AGENTMAKE_TASK > src/f1
agent qa
    run echo hm
task reviewed
    agent  bot
    owns   src/f1
    review qa
    prompt Do it.
task chosen
    owns     src/f2
    variants one two
    run      echo {{variant}} > src/f2
    choose   ask
task hopeless
    owns     src/f4
    variants red blue
    run      echo {{variant}} > src/f4
    verify   echo not {{variant}}; false
    choose   echo 1
END
am -j4 --junit "$top/report.xml"
status_is 1
xml_is "$counts" "['3', '1', '2', '0']"
xml_is '(lambda e: (e.get("type"), e.get("message")))(cases["reviewed"].find("error"))' \
	"('undecided', \"the reviewer 'qa' neither approved nor rejected it\")"
xml_is '"--compare chosen" in text("chosen", "error")' True
xml_is '[w in text("hopeless", "failure") for w in ("red: ", "not red", "blue: ", "not blue")]' \
	"[True, True, True, True]"

it "has a conflict as an error, with the branch of the work"
repo conflict
agentfile <<'END'
task a
    owns   src/f1
    shares CHANGELOG
    run    while [ ! -e ../../b ]; do sleep 0.05; done; echo a > CHANGELOG
task b
    owns   src/f2
    shares CHANGELOG
    run    echo b > CHANGELOG; touch ../../b
END
am -j2 --junit "$top/report.xml" --annotate
status_is 4
name=$(xml '[c.get("name") for c in suite if c.find("error") is not None][0]')
xml_is "cases['$name'].find('error').get('type')" conflict
xml_is "'agentmake/task/$name' in text('$name', 'error')" True
xml_is "'CHANGELOG' in text('$name', 'error')" True
out_has "title=task '$name'%3A conflict::"

it "reports a run that is interrupted"
repo interrupt
agentfile <<'END'
task a
    owns src/f1
    run  touch ../../started; sleep 1000
task b: a
    owns src/f2
    run  echo x > src/f2
END
"$AGENTMAKE" --junit "$top/report.xml" 2>"$top/err" </dev/null &
pid=$!
wait_for ../started
kill -INT $pid
wait $pid
is $? 130
xml_is '[c.find("skipped").get("message") for c in suite]' "['cancelled', 'blocked']"

it "says before the run that the report cannot be written, and after it that it was not"
repo unwritable
agentfile <<'END'
task a
    owns src/f1
    run  touch ../../ran; rm -rf ../../reports; echo x > src/f1
END
mkdir "$top/adir"
for file in "$top/missing/report.xml" "$top/adir" /dev/stdout ''; do
	am --junit "$file"
	status_is 2
	err_has "cannot write the report"
done
[ -e "$top/ran" ] && fail "it ran all the same"
git rev-parse -q --verify agentmake/into/main && fail "there is a branch"
am --junit "$top/report.xml" -n
status_is 2
mkdir "$top/reports"
am --junit "$top/reports/report.xml"
status_is 0
err_has "warning: the report was not written: "

it "annotates what is wrong with the Agentfile, where it stands"
repo annotate
mkdir more
echo 'tsk z' >"more/50%,a:b.agentfile"
agentfile <<'END'
task a
    owns   src/f1
    verfy  100% sure
include more/50%,a:b.agentfile
task a
    owns   src/f2
    run    true
END
cd more || exit 1
am --check --annotate
cd .. || exit 1
status_is 2
out_has "::error file=Agentfile,line=3,col=5,title=agentmake::unknown property 'verfy'"
out_has "::error file=more/50%25%2Ca%3Ab.agentfile,line=1,col=1,title=agentmake::"
grep -q '^::error file=Agentfile,line=5,col=6,title=agentmake::.*%0A../Agentfile:1:6: note: ' "$top/out" \
	|| fail "no note"
is "$(grep -vc '^::error ' "$top/out")" 0
GITHUB_ACTIONS=true am --check
out_has "::error file=Agentfile,line=3"
am --check
is "$(cat "$top/out")" ""

it "annotates tasks that failed, and no others"
repo tasks
agentfile <<'END'
task fine
    owns   src/f1
    run    echo x > src/f1
for X in f2 f3
    task bad/{{X}}
        owns   src/{{X}}
        run    echo '::error::100%'; false
task after: bad/f2
    verify true
END
export GITHUB_ACTIONS=true
am -j2
status_is 1
is "$(grep -c . "$top/out")" 2
grep -q "^::error file=Agentfile,line=5,col=10,title=task 'bad/f2'%3A failed::the command exited with status 1: .*%0A.*100%25.*%0AIts log: " \
	"$top/out" || fail "no annotation"

it "leaves standard output to what was asked for"
am -j2 --events -
status_is 1
grep -vq '^{' "$top/out" && fail "what is no event"
am -n=json
python3 -m json.tool <"$top/out" >/dev/null || fail "not JSON"
am --annotate --events -
status_is 2
err_has "cannot hold both annotations and events"
am --annotate -n=json
status_is 2
err_has "'--annotate' goes with a run or with '--check'"

sound
