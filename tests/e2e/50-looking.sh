. "$E2E/lib.sh"

valid_json() {
	python3 -m json.tool <"$top/out" >/dev/null || fail "not JSON"
}

# keys of a JSON object, by a path of keys and numbers
json() {
	python3 -c 'import json,sys
x = json.load(open(sys.argv[1]))
for k in sys.argv[2:]:
    x = x[int(k)] if isinstance(x, list) else x[k]
print(json.dumps(x) if not isinstance(x, str) else x)' "$top/out" "$@"
}

it "shows the plan as JSON, as the contract says"
repo plan
agentfile <<'END'
jobs 2
agent scripted
    run  cat >/dev/null; echo x >> src/{{task}}
task f1
    agent scripted
    owns src/f1
    prompt x
    verify true
task f2
    owns src/f* !src/f4
    reads CHANGELOG
    run  echo y >> src/f2
task gate: f1 f2
    verify true
END
am -n=json
status_is 0
valid_json
is "$(json agentfile)" Agentfile
is "$(json base)" main
is "$(json head)" "$(git rev-parse main)"
is "$(json mode)" SEQUENTIAL
is "$(json makespan_s)" null
is "$(json critical_path)" '["f1", "f2", "gate"]'
is "$(json tasks 0)" '{"name": "f1", "state": "run", "why": "never ran", "batch": 1, "owns": ["src/f1"], "blocked_by": [], "agent": "scripted", "verify": ["true"]}'
is "$(json tasks 1 owns)" '["src/f*", "!src/f4"]'
is "$(json tasks 2 owns)" '[]'
is "$(json tasks 2 blocked_by)" '["f1", "f2"]'
is "$(json conflicts 0)" '{"a": "f1", "b": "f2", "kind": "owns", "witness": "src/f1", "a_at": "Agentfile:6:10", "b_at": "Agentfile:10:10"}'
is "$(json batches)" '[["f1"], ["f2"], ["gate"]]'
python3 "$TESTS/schema/check.py" plan "$top/out" || fail "schema"

it "expects what earlier runs took"
am
status_is 0
am -B -n=json
[ "$(json makespan_s)" != null ] || fail "no makespan"
am -B -n
out_has "Expected to take"
am -n=json
is "$(json tasks 0 state)" up-to-date
is "$(json tasks 0 batch)" null
python3 "$TESTS/schema/check.py" plan "$top/out" || fail "schema"

it "shows the last run as text and JSON"
am --status
status_is 0
out_has "f1"
out_has "done"
am --status=json
valid_json
is "$(json state)" ended
is "$(json tasks 0 name)" f1
is "$(json tasks 0 state)" done
is "$(json tasks 0 attempts 0 state)" passed
is "$(json tasks 0 attempts 0 cost)" null
is "$(json tasks 0 commit)" "$(git log --format=%H --grep 'Agentmake-Task: f1' -1 agentmake/into/main)"
python3 "$TESTS/schema/check.py" status "$top/out" || fail "schema"

it "shows logs, diffs and the history"
am --log f1
status_is 0
out_has "== agent: cat"
am --diff f1
status_is 0
out_has "+x"
am --history
status_is 0
out_has "attempt 1 passed"
am --log nosuch
status_is 2
am --log ff1
status_is 2
err_has "did you mean 'f1'?"
am --diff nosuch
status_is 2

it "follows a log while the run goes on"
repo follow
agentfile <<'END'
task a
    owns src/f1
    run  echo one; touch ../../one; sleep 0.6; echo two; echo A > src/f1
END
"$AGENTMAKE" >/dev/null 2>&1 </dev/null &
pid=$!
wait_for ../one
am --log a -F
status_is 0
out_has one
out_has two
wait $pid

it "says who owns a path"
repo owners
agentfile <<'END'
task a
    owns src/** !src/f2
    shares CHANGELOG
    run true
task b: a
    owns src/f2
    reads src/f1
    run true
task c: b
    run true
END
am --owners src/f1
out_has "a owns it: src/** (Agentfile:2:10)"
out_has "b reads it: src/f1"
out_has "c owns it: everything"
am --owners src/f2
grep -q "^a owns" "$top/out" && fail "a does not own it"
am --owners CHANGELOG
out_has "a shares it"
cd src && am --owners f2
out_has "b owns it"
cd .. && am --owners ../x
status_is 2

it "draws the graph"
am --graph
out_has "after a"
am --graph=dot
out_has '"a" -> "b"'
if command -v dot >/dev/null; then dot -Tsvg "$top/out" >/dev/null || fail "dot refuses it"; fi
am --graph=mermaid
out_has "t0 --> t1"
am --graph=json
valid_json

it "lists conflicts with a witness that exists"
repo conflicts
agentfile <<'END'
task a
    owns src/*
    run true
task b
    owns **/f3
    run true
