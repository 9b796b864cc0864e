# send_text BODY
send_text() {
	printf 'HTTP 200\n\n%s\n' "$1"
}
