# A stand-in for a coding agent: the brief comes on standard input. What it does wrong the first time,
# it does right when the brief says what failed.
brief=$(cat)
failed=$(printf '%s\n' "$brief" | grep -c '^## The attempt before this one failed')
case $AGENTMAKE_TASK in
parser)
	mkdir -p src
	if [ "$failed" = 0 ]; then
		echo 'wc -w | sed "s/^/  /"' >src/parser.sh # blanks before it
	else
		echo "wc -w | tr -d ' '" >src/parser.sh
	fi
	;;
docs)
	mkdir -p docs
	echo 'Usage: sh src/parser.sh <text' >docs/usage.md
	if [ "$failed" = 0 ]; then
		echo '# see docs' >>README.md # which is not its own
	else
		git show HEAD:README.md >README.md # git itself may only read in some sandboxes
	fi
	;;
esac
echo "did $AGENTMAKE_TASK, attempt $AGENTMAKE_ATTEMPT"
