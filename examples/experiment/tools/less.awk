# less(a, b): counts how often it is asked
function less(a, b) {
	compared++
	return a < b
}
