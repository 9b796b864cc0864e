#!/bin/sh
# Agents: what their output says, what they cost, what they are told, and who looks at their work.
. "$E2E/lib.sh"

# script NAME: an agent's script, which is committed
script() {
	cat >"$1.sh"
	git add "$1.sh" && git commit -qm "$1"
}

it "reads session, tokens and cost, last or summed, and goes on with the session on a retry"
repo captures
script bot <<'END'
echo "session s-42"
echo '{"in":100,"out":7,"cost":0.25}'
echo '{"in":50,"out":3,"cost":0.25}'
echo "total cost 0.5, model m-1"
cat >../told.$AGENTMAKE_ATTEMPT
echo "$1" >../session.$AGENTMAKE_ATTEMPT
[ "$AGENTMAKE_ATTEMPT" = 1 ] && echo wrong >src/f1 || echo right >src/f1
echo finished
END
agentfile <<'END'
agent bot
    run     sh bot.sh
    resume  sh bot.sh {{q session}}
    capture /^session (?<session>\S+)/
    capture /total cost (?<cost>[0-9.]+), model (?<model>\S+)/
    sum     /"in":(?<tokens_in>\d+),"out":(?<tokens_out>\d+)/
    done    /^finished$/
task a
    agent   bot
    owns    src/f1
    retries 1
    prompt  Make it right.
    verify  grep -q right src/f1
END
am --events "$top/events"
status_is 0
err_has "for \$1.00, 300 tokens in, 20 out"
is "$(cat ../captures.agentmake/session.1)" ""
is "$(cat ../captures.agentmake/session.2)" s-42
grep -q 'Mend it' ../captures.agentmake/told.2 || fail "the brief of the retry"
grep -q '## Files' ../captures.agentmake/told.2 && fail "the session knows the files already"
grep -q '"e":"usage".*"session":"s-42","cost":0.5,"tokens_in":150,"tokens_out":10,"captured":{"model":"m-1"}' "$top/events" \
	|| fail "$(cat "$top/events")"
am --status=json
python3 "$TESTS/schema/check.py" status "$top/out" || fail "schema"
out_has '"session":"s-42","tokens_in":150,"tokens_out":10,"cost":0.5'
am --status
out_has "\$1.00, 300 tokens in, 20 out"
out_has "In all: \$1.00"
am --history
out_has "\$0.50, 150 tokens in, 10"

it "believes neither an exit status of 0 nor silence"
repo lies
agentfile <<'END'
agent liar
    run  echo x > src/f1; echo '{"type":"result","is_error":true,"why":"no money"}'
    done /"type":"result"/
    fail /"is_error":true/
agent quiet
    run  echo x > src/f2
    done /"type":"result"/
agent cut
    run  echo x > src/f3; printf '{"type":"result","is_err'
    done /"type":"result"/
task a
    agent liar
    owns src/f1
    prompt Do it.
task b
    agent quiet
    owns src/f2
    prompt Do it.
task c
    agent cut
    owns src/f3
    prompt Do it.
END
am -j3
status_is 1
err_has "the agent 'liar' says that it failed:"
err_has "no money"
err_has "the agent 'quiet' ended without saying that it was done"
err_has "the agent 'cut' ended without saying that it was done"
am --status=json
out_has '"session":null,"tokens_in":null,"tokens_out":null,"cost":null'

it "takes what an agent did that is done and does not end"
repo lingers
agentfile <<'END'
agent hanger
    run  echo x > src/f1; echo finished; sleep 1000
    done /^finished$/
task a
    agent hanger
    owns src/f1
    prompt Do it.
END
am
status_is 0
into_has src/f1 x

it "is not held up by a line that a pattern cannot cope with"
repo hostile
agentfile <<'END'
agent bot
    run     head -c 200000 /dev/zero | tr '\0' a; echo; echo; echo cost 3; echo x > src/f1
    capture /^(?:a|aa)+[bc](?<session>x?)/
    capture /cost (?<cost>\d+)/
task a
    agent bot
    owns src/f1
    prompt Do it.
END
am
status_is 0
err_has "took too long to match"
err_has "for \$3.00"

it "starts no attempt beyond the budget of the run"
repo budget
agentfile <<'END'
budget $2
agent bot
    run     echo cost 1.50; echo $AGENTMAKE_TASK > src/$AGENTMAKE_TASK
    capture /cost (?<cost>[0-9.]+)/
for X in f1 f2 f3 f4
    task {{X}}
        agent bot
        owns src/{{X}}
        prompt Do it.
END
am -j1
status_is 4
err_has "2 merged"
err_has "the budget of \$2 is spent: \$3.00"
err_has "left undone: f3, f4. Raise 'budget'"
am -j1
status_is 0
err_has "2 merged, 2 up to date"

