#!/bin/sh
# A run as a page and as trace events: --report, --trace. How the page behaves is tests/page.sh.
. "$E2E/lib.sh"

page() {
	python3 "$TESTS/report/page.py" "$top/r.html" "$1"
}

page_is() {
	got=$(page "$1" 2>"$top/why") || fail "the page: $(tail -n 3 "$top/why")"
	is "$got" "$2" "$1"
}

trace_is() {
	got=$(python3 "$TESTS/report/page.py" "$top/t.json" "$1" 2>"$top/why") || fail "the trace: $(tail -n 3 "$top/why")"
	is "$got" "$2" "$1"
}

# the page says of every attempt what --status=json says
agrees() {
	am --status=json
	status_is 0
	cp "$top/out" "$top/status.json"
	page_is "agrees(data, '$top/status.json')" True
}

it "tells a run whole: failures, retries, variants, a review, and what only looks like a page"
repo whole
hostile='x"><img/src=x/onerror=alert(1)>'
sed "s/RLO/$(printf '\342\200\256')/; s/LS/$(printf '\342\200\250')/" >"$top/file" <<'END'
jobs 3
agent bot
    run
        echo 'session "s1" in 100 out 7 cost 0.25'
        printf '</script><script>alert(1)</script> \033[31mred\033[0m \342\200\250 \342\200\256back\n'
        echo $AGENTMAKE_ATTEMPT > src/f1
    capture /session "(?<session>[^"]+)" in (?<tokens_in>\d+) out (?<tokens_out>\d+) cost (?<cost>[0-9.]+)/
agent qa
    run     echo 'VERDICT: APPROVE'
    approve /APPROVE/
    reject  /REJECT/
task good
    agent   bot
    owns    src/f1
    retries 1
    title   </title></script><img src=x onerror=alert(1)> "quoted" & 'so' RLO 🙂 LS end
    prompt  Do it.
    verify  grep -q 2 src/f1
    review  qa
task 'x"><img/src=x/onerror=alert(1)>': good
    owns    src/f2
    run     printf 'a \033[31m<b> & "c" ]]>\377 </pre></details><script>alert(1)</script>\n'; exit 3
task after: 'x"><img/src=x/onerror=alert(1)>'
    owns    src/f3
    run     echo x > src/f3
task same
    owns    src/f1
    run     printf '1\n2\n3\n' > src/f1
task tried
    owns     src/f4
    variants red blue
    run      echo {{variant}} > src/f4
    choose   if [ {{variant}} = red ]; then echo 3; else echo 1; fi
task gate: good
    verify  true
END
agentfile <"$top/file"
am --report "$top/r.html" --trace "$top/t.json"
status_is 1
agrees
page_is '[t["name"] for t in data["tasks"]]' "['good', '$hostile', 'after', 'same', 'tried', 'gate']"
page_is '[len(task[n]["attempts"]) for n in ("good", "tried", "after")]' '[2, 2, 0]'
page_is '[a["variant"] for a in task["tried"]["attempts"]]' "['red', 'blue']"
page_is 'task["good"]["title"].startswith("</title></script><img src=x onerror=alert(1)> \"quoted\" & ")' True
page_is '[w in task["good"]["title"] for w in ("\u202e", "\u2028", "\ufffd", "\U0001f642")]' '[False, True, True, True]'
page_is '"</script><script>alert(1)</script> red \u2028 \ufffdback" in task["good"]["attempts"][0]["tail"]' True
page_is '"a <b> & \"c\" ]]>\ufffd </pre></details><script>alert(1)</script>" in text' True
page_is '"storefront" in text or "1 of 6 tasks failed" in text' True
page_is '"$0.50" in text and "not reported" not in text.split("Tokens")[0]' True
page_is '[data["tasks"][i]["name"] for i, _, _ in data["chain"]][-1] in task and data["chain"][0][1] < 1' True
page_is 'sorted([data["tasks"][a]["name"], data["tasks"][b]["name"]] for a, b, hold in data["edges"] if hold)' "[['good', 'same']]"
page_is 'sorted(data["tasks"][a]["name"] for a, b, hold in data["edges"] if not hold)' "['good', 'good', '$hostile']"
page_is 'set(k for t in data["tasks"] for a in t["attempts"] for k, *_ in a["spans"]) >= {0, 1, 2, 3, 4, 5}' True
page_is 'abs(sum(e - b for t in data["tasks"] for a in t["attempts"] for k, _, b, e in a["spans"] if k not in (4, 6))
	- data["busy"]) < 0.01' True
