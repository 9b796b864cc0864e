# A stand-in for two agents: one that plans, one that programs. The brief comes on standard input.
brief=$(cat)
case $AGENTMAKE_TASK in
plan)
	mkdir -p tasks
	verify=verfy # a slip
	case $brief in *"did you mean 'verify'"*) verify=verify ;; esac
	sed -n 's/^- bin\/\([a-z]*\): \(.*\)/\1 \2/p' docs/wanted.md | while read -r name what; do
		cat <<TASK
task word/$name
    owns    bin/$name.sh
    prompt  Write bin/$name.sh: it $what.
    $verify  echo 'some words' | sh bin/$name.sh | grep -q .

TASK
	done >tasks/words.agentfile
	cat >>tasks/words.agentfile <<'TASK'
task whole: word/*
    title   Every program that is wanted is there
    reads   docs/wanted.md
    verify
        grep -o 'bin/[a-z]*' docs/wanted.md | while read -r p; do test -s "$p.sh" || exit 1; done
TASK
	;;
word/upper)
	mkdir -p bin && echo "tr '[:lower:]' '[:upper:]'" >bin/upper.sh
	;;
word/lines)
	mkdir -p bin && echo "wc -l | tr -d ' '" >bin/lines.sh
	;;
esac
echo "did $AGENTMAKE_TASK, attempt $AGENTMAKE_ATTEMPT"
