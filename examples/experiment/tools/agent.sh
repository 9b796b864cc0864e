# A stand-in for a coding agent: the brief comes on standard input.
mkdir -p lib
case $(cat) in
*"by linear search"*)
	cat >lib/search.awk <<'CODE'
function find(list, n, x,   i) {
	for (i = 1; i <= n && less(list[i], x); i++)
		;
	return i <= n && list[i] == x ? i : 0
}
CODE
	;;
*"by jump search"*)
	cat >lib/search.awk <<'CODE'
function find(list, n, x,   step, i) {
	step = int(sqrt(n))
	for (i = 1; i + step <= n && less(list[i + step], x); i += step)
		;
	for (; i <= n && less(list[i], x); i++)
		;
	return i <= n && list[i] == x ? i : 0
}
CODE
	;;
*"by binary search"*)
	cat >lib/search.awk <<'CODE'
function find(list, n, x,   low, high, i) {
	low = 1
	high = n + 1
	while (low < high) {
		i = int((low + high) / 2)
		if (less(list[i], x))
			low = i + 1
		else
			high = i
	}
	return low <= n && list[low] == x ? low : 0
}
CODE
	;;
*)
	echo "I do not know that search."
	exit 1
	;;
esac
echo "did $AGENTMAKE_TASK, attempt $AGENTMAKE_ATTEMPT"