page_is '[a["decision"] for a in task["good"]["attempts"]]' "[None, 'approved']"

it "says how many lines and files each task changed, as git does"
for name in good same tried; do
	commit=$(page "task['$name']['commit']")
	git diff --numstat "$commit^1" "$commit" >"$top/numstat"
	page_is "'\n'.join('%d\t%d\t%s' % (a, d, f) for _, f, a, d in task['$name']['changes']['list'])" "$(cat "$top/numstat")"
done
page_is '[task["same"]["changes"][k] for k in ("files", "added", "deleted")]' '[1, 2, 0]'
page_is '"changes" in task["after"]' False

it "writes the same run as trace events: threads, slices within slices, arrows, a counter"
trace_is 'sorted(set(e["ph"] for e in events))' "['C', 'M', 'X', 'f', 'i', 's']"
trace_is 'sorted(e["args"]["name"] for e in events if e["name"] == "thread_name")[0]' wt-1
trace_is 'sorted(set(e["name"] for l in slices.values() for e in l if e["cat"] == "attempt"))' \
	"['gate', 'good', 'good #2', 'same', 'tried (blue)', 'tried (red)', '$hostile']"
trace_is 'set(e["name"] for l in slices.values() for e in l if e["cat"] == "phase") >= {"lease", "agent", "verify", "review", "queued", "merge"}' True
trace_is '[(e["args"]["task"], e["args"]["failure"].split(":")[0]) for e in events if e["ph"] == "i"]' \
	"[('good', 'the verification exited with status 1'), ('$hostile', 'the command exited with status 3')]"
trace_is '[e["args"]["running"] for e in events if e["ph"] == "C"][-1]' 0
trace_is 'sorted(p[0]["cat"] for p in flows.values())' "['blocker', 'blocker', 'hold']"
trace_is '[e["args"]["cost"] for l in slices.values() for e in l if e["name"] == "good #2"][0]' 0.25
trace_is '[trace["displayTimeUnit"], trace["otherData"]["state"]]' "['ms', 'ended']"

it "writes the last run where there is nothing to do"
am --report "$top/r.html" --trace "$top/t.json" good same
status_is 0
err_has "nothing to do"
agrees
page_is '"1 of 6 tasks failed" in text' True

it "writes it with --status as well, and prints the status; standard output is only for one"
before=$(git for-each-ref; find .git/agentmake -type f -print0 | sort -z | xargs -0 cksum)
rm "$top/r.html"
am --status --report "$top/r.html"
status_is 0
out_has "In all: "
agrees
is "$(git for-each-ref; find .git/agentmake -type f -print0 | sort -z | xargs -0 cksum)" "$before" "written"
am --status --report -
status_is 0
cp "$top/out" "$top/r.html"
agrees
am --status --trace -
cp "$top/out" "$top/t.json"
trace_is 'len(slices) > 1' True
for options in "--report - --trace -" "--status=json --report -" "--trace - --events -" "--annotate --report -"; do
	# shellcheck disable=SC2086
	am $options
	status_is 2
	err_has "standard output cannot hold both "
done
GITHUB_ACTIONS=true am --report - good
is "$(grep -c '^::' "$top/out")" 0
grep -q '^<!doctype html>' "$top/out" || fail "no page"

it "leaves the page to those whom the umask does: the end of logs is in it"
before=$(umask)
for mask in 077 027 022; do
	umask $mask
	rm -f "$top/r.html"
	am --status --report "$top/r.html"
	umask "$before"
	is "$(stat -c %a "$top/r.html")" "$(printf %o $((0666 & ~0$mask)))" "with umask $mask"
done

it "says which options it does not go with"
for options in "--report x --graph" "--trace x -n" "--report x --log good"; do
	# shellcheck disable=SC2086
	am $options
	status_is 2
	err_has "goes with a run or with '--status', not with '--"
done
am --report "$top/same" --trace "$top/same"
status_is 2
err_has "'--report' and '--trace' would both write '$top/same'"
am --report "$top/same" --events "$top/same"
status_is 2
err_has "'--events' and '--report' would both write '$top/same'"

it "replaces reports, and no file that is something else"
for option in junit report trace; do
	: >"$top/empty"
	am --$option "$top/empty"
	am --$option "$top/empty"
	case $status in 2) fail "its own report is refused: $option" ;; esac
	[ -s "$top/empty" ] || fail "no report: $option"
	am --$option Agentfile
	status_is 2
	err_has "'--$option Agentfile' would replace a file that holds something else; name another one, or remove it"
	git diff --quiet Agentfile || fail "the Agentfile is gone"
