name=$(basename "$1" .sh)
got=$(sh "$1")
[ "$got" = "$(printf 'HTTP 200\n\nall %s' "$name")" ] || { echo "$1 printed: $got"; exit 1; }