it "counts attempts, and tokens at a price"
repo price
agentfile <<'END'
budget 2 attempts $100
agent bot
    run     echo in 1000000 out 2000; echo $AGENTMAKE_TASK > src/$AGENTMAKE_TASK
    sum     /in (?<tokens_in>\d+) out (?<tokens_out>\d+)/
    price   tokens_in=3/1M tokens_out=15/1k
for X in f1 f2 f3
    task {{X}}
        agent bot
        owns src/{{X}}
        prompt Do it.
END
am -j1
status_is 4
err_has "for \$66.00, 2.0M tokens in, 4.0k out"
err_has "the budget of 2 attempts is spent"

it "starts no attempt beyond the budget of a task"
repo taskbudget
agentfile <<'END'
agent bot
    run     echo cost 1.50; echo $AGENTMAKE_ATTEMPT > src/f1
    capture /cost (?<cost>[0-9.]+)/
task a
    agent   bot
    owns    src/f1
    budget  $2
    retries 5
    prompt  Do it.
    verify  false
task b
    owns src/f2
    run  echo b > src/f2
END
am -j1
status_is 4
err_has "the task's budget of \$2 is spent: \$3.00"
err_has "1 merged, 1 failed"

it "ends what runs when the budget says so"
repo killbudget
agentfile <<'END'
budget $2 kill
agent bot
    run     [ $AGENTMAKE_TASK = f1 ] && sleep 100; echo cost 3; sleep 100; echo x > src/$AGENTMAKE_TASK
    capture /cost (?<cost>[0-9.]+)/
for X in f1 f2
    task {{X}}
        agent bot
        owns src/{{X}}
        prompt Do it.
END
am -j2
status_is 4
err_has "what runs is ended"

it "flags silence, tells people, and takes it back"
repo stall
agentfile <<'END'
notify echo {{q event}} {{q task}} {{q message}} >> ../told
agent bot
    run  sleep 4; echo here again; sleep 2; echo x > src/f1
task a
    agent bot
    owns  src/f1
    stall 2s
    prompt Do it.
END
am --events "$top/events"
status_is 0
err_has "a: no output for"
grep -q '"attention":true' "$top/events" || fail "no attention"
grep -q '"attention":false' "$top/events" || fail "it was not taken back"
grep -q '^attention a no output for' ../told || fail "$(cat ../told)"

it "ends what is silent for too long"
repo stallkill
agentfile <<'END'
agent bot
    run  [ $AGENTMAKE_ATTEMPT = 1 ] && sleep 1000; echo x > src/f1
task a
    agent bot
    owns  src/f1
    stall 2s kill
    retries 1
    prompt Do it.
END
am
status_is 0
err_has "said nothing for 2.0s and was ended"

it "has a change approved by somebody else, in a work tree of its own"
repo review
script bot <<'END'
echo leftover >ignored.o
[ "$AGENTMAKE_ATTEMPT" = 1 ] && echo first >src/f1 || echo second >src/f1
END
script qa <<'END'
cat >../brief.$AGENTMAKE_ATTEMPT
pwd >../where.$AGENTMAKE_ATTEMPT
ls >../files.$AGENTMAKE_ATTEMPT
echo mine >src/f4
echo junk >junk
if grep -q first src/f1; then
	echo "Line 1 of src/f1 should say second."
	echo "VERDICT: REJECT"
else
	echo "Good."
	echo "VERDICT: APPROVE"
fi
END
agentfile <<'END'
agent bot
    run sh bot.sh
agent qa
    run sh qa.sh
task a
    agent   bot
    owns    src/f1
    review  qa
    retries 1
    prompt  Say second.
    verify  test -s src/f1
END
am --events "$top/events"
status_is 0
err_has "the reviewer 'qa' rejected it:"
err_has "Line 1 of src/f1 should say second."
grep -q "\"failure\":\"the reviewer 'qa' rejected it\"" ../events || fail "a list shows it as if more followed"
into_has src/f1 second
is "$(git show agentmake/into/main:src/f4)" "file 4"
git cat-file -e agentmake/into/main:junk 2>/dev/null && fail "the reviewer's file was merged"
git log -1 --format=%B agentmake/into/main | grep -qx 'Agentmake-Reviewer: qa' || fail "no trailer"
git log -1 --format=%B agentmake/into/main | grep -qx 'Agentmake-Agent: bot' || fail "no author"
grep -q '^+first' ../review.agentmake/brief.1 || fail "the reviewer saw no diff"
grep -q 'Say second.' ../review.agentmake/brief.1 || fail "the reviewer was not told the task"
grep -q 'test -s src/f1' ../review.agentmake/brief.1 || fail "the reviewer was not told what passed"
grep -q ignored.o ../review.agentmake/files.1 && fail "the reviewer saw leftovers"
grep -q '"decision":"rejected"' "$top/events" && grep -q '"decision":"approved"' "$top/events" || fail "events"
am --status
out_has "approved by qa"
ls ../review.agentmake | grep -q wt-1001 && fail "the reviewer's work tree was left"

