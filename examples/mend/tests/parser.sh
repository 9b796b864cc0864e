got=$(echo 'a few words' | sh src/parser.sh)
[ "$got" = 3 ] || { echo "expected '3', got '$got'"; exit 1; }
