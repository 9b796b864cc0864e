got=$(awk -f lib/search.awk -f tools/less.awk -f tests/search.awk) || exit 1
[ "$got" = "1 5 9 0 0 0" ] || { echo "expected '1 5 9 0 0 0', got '$got'"; exit 1; }