it "stops with exit status 4 where the reviewer says neither, and asks again the next time"
repo neither
agentfile <<'END'
agent bot
    run echo x > src/f1; echo run >> ../../ran
agent qa
    run cat >/dev/null; echo hm; if [ -e ../../say ]; then cat ../../say; fi
task a
    agent  bot
    owns   src/f1
    review qa
    prompt Do it.
END
am
status_is 4
err_has "the reviewer 'qa' neither approved nor rejected it"
err_has "1 to be decided"
am --status
out_has undecided
echo 'VERDICT: APPROVE' >../say
am
status_is 0
into_has src/f1 x
is "$(grep -c run ../ran)" 1 "asked twice"

it "verifies in a fresh work tree where that is asked for"
repo fresh
agentfile <<'END'
setup  echo made > made.o
task a
    owns    src/f1
    run     echo x > src/f1; echo secret > left.o
    verify fresh
        test ! -e left.o
        test -e made.o
        grep -q x src/f1
task b: a
    owns    src/f2
    run     echo y > src/f2; echo secret > left.o
    verify fresh  test ! -e left.o
task c
    owns    src/f3
    run     echo y > src/f3; echo secret > left.o
    verify fresh  test -e left.o
END
am -j2
status_is 1
into_has src/f1 x
into_has src/f2 y
err_has "task 'c' failed: the verification in a fresh work tree exited with status 1"
ls ../fresh.agentmake | grep -q 'wt-100[1-9]$' && fail "a fresh work tree was left: $(ls ../fresh.agentmake)"

it "gives each holder of a pool a number of its own, and holds back what finds none"
repo pools
agentfile <<'END'
pool port 2
pool db 4
for X in 1 2 3 4
    task t{{X}}
        owns   src/f{{X}}
        uses   port db=2
        env    PORT={{port:8000}}
        run
            mkdir ../port.{{port}} || exit 1
            echo "$PORT {{db}}" >> ../numbers
            sleep 0.3
            rmdir ../port.{{port}}
            echo x > src/f{{X}}
        verify test {{port:8000}} = "$PORT"
END
am -j4
status_is 0
is "$(sort -u ../pools.agentmake/numbers | tr '\n' ' ')" "8000 0 8001 2 "

it "puts a role before the brief, and takes a template for it"
repo role
mkdir -p .github/agents docs
printf -- '---\nname: qa\n---\n\nYou are careful.\n' >.github/agents/careful.agent.md
printf 'Job {{task}}: {{prompt}}\n\n{{verify}}\n\nMind: {{role}} {{failure}}\n' >docs/brief.md
git add -A && git commit -qm 'role'
agentfile <<'END'
agent bot
    run cat > ../told.$AGENTMAKE_TASK; echo x > src/$AGENTMAKE_TASK
defaults
    agent bot
task f1
    owns   src/f1
    role   .github/agents/careful.agent.md
    prompt Do one.
task f2
    owns   src/f2
    brief  @docs/brief.md
    role   .github/agents/careful.agent.md
    prompt Do two.
    verify true
END
am -j2
status_is 0
is "$(head -n 3 ../role.agentmake/told.f1)" "You are careful.

# Task: f1"
is "$(head -n 1 ../role.agentmake/told.f2)" "Job f2: Do two."
grep -q '^true$' ../role.agentmake/told.f2 || fail "$(cat ../role.agentmake/told.f2)"
grep -q '^Mind: You are careful.' ../role.agentmake/told.f2 || fail "$(cat ../role.agentmake/told.f2)"

it "fails a verification in a fresh work tree that changes tracked files"
repo freshchange
agentfile <<'END'
task a
    owns src/f1
    run  echo bad > src/f1
    verify fresh
        echo good > src/f1
        grep -q good src/f1
END
am
status_is 1
err_has "the verification changed tracked files"


it "warns of an agent that is not installed, and does not try it again"
repo missing
agentfile <<'END'
agent nobody
    program  no-such-program
    run      no-such-program {{q prompt}}
agent somebody
    program  sh
    run      echo x >src/f2
defaults
    prompt   do it
    retries  2
task a
    agent  nobody
    owns   src/f1
task b
    agent  somebody
    owns   src/f2
END
am
status_is 1
err_has "warning: the agent 'nobody' is to be asked, but its program 'no-such-program' is not on PATH"
err_lacks "'somebody'"
err_has "attempt 1 of 3"
err_lacks "a: asking nobody, attempt 2 of 3"
err_has "Another attempt would not find it either. Install it"
into_has src/f2 x
am -n
err_lacks "warning"
sound