done
am --events Agentfile
status_is 2
err_has "'--events Agentfile' would replace a file that holds something else"
git diff --quiet Agentfile || fail "the Agentfile is gone"
am -B --events "$top/events"
am -B --events "$top/events"
grep -q '"e":"end"' "$top/events" || fail "its own events are refused"

it "says before anything is run that it cannot be written, and after the run that it was not"
repo unwritable
agentfile <<'END'
task a
    owns src/f1
    run  touch ../../ran; rm -rf ../../reports; echo x > src/f1
END
mkdir "$top/adir" "$top/closed" && chmod 555 "$top/closed"
ln -s "$top/r.html" "$top/link"
for file in "$top/missing/r.html" "$top/adir" "$top/link" /dev/full ''; do
	for option in --report --trace; do
		am $option "$file"
		status_is 2
		err_has "cannot write the report"
	done
	am --status --report "$file"
	status_is 2
	err_has "cannot write the report"
done
if [ "$(id -u)" != 0 ]; then
	am --report "$top/closed/r.html"
	status_is 2
	err_has "cannot write the report '$top/closed/r.html': Permission denied"
fi
[ -e "$top/ran" ] && fail "it ran all the same"
mkdir "$top/reports"
am --report "$top/reports/r.html"
status_is 0
err_has "warning: the report was not written: "

it "leaves what is there where the disk is full"
echo "<!doctype html>old" >"$top/r.html"
(trap '' XFSZ; ulimit -f 8; "$AGENTMAKE" --status --report "$top/r.html" >"$top/out" 2>"$top/err" </dev/null)
is $? 2
err_has "cannot write '$top/r.html."
is "$(cat "$top/r.html")" "<!doctype html>old"
is "$(cd "$top" && echo r.html*)" r.html "what is left"

