. lib/http.sh
send_text "all orders"
