#!/bin/sh
# Planner tasks: what they write is read, checked and joins the run.
. "$E2E/lib.sh"

planner() {
	cat >planner.sh <<'END'
mkdir -p tasks
cat >../brief.$AGENTMAKE_ATTEMPT
if [ -e ../../bad ] && [ $AGENTMAKE_ATTEMPT = 1 ]; then
	printf 'task x\n    owns src/f1\n    verfy true\n' >tasks/one.agentfile
	exit
fi
word=planned
grep -q 'more work' ../brief.$AGENTMAKE_ATTEMPT && word=again
sed "s/planned/$word/" >tasks/one.agentfile <<'FILE'
for X in f1 f2
    task do/{{X}}
        owns src/{{X}}
        run  echo planned > src/{{X}}; sleep 0.{{N}}
task sum: do/*
    owns src/f3
    reads src/f1 src/f2
    run  cat src/f1 src/f2 > src/f3
FILE
END
	git add planner.sh && git commit -qm planner
	agentfile <<'END'
N = 2
agent bot
    run sh planner.sh
task plan
    agent   bot
    owns    tasks/**
    emits   tasks/*.agentfile
    retries 1
    prompt  Plan the work.
task other
    owns src/f4
    run  sleep 1; echo other > src/f4
task last: plan do/*
    verify test -e tasks/one.agentfile
END
}

it "says that more may come, and lets it join the run"
repo emits
planner
remember
am -n -j3
status_is 0
out_has "may bring more tasks"
am -j3 --events "$top/events"
status_is 0
is_untouched
err_has "3 more tasks have joined the run"
err_has "6 merged"
into_has src/f3 planned
into_has src/f4 other
grep -q '"e":"more","at":[0-9.]*,"tasks":\["do/f1","do/f2","sum"\]' "$top/events" || fail "$(cat "$top/events")"
am --status
out_has "do/f1"
am -j3
status_is 0
err_has "nothing to do: 6 tasks are up to date"
am --graph
out_has "do/f2"

it "feeds back what is wrong in what was written, and where"
repo wrong
planner
touch ../bad
am -j3
status_is 0
grep -q "tasks/one.agentfile:3:5: error: unknown property 'verfy'; did you mean 'verify'?" ../wrong.agentmake/brief.2 \
	|| fail "$(cat ../wrong.agentmake/brief.2)"
err_has "6 merged"
rm ../bad

it "takes no settings and no agents from such a file, and no name twice"
repo settings
planner
cat >planner.sh <<'END'
mkdir -p tasks
printf 'notify touch /tmp/never\nagent evil\n    run touch /tmp/never\ntask last\n    run true\n' >tasks/one.agentfile
END
git commit -qam evil
am -j3
status_is 1
err_has "tasks/one.agentfile:1:1: error: a file that a task emits holds tasks, loops and variables; 'notify' belongs into the Agentfile"
err_has "'agent' belongs"
err_has "there is a task 'last' already"

it "goes on in a later run, when the planner is out of date, with what it plans then"
repo later
planner
am -j3 plan
status_is 0
am -j3
status_is 0
into_has src/f3 planned
sed -i 's/Plan the work/Plan more work/' Agentfile && git commit -qam more
am -j3
status_is 0
into_has src/f3 again

sound
