. lib/http.sh
send_text "all items"
