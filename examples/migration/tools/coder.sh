# A stand-in for a coding agent: the brief comes on standard input.
brief=$(cat)
case $AGENTMAKE_TASK in
reply)
	cat >>lib/http.sh <<'CODE'

# reply STATUS BODY
reply() {
	printf 'HTTP %s\n\n%s\n' "$1" "$2"
}
CODE
	;;
migrate/*)
	route=${AGENTMAKE_TASK#migrate/}
	case $brief in
	*"delete the old call"*) # what the reviewer said of the attempt before
		sed -i.old '/^# send_text/d' "$route"
		;;
	*)
		[ "$route" = routes/items.sh ] && sed -i.old 's/^send_text.*/# &\n&/' "$route"
		sed -i.old 's/^send_text/reply 200/' "$route"
		;;
	esac
	rm -f "$route.old"
	;;
remove)
	sed -i.old '/^# send_text/,/^}/d' lib/http.sh && rm lib/http.sh.old
	;;
esac
echo "did $AGENTMAKE_TASK, attempt $AGENTMAKE_ATTEMPT"