task c
    reads src/f4
    owns x
    run true
END
am --conflicts
out_has "a and b: both own, for example src/f3"
out_has "a and c: the first owns, the second reads, for example src/f4"

it "writes events as they happen"
repo events
agentfile <<'END'
task a
    owns src/f1
    run  echo A > src/f1
    verify true
task b: a
    owns src/f2
    run  false
END
am --events ../events.jsonl
status_is 1
python3 - ../events.jsonl <<'END' || fail "events"
import json, sys
e = [json.loads(l) for l in open(sys.argv[1])]
assert e[0]["e"] == "run" and e[-1]["e"] == "end", e
states = [(x["task"], x["state"]) for x in e if x["e"] == "task"]
for want in [("a", "running"), ("a", "queued"), ("a", "merging"), ("a", "done"), ("b", "ready"), ("b", "failed")]:
    assert want in states, (want, states)
assert states.index(("a", "done")) < states.index(("b", "running"))
END
am -B --events -
python3 -c 'import json,sys
for l in open(sys.argv[1]): json.loads(l)' "$top/out" || fail "events on standard output"

it "is silent with -s, but not about failures"
am -s -B
err_lacks "running"
err_has "task 'b' failed"

it "prints help and versions"
am --help
status_is 0
out_has "usage: agentmake"
is "$(awk 'length > 80' "$top/out")" ""
am --version
status_is 0
is "$(sed -n '1s/^agentmake [0-9]*\.[0-9]*\.[0-9]*\( ([0-9a-f]*+*)\)*$/the first line/p' "$top/out")" "the first line"
for what in libgit2 libuv PCRE2 jansson git; do
	grep -qE "^$what [0-9]+\.[0-9]+" "$top/out" || fail "it does not say the version of $what"
done
out_has "git $(git --version | sed 's/[^0-9]*\([0-9.]*[0-9]\).*/\1/')"
out_has "compiled by "
sandbox=$(sed -n 's/^sandbox: \([A-Za-z]*\).*/\1/p' "$top/out")
"$outer_agentmake" --check >"$top/out" 2>"$top/err"
out_has "sandbox: $sandbox"

it "prints its versions also where nothing is found"
mkdir "$top/bin"
PATH=$top/bin am --version
status_is 0
out_has "git: not found on PATH"

it "asks on a terminal, and takes no for an answer"
repo ask
agentfile <<'END'
task a
    owns src/f1
    run  echo A > src/f1
END
python3 - "$AGENTMAKE" <<'END' || fail "the question"
import os, pty, sys, time
def ask(answer, *args):
    pid, fd = pty.fork()
    if pid == 0:
        os.environ["TERM"] = "xterm"
        os.execv(sys.argv[1], [sys.argv[1], *args])
    out = b""
    while b"[y/N]" not in out and len(out) < 100000:
        try:
            out += os.read(fd, 4096)
        except OSError:
            break
    if b"[y/N]" in out:
        os.write(fd, answer)
    try:
        while True:
            got = os.read(fd, 4096)
            if not got:
                break
            out += got
    except OSError:
        pass
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), out.decode()
status, out = ask(b"n\n")
assert status == 3 and "1 task to run" in out, (status, out)
assert os.system("git rev-parse -q --verify agentmake/into/main >/dev/null") != 0
status, out = ask(b"y\n")
assert status == 0 and "1 merged" in out, (status, out)
status, out = ask(b"", "-y", "-B")
assert status == 0 and "[y/N]" not in out, (status, out)
END

it "shows a live view on a terminal that leaves nothing behind"
python3 - "$AGENTMAKE" <<'END' || fail "the live view"
import os, pty, sys
pid, fd = pty.fork()
if pid == 0:
    os.environ["TERM"] = "xterm"
    os.execv(sys.argv[1], [sys.argv[1], "-y", "-B"])
out = b""
try:
    while True:
        got = os.read(fd, 4096)
        if not got:
            break
        out += got
except OSError:
    pass
assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
text = out.decode()
assert "0/1 done" in text, text
last = text.replace("\r\n", "\n").split("\n")
assert last[-2].endswith("brings it to main") and "agentmake: 1 merged" in last[-2], last[-3:]
END

sound
