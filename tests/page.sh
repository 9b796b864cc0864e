#!/bin/sh
# The page of --report in a browser, and pictures of it in build/pictures.
. "$E2E/lib.sh"

for program in chromium chromedriver; do
	command -v $program >/dev/null && continue
	echo "NOT TRIED: the page of --report, as there is no $program"
	exit 0
done

it "makes a run of thirteen tasks, one of texts that mean ill, and one of a thousand tasks"
AGENTMAKE=$AGENTMAKE sh "$TESTS/report/storefront.sh" storefront --report "$top/storefront.html" >"$top/out" 2>"$top/err" </dev/null
is $? 1
repo hostile
printf '%s\n' 'for T in 1 2 3' "    task '\"><img/src=x/onerror=hacked=1>{{T}}'" '        owns src/f{{T}}' \
	"        title <img src=x onerror=hacked=1> </script><script>hacked=1</script> $(printf '%0240d' 0)" \
	"        run   echo '</pre><script>hacked=1</script>'; printf '%0300d' 1; [ {{T}} = 1 ]; echo > src/f{{T}}; [ {{T}} = 1 ]" \
	"task 'a&lt;b': '\"><img/src=x/onerror=hacked=1>1'" '    verify true' | agentfile
am -j2 --report "$top/hostile.html"
status_is 1
repo large
python3 "$TESTS/report/large.py" . 1000 3
am --status --report "$top/large.html"
status_is 0

it "can be clicked and typed through, in light and dark, on a phone and on paper"
cd "$top" || exit 1
python3 "$TESTS/report/browser.py" "$BUILD/pictures" storefront.html hostile.html large.html >"$top/out" 2>"$top/err" \
	|| fail "the page"
[ -z "${RECORD:-}" ] || cp "$BUILD/pictures/report.png" "$TESTS/../examples/report.png" || fail "the picture"