it "counts no attempt of what was skipped"
repo skip
agentfile <<'END'
task a
    owns src/f1
    when changed nothing/**
    run  echo x > src/f1
task b
    owns src/f2
    run  sleep 0.2; echo x > src/f2
END
am --report "$top/r.html" --trace "$top/t.json"
status_is 0
agrees
page_is '[task["a"]["state"], task["a"]["attempts"], task["a"]["seconds"]]' "['skipped', [], None]"
trace_is 'sorted(set(e["args"]["task"] for l in slices.values() for e in l))' "['b']"

it "tells a run that goes on, from another terminal, and one that was interrupted or killed"
repo interrupt
agentfile <<'END'
task a
    owns src/f1
    run  touch ../../started; sleep 1000
task b: a
    owns src/f2
    run  echo x > src/f2
END
am_until ../started --report "$top/end.html"
am --status --report "$top/r.html" --trace "$top/t.json"
status_is 0
agrees
page_is '[data["state"], task["a"]["state"], task["b"]["state"], "running: 0 of 2 tasks done" in text]' \
	"['running', 'running', 'waiting', True]"
page_is 'task["a"]["attempts"][0]["spans"][-1][3] == data["wall"]' True
page_is 'abs(task["a"]["began"] + task["a"]["seconds"] - data["wall"]) < 0.01' True
page_is '"What the end waited for: 1 task." in text' True
trace_is '[e["args"]["state"] for l in slices.values() for e in l if e["name"] == "a"]' "['running']"
kill -INT "$pid"
wait "$pid"
is $? 130
mv "$top/end.html" "$top/r.html"
agrees
page_is '[data["state"], task["a"]["state"], task["b"]["state"], "interrupted: 0 of 2 tasks done" in text]' \
	"['ended', 'cancelled', 'blocked', True]"
rm ../started
am_until ../started
am_kill
am --status --report "$top/r.html"
page_is '[data["state"], task["a"]["state"], task["a"]["attempts"][0]["state"], "it died; run agentmake again" in text]' \
	"['died', 'interrupted', 'interrupted', True]"
rm ../started
sed -i 's/run  touch/run  [ $AGENTMAKE_ATTEMPT = 2 ] || exit; touch/; s/^task a/&\n    retries 1/' Agentfile
git commit -qam 'another try'
am_until ../started
am_kill
am --status
grep -q "  a  *interrupted attempt 2$" ../out || fail "$(cat ../out)"
am --clean
status_is 0

it "tells what it can where there is no run, or no Agentfile that can be read"
repo fresh
agentfile <<'END'
task a
    owns src/f1
    run  echo x > src/f1
task b: a
    verify true
END
am --status --report "$top/r.html" --trace "$top/t.json"
status_is 0
is "$(cat "$top/err")" ""
out_has "nothing has been run here yet"
page_is '"nothing has been run here yet" in text' True
trace_is 'events' '[]'
am
status_is 0
echo 'tsk' >Agentfile
am --status --report "$top/r.html"
status_is 0
err_has "warning: the report has neither titles nor a graph"
page_is '[sorted(task), data["edges"], task["a"]["title"], task["a"]["changes"]["files"]]' "[['a', 'b'], [], None, 1]"
rm Agentfile
am --status --report "$top/r.html"
status_is 0
page_is 'sorted(task)' "['a', 'b']"
printf 'task other\n    verify true\n' >Agentfile
am --status --report "$top/r.html"
page_is 'sorted(task)' "['a', 'b']"

it "tells what it can of a journal whose lines are whole, but not as this version writes them"
am other
python3 - .git/agentmake/journal <<'END'
import json, sys, zlib
lines = [json.loads(line[9:]) for line in open(sys.argv[1], 'rb')]
for line in lines:
    line["at"] = "soon"
    if line["e"] == "attempt":
        del line["state"]
        line["seconds"] = 1e308
with open(sys.argv[1], 'wb') as out:
    for text in (json.dumps(line).encode() for line in lines):
        out.write(b'%08x %s\n' % (zlib.crc32(text), text))
END
am --status --report "$top/r.html" --trace "$top/t.json"
status_is 0
page_is '"-9223372036854775808" in text' False
trace_is 'trace["otherData"]["state"]' ended

it "shows what the run did not need, but what blocks it"
repo part
agentfile <<'END'
task early
    owns src/f1
    run  echo x > src/f1
task far
    owns src/f3
    run  echo x > src/f3
task late: early
    owns src/f2
    run  echo x > src/f2
END
am early
am --report "$top/r.html" late
page_is '[(t["name"], t["state"]) for t in data["tasks"]]' "[('late', 'done'), ('early', None)]"
page_is 'data["edges"]' '[[1, 0, 0]]'

it "finds what the end waited for: blockers, whose files were wanted, whose place was"
repo chain
agentfile <<'END'
task a
    owns src/f1
    run  sleep 0.2; echo a >> src/f1
task b: a
    owns src/f2
    run  sleep 0.2; echo b >> src/f2
task c
    owns src/f2
    run  sleep 0.2; echo c >> src/f2
task d
    owns src/f3
    run  sleep 0.2; echo d >> src/f3
END
am -j4 --report "$top/r.html"
status_is 0
page_is '[(data["tasks"][i]["name"], data["tasks"][i]["why"]) for i, *_ in data["chain"]]' \
	"[('a', 'beginning'), ('b', 'blocker'), ('c', 'hold')]"
page_is '"held back by b" in text and "What the end waited for: 3 tasks" in text' True
am -B -j1 --report "$top/r.html" a d c
status_is 0
page_is '[data["tasks"][i]["why"] for i, *_ in data["chain"]]' "['beginning', 'slot', 'slot']"
page_is 'data["peak"]' 1

it "keeps secrets out of both"
repo secrets
agentfile <<'END'
task a
    owns  src/f1
    title the token is {{API_TOKEN}}
    run   echo "$API_TOKEN"; false
END
API_TOKEN=hunter2-hunter2 am --report "$top/r.html" --trace "$top/t.json" API_TOKEN=hunter2-hunter2
status_is 1
API_TOKEN=hunter2-hunter2 am --status --report "$top/s.html" API_TOKEN=hunter2-hunter2
for file in r.html t.json s.html; do
	grep -q hunter2 "$top/$file" && fail "$file has it"
done
page_is 'task["a"]["title"]' 'the token is ***'

it "stays small with a thousand tasks of three attempts each"
repo large
python3 "$TESTS/report/large.py" . 1000 3
am --status --report "$top/r.html" --trace "$top/t.json"
status_is 0
agrees
page_is 'len(data["tasks"])' 1000
[ "$(wc -c <"$top/r.html")" -lt 8000000 ] || fail "the page has $(wc -c <"$top/r.html") bytes"
trace_is 'sum(1 for l in slices.values() for e in l if e["cat"] == "attempt")' 2980

sound large secrets
