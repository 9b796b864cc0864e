. lib/http.sh
got=$(reply 404 'not here')
[ "$got" = "$(printf 'HTTP 404\n\nnot here')" ] || { echo "reply 404 printed: $got"; exit 1; }
send_text x >/dev/null || { echo "send_text is still needed"; exit 1; }
